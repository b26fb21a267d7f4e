import type { ReactNode } from 'react';
import type { StoredRequest } from '../../../src/model/api.ts';
import { duration, quantityText } from '../../../src/model/format.ts';
import { go } from '../data/view.ts';
import { Duration, Name } from '../parts/quantity.tsx';

const parts = [
  ['received', 'received_ns', 'text-3', 'from its first byte to its last'],
  ['waited in the socket', 'waited_ns', 'new', 'nobody had read it yet'],
  ['worked on', 'worked_ns', 'slow', 'from reading it to the first byte of the answer'],
  ['answer sent', 'sent_ns', 'gone', 'from the first byte of the answer to its last'],
] as const;

/** The life of a request as a ladder: received, waited, worked on, sent. What could not be seen is hatched, and said. */
export function Lifeline({ of }: { of: StoredRequest }): ReactNode {
  const whole = of.latency_ns;
  if (whole === null) {
    return (
      <p className="dim">{of.flags.includes('one_way') ? 'No answer is expected to it.' : 'It was not answered.'}</p>
    );
  }
  let at = 0;
  const steps = parts.map(([label, field, role, about]) => {
    const ns = of[field];
    const from = at;
    at += ns ?? 0;
    return { label, role, about, ns, from };
  });
  const text = steps
    .map(({ label, ns }) => `${label} ${ns === null ? 'unknown' : quantityText(duration(ns))}`)
    .join(', ');
  const share = (ns: number): string => `${Math.min(Math.max((ns / Math.max(whole, 1)) * 100, 0), 100)}%`;
  return (
    <>
      <div className="lifeline" role="img" aria-label={text}>
        {steps.map(({ label, role, about, ns, from }) => (
          <div key={label} style={{ display: 'contents' }}>
            <span title={about}>{label}</span>
            <span className={ns === null ? 'track unknown' : 'track'}>
              {ns !== null && <i style={{ left: share(from), width: share(ns), background: `var(--${role})` }} />}
            </span>
            <span className="ns">{ns === null ? <span className="dim">unknown</span> : <Duration ns={ns} />}</span>
          </div>
        ))}
        <span className="scale" aria-hidden="true">
          <span>0</span>
          <span>{quantityText(duration(whole / 2))}</span>
          <span>{quantityText(duration(whole))}</span>
        </span>
      </div>
      {steps.some(({ ns }) => ns === null) && (
        <p className="dim small">Waiting and work are seen where the answering process runs on a watched host.</p>
      )}
    </>
  );
}

/** What went over the same connection shortly before and after, each where it was in time. */
export function Neighbours({ of, others }: { of: StoredRequest; others: readonly StoredRequest[] }): ReactNode {
  const all = [...others, of]
    .map((request) => ({ request, from: nanosBetween(of.time, request.time), length: request.latency_ns ?? 0 }))
    .toSorted((a, b) => a.from - b.from);
  const first = Math.min(...all.map(({ from }) => from));
  const last = Math.max(...all.map(({ from, length }) => from + length), first + 1);
  const share = (ns: number): string => `${(ns / (last - first)) * 100}%`;
  return (
    <div className="neighbours">
      {all.map(({ request, from, length }) => {
        const content = (
          <>
            <Name text={request.operation === '' ? request.protocol : request.operation} most={40} />
            <span className="track">
              <i
                className={/^(server_error|timeout|aborted)$/.test(request.outcome) ? 'failed' : undefined}
                style={{ left: `min(${share(from - first)}, calc(100% - 2px))`, width: share(length) }}
              />
            </span>
            <span className="num">
              <Duration ns={request.latency_ns} />
            </span>
          </>
        );
        return request === of ? (
          <div key={request.id} className="own" aria-current="true">
            {content}
          </div>
        ) : (
          <button
            key={request.id}
            type="button"
            title={request.time}
            onClick={() => go({ selected: `request:${request.id}` })}
          >
            {content}
          </button>
        );
      })}
    </div>
  );
}

/** Nanoseconds from one moment to another, both with nine digits of a second: exact where they are not far apart. */
function nanosBetween(from: string, to: string): number {
  const seconds = (iso: string): number => Date.parse(`${iso.slice(0, 19)}Z`) / 1000;
  return (seconds(to) - seconds(from)) * 1e9 + Number(to.slice(20, 29)) - Number(from.slice(20, 29));
}
