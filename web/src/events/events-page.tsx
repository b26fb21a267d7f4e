import type { ReactNode } from 'react';
import { go, useView } from '../data/view.ts';
import { ConnectionList } from './connection-list.tsx';
import { EventList } from './event-list.tsx';

/** What happened below the requests: events of the kernel, and what connections did. */
export function EventsPage(): ReactNode {
  const view = useView();
  const connections = view.more.tab === 'connections';
  return (
    <div className="page">
      <div className="toolbar">
        <nav className="tabs" aria-label="Kinds of records">
          <button type="button" className="pill" aria-pressed={!connections} onClick={() => go({ more: { tab: '' } })}>
            Events
          </button>
          <button
            type="button"
            className="pill"
            aria-pressed={connections}
            onClick={() => go({ more: { tab: 'connections' } })}
          >
            Connections
          </button>
        </nav>
      </div>
      {connections ? <ConnectionList view={view} /> : <EventList view={view} />}
    </div>
  );
}
