import type { ReactNode } from 'react';
import type { RequestDetail, StoredRequest } from '../../../src/model/api.ts';
import { duration, quantityText } from '../../../src/model/format.ts';
import { useApi } from '../data/use-api.ts';
import { go, termOf, toggleTerm } from '../data/view.ts';
import { EndFacts } from '../parts/ends.tsx';
import { Count, Duration, Moment, Name, Size } from '../parts/quantity.tsx';
import { Skeleton, Trouble } from '../parts/states.tsx';
import { Status } from './columns.tsx';

/** All that is known of one request. */
export function RequestPanel({ id, filter }: { id: string; filter: string }): ReactNode {
  const { data, problem, again } = useApi<RequestDetail>(`/requests/${encodeURIComponent(id)}`);
  return (
    <aside className="panel" aria-label="Request" tabIndex={0}>
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

function Detail({
  of: { request, connection, neighbours, events },
  filter,
}: {
  of: RequestDetail;
  filter: string;
}): ReactNode {
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
      <section>
        <h3>Where the time went</h3>
        <Times of={request} />
      </section>
      <section>
        <h3>From {request.source.name === request.source.ip ? '' : <Name text={request.source.name} />}</h3>
        <EndFacts of={request.source} />
      </section>
      <section>
        <h3>
          To {request.destination.name === request.destination.ip ? '' : <Name text={request.destination.name} />}
        </h3>
        <EndFacts of={request.destination} />
      </section>
      <section>
        <h3>Request</h3>
        <dl className="facts">
          <Fact name="resource" value={request.resource} />
          <Fact name="authority" value={request.authority} />
          <Fact name="seen at" value={request.side} />
          <Fact name="trace" value={request.trace_id} />
          <Fact name="correlation" value={request.correlation_id} />
          <Fact name="messages" value={messagesOf(request)} />
          {attributes.map(([name, value]) => (
            <Fact key={name} name={name} value={String(value)} />
          ))}
        </dl>
      </section>
      <section>
        <h3>Connection {request.connection}</h3>
        {connection === null ? (
          <p className="dim">No flow of it is stored in this span.</p>
        ) : (
          <dl className="facts">
            <Fact
              name="state"
              value={connection.error === undefined ? connection.state : `${connection.state}: ${connection.error}`}
            />
            <dt>established in</dt>
            <dd>
              <Duration ns={connection.connect_ns} />
            </dd>
            <dt>lived</dt>
            <dd>
              <Duration ns={connection.duration_ns} />
            </dd>
            <dt>round trip</dt>
            <dd>
              <Duration ns={connection.rtt_ns} /> <span className="dim">least </span>
              <Duration ns={connection.rtt_min_ns} />
            </dd>
            <dt>sent</dt>
            <dd>
              <Size bytes={connection.source_bytes} /> → · ← <Size bytes={connection.destination_bytes} />
            </dd>
            <dt>retransmitted</dt>
            <dd>
              <Count of={connection.source_retransmits} /> → · ← <Count of={connection.destination_retransmits} />
              {connection.source_segments !== null && (
                <span className="dim">
                  {' '}
                  of {((connection.source_segments ?? 0) + (connection.destination_segments ?? 0)).toLocaleString()}{' '}
                  segments
                </span>
              )}
            </dd>
            <dt>queues</dt>
            <dd>
              <Size bytes={connection.send_queue_bytes} /> to send · <Size bytes={connection.receive_queue_bytes} /> to
              read
            </dd>
          </dl>
        )}
        <button
          type="button"
          className="button more"
          onClick={() =>
            go({ filter: toggleTerm(filter, termOf('connection', String(request.connection))), selected: '' })
          }
        >
          All requests of this connection
        </button>
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
                  {event.event.replaceAll('_', ' ')} {event.reason ?? ''} {event.count > 1 && `× ${event.count}`}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {neighbours.length > 0 && (
        <section>
          <h3>Before and after it on the same connection</h3>
          <table className="rows">
            <thead>
              <tr>
                <th>Time</th>
                <th>Operation</th>
                <th className="num">Latency</th>
              </tr>
            </thead>
            <tbody>
              {neighbours.map((other) => (
                <tr key={other.id}>
                  <td>
                    <Moment iso={other.time} />
                  </td>
                  <td>
                    <button type="button" className="term" onClick={() => go({ selected: `request:${other.id}` })}>
                      <Name text={other.operation} most={28} />
                    </button>
                  </td>
                  <td className="num">
                    <Duration ns={other.latency_ns} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}

function messagesOf(request: StoredRequest): string | undefined {
  const { request_messages: asked, response_messages: answered } = request;
  return asked === undefined && answered === undefined ? undefined : `${asked ?? 0} asked, ${answered ?? 0} answered`;
}

function Fact({ name, value }: { name: string; value: string | undefined }): ReactNode {
  if (value === undefined || value === '') return null;
  return (
    <>
      <dt>
        <Name text={name} most={32} />
      </dt>
      <dd>
        <Name text={value} most={400} />
      </dd>
    </>
  );
}

const parts = [
  ['received', 'received_ns', 'gone'],
  ['waited in the socket', 'waited_ns', 'new'],
  ['worked on', 'worked_ns', 'slow'],
  ['answer sent', 'sent_ns', 'text-3'],
] as const;

/** The latency in its parts: received, waited, worked, sent. Says so where a part is not known. */
function Times({ of }: { of: StoredRequest }): ReactNode {
  const whole = of.latency_ns;
  if (whole === null) return <p className="dim">It was not answered.</p>;
  const known = parts.map(([label, field, role]) => ({ label, role, ns: of[field] }));
  const text = known
    .map(({ label, ns }) => `${label} ${ns === null ? 'unknown' : quantityText(duration(ns))}`)
    .join(', ');
  return (
    <>
      <div className="bar" role="img" aria-label={text}>
        {known.map(({ label, role, ns }) =>
          ns === null || whole === 0 ? null : (
            <i key={label} style={{ width: `${Math.min((ns / whole) * 100, 100)}%`, background: `var(--${role})` }} />
          ),
        )}
      </div>
      <div className="legend">
        {known.map(({ label, role, ns }) => (
          <span key={label}>
            <b style={{ background: `var(--${role})` }} />
            {label} <Duration ns={ns} />
          </span>
        ))}
      </div>
      {known.some(({ ns }) => ns === null) && (
        <p className="dim small">Waiting and work are seen where the answering process runs on a watched host.</p>
      )}
    </>
  );
}
