import type { MouseEvent, ReactNode } from 'react';
import type { StoredRequest } from '../../../src/model/api.ts';
import { go, termOf, toggleTerm } from '../data/view.ts';
import { Name } from './quantity.tsx';

type Endpoint = StoredRequest['source'];

/** A value that is added to the filter by a click, and excluded by one with Alt or Shift. */
export function Term({ filter, term, children }: { filter: string; term: string; children: ReactNode }): ReactNode {
  const toggle = (event: MouseEvent): void => {
    event.stopPropagation();
    go({ filter: toggleTerm(filter, event.altKey || event.shiftKey ? `-${term}` : term) });
  };
  return (
    <button type="button" className="term" tabIndex={-1} onClick={toggle} title={`Filter by ${term} (Alt: exclude it)`}>
      {children}
    </button>
  );
}

/** One end of a conversation: its name, added to the filter by a click. */
export function End({
  of,
  as,
  filter,
  most,
}: {
  of: Endpoint | undefined;
  as: 'from' | 'to';
  filter: string;
  most?: number;
}): ReactNode {
  if (of === undefined) return <span className="dim">-</span>;
  return (
    <Term filter={filter} term={termOf(as, of.name)}>
      <Name text={of.name} {...(most === undefined ? {} : { most })} />
    </Term>
  );
}

/** What is known of one end. */
export function EndFacts({ of }: { of: Endpoint }): ReactNode {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['address', `${of.ip.includes(':') ? `[${of.ip}]` : of.ip}:${of.port}`],
    ['workload', of.workload === of.name ? undefined : of.workload],
    ['process', of.process === undefined ? undefined : `${of.process}${of.pid === undefined ? '' : ` (${of.pid})`}`],
    ['user', of.user],
    ['container', of.container],
    ['unit', of.unit],
    ['pod', of.pod],
    ['namespace', of.namespace],
    ['domain', of.domain === of.name ? undefined : of.domain],
    ['command', of.command],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) =>
        value === undefined || value === '' ? null : (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>
              <Name text={String(value)} most={200} />
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}
