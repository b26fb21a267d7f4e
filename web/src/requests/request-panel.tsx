import { type ReactNode, useState } from 'react';
import type { RequestDetail, StoredRequest } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, hrefOf, termOf, toggleTerm, useView } from '../data/view.ts';
import { ConnectionFacts } from '../parts/connection-facts.tsx';
import { EndFacts } from '../parts/ends.tsx';
import { Duration, Moment, Name, Size } from '../parts/quantity.tsx';
import { Skeleton, Trouble } from '../parts/states.tsx';
import { Status } from './columns.tsx';
import { Lifeline, Neighbours } from './lifeline.tsx';
import { replayOf } from './replay.ts';

/** All that is known of one request. */
export function RequestPanel({ id, filter }: { id: string; filter: string }): ReactNode {
  const { data, problem, again } = useApi<RequestDetail>(`/requests/${encodeURIComponent(id)}`);
  return (
    <aside
      className="panel"
      aria-label="Request"
      tabIndex={0}
      onKeyDown={(event) => {
        // Back to the table, with what was chosen.
        if (event.key === 'Escape') document.querySelector<HTMLElement>('[role=grid]')?.focus();
      }}
    >
      {data === undefined ? (
        problem === undefined ? (
          <Skeleton lines={12} />
        ) : (
          <>
            <Close />
            <Trouble problem={problem} again={again} />
          </>
        )
      ) : (
        <Detail of={data} filter={filter} />
      )}
    </aside>
  );
}

function Close(): ReactNode {
  return (
    <button type="button" className="close" aria-label="Close" onClick={() => go({ selected: '' })}>
      ×
    </button>
  );
}

