import { type ReactNode, useState } from 'react';
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
  ['authority', 'Authority', 'authority'],
  ['port', 'Port', 'to.port'],
];
const usualValues = 8;

/** Which values requests have, with counts; a click adds one to the filter. */
export function FacetList({
  view,
  open,
  close,
}: {
  view: View;
  /** Whether it is shown where there is no room beside the table. */
  open: boolean;
  close: () => void;
}): ReactNode {
  const [more, setMore] = useState(false);
  const query = {
    from: view.from,
    to: view.to,
    filter: view.filter,
    fields: shown.map(([field]) => field).join(),
    limit: more ? 60 : usualValues,
  };
  const { data } = useApi<Facets>('/requests/facets', query, isLive(view) ? 3000 : 0);
  const terms = termsOf(view.filter);
  return (
    <section className={open ? 'facets open' : 'facets'} aria-label="Values" tabIndex={0}>
      {open && (
        <button type="button" className="button" onClick={close}>
          Show the requests
        </button>
      )}
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
                {facet.distinct > facet.values.length && more && (
                  <p className="dim">{(facet.distinct - facet.values.length).toLocaleString()} rarer ones</p>
                )}
                {facet.distinct > facet.values.length && !more && (
                  <button type="button" className="dim" onClick={() => setMore(true)}>
                    <span>{(facet.distinct - facet.values.length).toLocaleString()} more</span>
                  </button>
                )}
              </div>
            );
          })}
          {more && (
            <button type="button" className="dim" onClick={() => setMore(false)}>
              <span>Fewer values</span>
            </button>
          )}
        </>
      )}
    </section>
  );
}
