import type { ReactNode } from 'react';
import type { FacetField, Facets } from '../../../src/model/api.ts';
import { useApi } from '../data/use-api.ts';
import { go, isLive, termOf, termsOf, toggleTerm, type View } from '../data/view.ts';
import { Count, Name } from '../parts/quantity.tsx';
import { Skeleton } from '../parts/states.tsx';

/** What is counted, under which title, and as which field of the filter language. */
const shown: readonly (readonly [FacetField, string, string])[] = [
  ['outcome', 'Outcome', 'outcome'],
  ['protocol', 'Protocol', 'protocol'],
  ['destination', 'To', 'to'],
  ['source', 'From', 'from'],
  ['status', 'Status', 'status'],
  ['method', 'Method', 'method'],
  ['target', 'Target', 'target'],
];

/** Which values requests have, with counts; a click adds one to the filter. */
export function FacetList({ view }: { view: View }): ReactNode {
  const query = {
    from: view.from,
    to: view.to,
    filter: view.filter,
    fields: shown.map(([field]) => field).join(),
    limit: 8,
  };
  const { data } = useApi<Facets>('/requests/facets', query, isLive(view) ? 3000 : 0);
  const terms = termsOf(view.filter);
  return (
    <section className="facets" aria-label="Values" tabIndex={0}>
      {data === undefined ? (
        <Skeleton lines={16} />
      ) : (
        <>
          <p className="dim" aria-live="off">
            <Count of={data.total} /> requests
          </p>
          {shown.map(([field, title, key]) => {
            const facet = data.facets.find((one) => one.field === field);
            const values = facet?.values.filter(({ value }) => value !== '') ?? [];
            if (facet === undefined || values.length === 0) return null;
            return (
              <div key={field}>
                <h2>{title}</h2>
                {values.map(({ value, label, count, errors }) => {
                  const term = termOf(key, value);
                  return (
                    <div key={value} className="fact">
                      <button
                        type="button"
                        aria-pressed={terms.includes(term)}
                        onClick={() => go({ filter: toggleTerm(view.filter, term) })}
                      >
                        <span>
                          <Name text={field === 'outcome' ? label.replaceAll('_', ' ') : label} most={26} />
                        </span>
                        {errors > 0 && field !== 'outcome' && (
                          <span className="bad" title={`${errors.toLocaleString()} failed`}>
                            <Count of={errors} />
                          </span>
                        )}
                        <span className="dim">
                          <Count of={count} />
                        </span>
                      </button>
                      <button
                        type="button"
                        className="not"
                        aria-label={`Exclude ${label}`}
                        title="Exclude"
                        onClick={() => go({ filter: toggleTerm(view.filter, `-${term}`) })}
                      >
                        −
                      </button>
                    </div>
                  );
                })}
                {facet.distinct > facet.values.length && (
                  <p className="dim">{(facet.distinct - facet.values.length).toLocaleString()} more</p>
                )}
              </div>
            );
          })}
        </>
      )}
    </section>
  );
}
