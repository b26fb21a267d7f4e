import type { ReactNode } from 'react';
import type { StoredConnection } from '../../../src/model/api.ts';
import { go, termOf } from '../data/view.ts';
import { ConnectionFacts } from '../parts/connection-facts.tsx';
import { EndFacts } from '../parts/ends.tsx';
import { Moment, Name } from '../parts/quantity.tsx';

/** All that is known of one connection. */
export function ConnectionPanel({ of }: { of: StoredConnection }): ReactNode {
  const only = termOf('connection', String(of.connection));
  return (
    <aside
      className="panel"
      aria-label="Connection"
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key === 'Escape') document.querySelector<HTMLElement>('[role=grid]')?.focus();
      }}
    >
      <header>
        <h2>
          <Name text={of.source.name} /> → <Name text={of.destination.name} />
        </h2>
        <button type="button" className="close" aria-label="Close" onClick={() => go({ selected: '' })}>
          ×
        </button>
      </header>
      <p className="under">
        {of.protocol === '' ? of.transport : of.protocol} · began <Moment iso={of.start} />
      </p>
      <section>
        <h3>Connection {of.connection}</h3>
        <ConnectionFacts of={of} />
      </section>
      <section>
        <h3>From</h3>
        <EndFacts of={of.source} />
      </section>
      <section>
        <h3>To</h3>
        <EndFacts of={of.destination} />
      </section>
      <div className="actions">
        <button
          type="button"
          className="button"
          onClick={() => go({ page: 'requests', filter: only, selected: '', more: { tab: '' } })}
        >
          Its requests
        </button>
        <button type="button" className="button" onClick={() => go({ filter: only, selected: '', more: { tab: '' } })}>
          Its events
        </button>
      </div>
    </aside>
  );
}
