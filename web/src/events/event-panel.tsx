import type { ReactNode } from 'react';
import type { StoredEvent } from '../../../src/model/api.ts';
import { go, termOf } from '../data/view.ts';
import { EndFacts } from '../parts/ends.tsx';
import { Moment, Name, Size } from '../parts/quantity.tsx';
import { eventGroups, meaningOf } from './kinds.ts';

/** All that is known of one event, in words. */
export function EventPanel({ of, filter }: { of: StoredEvent; filter: string }): ReactNode {
  const group = eventGroups.find(({ kinds }) => kinds.includes(of.event));
  const meaning = meaningOf(of.reason);
  const attributes = Object.entries(of.attributes);
  const { connection } = of;
  return (
    <aside
      className="panel"
      aria-label="Event"
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key === 'Escape') document.querySelector<HTMLElement>('[role=grid]')?.focus();
      }}
    >
      <header>
        <h2>
          {of.event.replaceAll('_', ' ')} {of.reason !== undefined && <Name text={of.reason} most={60} />}
        </h2>
        <button type="button" className="close" aria-label="Close" onClick={() => go({ selected: '' })}>
          ×
        </button>
      </header>
      <p className="under">
        <Moment iso={of.time} /> · {of.protocol ?? of.transport}
        {of.count > 1 && ` · ${of.count.toLocaleString()} alike`}
      </p>
      {meaning !== '' && <p>{meaning}</p>}
      {group !== undefined && <p className="dim">{group.about}.</p>}
      {(['source', 'destination'] as const).map((end) => {
        const endpoint = of[end];
        return endpoint === undefined ? null : (
          <section key={end}>
            <h3>
              {end === 'source' ? 'From' : 'To'} <Name text={endpoint.name} />
            </h3>
            <EndFacts of={endpoint} />
          </section>
        );
      })}
      <section>
        <h3>Event</h3>
        <dl className="facts">
          {of.tcp_state !== undefined && (
            <>
              <dt>TCP state</dt>
              <dd>{of.tcp_state}</dd>
            </>
          )}
          {of.process !== undefined && (
            <>
              <dt>process</dt>
              <dd>
                <Name text={of.process} /> {of.pid !== undefined && <span className="dim">({of.pid})</span>}
              </dd>
            </>
          )}
          {of.bytes !== undefined && (
            <>
              <dt>packet</dt>
              <dd>
                <Size bytes={of.bytes} />
              </dd>
            </>
          )}
          {of.netns !== undefined && (
            <>
              <dt>namespace</dt>
              <dd>{of.netns}</dd>
            </>
          )}
          <dt>host</dt>
          <dd>
            <Name text={of.host} />
          </dd>
          {attributes.map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>
                <Name text={name} most={32} />
              </dt>
              <dd>
                <Name text={String(value)} most={200} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <div className="actions">
        {connection !== undefined && (
          <>
            <button
              type="button"
              className="button"
              onClick={() =>
                go({
                  page: 'requests',
                  filter: termOf('connection', String(connection)),
                  selected: '',
                  more: { tab: '' },
                })
              }
            >
              Requests of its connection
            </button>
            <button
              type="button"
              className="button"
              onClick={() =>
                go({ filter: termOf('connection', String(connection)), selected: '', more: { tab: 'connections' } })
              }
            >
              Its connection
            </button>
          </>
        )}
        {of.reason !== undefined && (
          <button
            type="button"
            className="button"
            onClick={() => go({ filter: `${filter} ${termOf('reason', of.reason ?? '')}`.trim(), selected: '' })}
          >
            All with this reason
          </button>
        )}
      </div>
    </aside>
  );
}
