import type { ReactNode } from 'react';
import type { EventFacetField, EventFacets } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, termOf, termsOf, toggleTerm, type View } from '../data/view.ts';
import { Count, Name } from '../parts/quantity.tsx';
import { Skeleton } from '../parts/states.tsx';

const shown: readonly (readonly [EventFacetField, string, string])[] = [
  ['event', 'Kind', 'event'],
  ['reason', 'Reason', 'reason'],
  ['source', 'From', 'from'],
  ['destination', 'To', 'to'],
  ['port', 'Port', 'to.port'],
  ['process', 'Process', 'process'],
];

/** How many of each kind, reason and end there were; a click shows only those. */
export function EventFacetList({
  view,
  filter,
  open,
  close,
}: {
  view: View;
  filter: string;
  /** Whether it is shown where there is no room beside the table. */
  open: boolean;
  close: () => void;
}): ReactNode {
  const { data } = useApi<EventFacets>(
    '/events/facets',
    { from: view.from, to: view.to, filter, limit: 12, columns: 2 },
    isLive(view) ? 3000 : 0,
  );
  const terms = termsOf(view.filter);
  return (
    <section className={open ? 'facets open' : 'facets'} aria-label="Values" tabIndex={0}>
      {open && (
        <button type="button" className="button" onClick={close}>
          Show the events
        </button>
      )}
      {data === undefined ? (
        <Skeleton lines={14} />
      ) : (
        <>
          <p className="dim">
            <Count of={data.total} /> events
          </p>
          {shown.map(([field, title, key]) => {
            const facet = data.facets.find((one) => one.field === field);
            if (facet === undefined || facet.values.length === 0) return null;
            return (
              <div key={field}>
                <h2>{title}</h2>
                {facet.values.map(({ value, label, count }) => {
                  const term = termOf(key, value);
                  return (
                    <div key={value} className="fact">
                      <button
                        type="button"
                        aria-pressed={terms.includes(term)}
                        onClick={() => go({ filter: toggleTerm(view.filter, term) })}
                      >
                        <span>
                          <Name text={field === 'event' ? label.replaceAll('_', ' ') : label} most={26} />
                        </span>
                        <span className="dim">
                          <Count of={count} />
                        </span>
                      </button>
                      <button
                        type="button"
                        className="not"
                        aria-label={`Exclude ${label.slice(0, 80)}`}
                        title="Exclude"
                        onClick={() => go({ filter: toggleTerm(view.filter, `-${term}`) })}
                      >
                        −
                      </button>
                    </div>
                  );
                })}
                {facet.distinct > facet.values.length && (
                  <p className="dim">{(facet.distinct - facet.values.length).toLocaleString()} rarer ones</p>
                )}
              </div>
            );
          })}
        </>
      )}
    </section>
  );
}
