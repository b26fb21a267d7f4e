import type { ReactNode } from 'react';
import { go, useView } from '../data/view.ts';
import { ConnectionList } from './connection-list.tsx';
import { EventList } from './event-list.tsx';
import '../parts/panel.css';
import './events.css';

/** What happened below the requests: events of the kernel, and what connections did. */
export function EventsPage(): ReactNode {
  const view = useView();
  const connections = view.more.tab === 'connections';
  return (
    <div className="page">
      <div className="toolbar">
        <nav className="tabs" aria-label="Kinds of records">
          <button
            type="button"
            className="pill"
            aria-pressed={!connections}
            onClick={() => go({ selected: '', more: { tab: '', columns: '' } })}
          >
            Events
          </button>
          <button
            type="button"
            className="pill"
            aria-pressed={connections}
            onClick={() => go({ selected: '', more: { tab: 'connections', columns: '' } })}
          >
            Connections
          </button>
        </nav>
      </div>
      {connections ? <ConnectionList view={view} /> : <EventList view={view} />}
    </div>
  );
}
