import { type ReactNode, useMemo } from 'react';
import type { EventFacets } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, termsOf, type View } from '../data/view.ts';
import { Count } from '../parts/quantity.tsx';
import { type EventGroup, eventGroups } from './kinds.ts';

const columns = 60;

/** The kinds of trouble with how much of each there was when; a click shows only those. */
export function Lanes({ view, filter }: { view: View; filter: string }): ReactNode {
  // Lanes stay as they are while one of them is chosen.
  const others = termsOf(filter)
    .filter((term) => !term.startsWith('event:'))
    .join(' ');
  const { data } = useApi<EventFacets>(
    '/events/facets',
    { from: view.from, to: view.to, filter: others, columns, limit: 1 },
    isLive(view) ? 3000 : 0,
  );
  return (
    <section className="lanes" aria-label="Kinds of events">
      {eventGroups.map((group) => (
        <Lane key={group.id} of={group} data={data} filter={view.filter} />
      ))}
    </section>
  );
}

function Lane({ of, data, filter }: { of: EventGroup; data: EventFacets | undefined; filter: string }): ReactNode {
  const term = `event:${of.kinds.join()}`;
  const terms = termsOf(filter);
  const on = terms.includes(term);
  const values = useMemo(() => {
    const sums = new Array<number>(data?.times.length ?? 0).fill(0);
    for (const { event, values: own } of data?.lines ?? []) {
      if (of.kinds.some((kind) => kind === event))
        for (const [i, value] of own.entries()) sums[i] = (sums[i] ?? 0) + value;
    }
    return sums;
  }, [data, of]);
  const total = values.reduce((a, b) => a + b, 0);
  const others = terms.filter((one) => !one.startsWith('event:'));
  return (
    <button
      type="button"
      className={total === 0 ? 'lane none' : 'lane'}
      aria-pressed={on}
      title={of.about}
      onClick={() => go({ filter: (on ? others : [...others, term]).join(' '), selected: '' })}
    >
      <span className="lane-title">{of.title}</span>
      <span className={total === 0 ? 'lane-count' : `lane-count ${of.role === 'error' ? 'bad' : 'warn'}`}>
        {data === undefined ? ' ' : <Count of={total} />}
      </span>
      <Bars values={values} role={of.role} />
    </button>
  );
}

/** Counts over time as bars, by the root of their height, so that single ones can be seen beside bursts. */
function Bars({ values, role }: { values: readonly number[]; role: string }): ReactNode {
  const most = Math.sqrt(Math.max(...values, 1));
  return (
    <svg viewBox={`0 0 ${Math.max(values.length, 1)} 20`} preserveAspectRatio="none" aria-hidden="true">
      {values.map((value, i) => {
        if (value === 0) return null;
        const tall = Math.max((Math.sqrt(value) / most) * 19, 2);
        return <rect key={i} x={i} y={20 - tall} width={0.8} height={tall} fill={`var(--${role})`} />;
      })}
    </svg>
  );
}