function Detail({ of, filter }: { of: RequestDetail; filter: string }): ReactNode {
  const { request, connection, neighbours, events } = of;
  const attributes = Object.entries(request.attributes);
  return (
    <>
      <header>
        <h2>
          <Name text={request.operation === '' ? request.protocol : request.operation} most={120} />
        </h2>
        <Close />
      </header>
      <p className="under">
        <Status of={request} /> · {request.protocol} · <Moment iso={request.time} />
        {request.flags.length > 0 && <span className="dim"> · {request.flags.join(', ').replaceAll('_', ' ')}</span>}
      </p>
      <div className="golden">
        <div>
          <span className="label">latency</span>
          <Duration ns={request.latency_ns} />
        </div>
        <div>
          <span className="label">first byte</span>
          <Duration ns={request.first_byte_ns} />
        </div>
        <div>
          <span className="label">request</span>
          <Size bytes={request.request_bytes} />
        </div>
        <div>
          <span className="label">response</span>
          <Size bytes={request.response_bytes} />
        </div>
      </div>
      <div className="actions">
        <Copy title="Copy as JSON" text={() => JSON.stringify(of, undefined, 2)} />
        <Copy title="Copy as a command" text={() => replayOf(request)} />
        <Copy title="Copy link" text={() => window.location.href} />
      </div>
      <section>
        <h3>Where the time went</h3>
        <Lifeline of={request} />
      </section>
      <section className="ends">
        <End of={request} end="source" filter={filter} />
        <End of={request} end="destination" filter={filter} />
      </section>
      <section>
        <h3>Request</h3>
        <dl className="facts">
          <Fact name="resource" value={request.resource} />
          <Fact name="authority" value={request.authority} filter={filter} by="authority" />
          <Fact name="seen at" value={request.side === 'both' ? 'both ends' : `the ${request.side}'s end`} />
          <Fact name="host" value={request.host} />
          <Fact name="trace" value={request.trace_id} filter={filter} by="trace" />
          <Fact name="parent span" value={request.parent_span_id} />
          <Fact name="correlation" value={request.correlation_id} filter={filter} by="correlation" />
          <Fact name="messages" value={messagesOf(request)} />
          {attributes.map(([name, value]) => (
            <Fact key={name} name={name} value={String(value)} />
          ))}
        </dl>
      </section>
      <section>
        <h3>Connection {request.connection}</h3>
        {connection === null ? (
          <p className="dim">
            Nothing of it is stored yet: what a connection did is written every ten seconds and when it ends.
          </p>
        ) : (
          <ConnectionFacts of={connection} />
        )}
        <div className="actions">
          <button
            type="button"
            className="button"
            onClick={() =>
              go({ filter: toggleTerm(filter, termOf('connection', String(request.connection))), selected: '' })
            }
          >
            All its requests
          </button>
          <button
            type="button"
            className="button"
            onClick={() =>
              go({
                page: 'events',
                filter: termOf('connection', String(request.connection)),
                selected: '',
                more: { tab: 'connections' },
              })
            }
          >
            The connection
          </button>
        </div>
      </section>
      {events.length > 0 && (
        <section>
          <h3>Events of the connection</h3>
          <dl className="facts">
            {events.slice(0, 20).map((event) => (
              <div key={event.id} style={{ display: 'contents' }}>
                <dt>
                  <Moment iso={event.time} />
                </dt>
                <dd>
                  {event.event.replaceAll('_', ' ')} <Name text={event.reason ?? ''} />{' '}
                  {event.count > 1 && `× ${event.count}`}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {neighbours.length > 0 && (
        <section>
          <h3>Before and after it on the same connection</h3>
          <Neighbours of={request} others={neighbours} />
        </section>
      )}
    </>
  );
}

/** One end with what is known of it, and the way to it on the map. */
function End({ of, end, filter }: { of: StoredRequest; end: 'source' | 'destination'; filter: string }): ReactNode {
  const view = useView();
  const { name } = of[end];
  const entity = end === 'source' ? of.source_entity : of.destination_entity;
  const to = { page: 'map', selected: `node:${entity}`, filter: '' } as const;
  const by = end === 'source' ? 'from' : 'to';
  return (
    <div>
      <h3>
        {end === 'source' ? 'From' : 'To'}{' '}
        <a
          href={hrefOf({ ...view, ...to })}
          title="Show it on the map"
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            go(to);
          }}
        >
          <Name text={name} />
        </a>{' '}
        <button type="button" className="term" onClick={() => go({ filter: toggleTerm(filter, termOf(by, name)) })}>
          only these
        </button>
      </h3>
      <EndFacts of={of[end]} />
    </div>
  );
}

/** Puts a text on the clipboard and says so for a moment. */
function Copy({ title, text }: { title: string; text: () => string }): ReactNode {
  const [done, setDone] = useState('');
  const copy = async (): Promise<void> => {
    setDone((await copied(text())) ? 'Copied' : 'Not allowed by the browser');
    setTimeout(() => setDone(''), 1600);
  };
  return (
    <button type="button" className="button" onClick={() => void copy()}>
      <span aria-live="polite">{done === '' ? title : done}</span>
    </button>
  );
}

/** The clipboard's own interface is only there on secure origins: an unencrypted address of another host is none. */
async function copied(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard !== undefined) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // the older way may still be allowed
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

function messagesOf(request: StoredRequest): string | undefined {
  const { request_messages: asked, response_messages: answered } = request;
  return asked === undefined && answered === undefined ? undefined : `${asked ?? 0} asked, ${answered ?? 0} answered`;
}

/** A name and a value; with `by` the value is a way to all that share it. */
function Fact({
  name,
  value,
  filter = '',
  by,
}: {
  name: string;
  value: string | undefined;
  filter?: string;
  by?: string;
}): ReactNode {
  if (value === undefined || value === '') return null;
  return (
    <>
      <dt>
        <Name text={name} most={32} />
      </dt>
      <dd>
        {by === undefined ? (
          <Name text={value} most={400} />
        ) : (
          <button
            type="button"
            className="term"
            title={`Filter by ${by}`}
            onClick={() => go({ filter: toggleTerm(filter, termOf(by, value)), selected: '' })}
          >
            <Name text={value} most={400} />
          </button>
        )}
      </dd>
    </>
  );
}
