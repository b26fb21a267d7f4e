import type { ReactNode } from 'react';
import type { Losses } from '../../../src/model/api.ts';
import { lossMeaning } from '../../../src/model/losses.ts';
import { go } from '../data/view.ts';
import { Name } from '../parts/quantity.tsx';
import { Skeleton } from '../parts/states.tsx';

/** What was lost in the span that is looked at: each counter with what it means and what helps. */
export function Lost({ of, live }: { of: Losses | undefined; live: boolean }): ReactNode {
  const names = new Map<string, { count: number; hosts: { host: string; count: number }[] }>();
  for (const { name, host, count } of of?.items ?? []) {
    const own = names.get(name) ?? { count: 0, hosts: [] };
    own.count += count;
    own.hosts.push({ host, count });
    names.set(name, own);
  }
  const sorted = [...names].toSorted((a, b) => b[1].count - a[1].count);
  return (
    <section>
      <h2>What was not seen</h2>
      {of === undefined ? (
        <Skeleton lines={3} />
      ) : of.total === 0 ? (
        <p className="dim">
          Nothing was lost in {live ? 'this span' : 'the span that is chosen below'}. Wherever something can be, it is
          counted and would be told here.
        </p>
      ) : (
        <>
          <p>
            {of.total.toLocaleString()} records were lost in this span. It is hatched in the bar below and in the heat
            map of requests.
          </p>
          {sorted.map(([name, { count, hosts }]) => {
            const { what, next } = lossMeaning(name);
            return (
              <div key={name} className="lost-place">
                <span className="num bad">{count.toLocaleString()}</span>
                <div>
                  <p>{what}</p>
                  {next !== '' && <p className="dim">{next}</p>}
                  <p className="dim small">
                    <code>{name}</code> on{' '}
                    {hosts.slice(0, 6).map(({ host }, i) => (
                      <span key={host}>
                        {i > 0 && ', '}
                        <Name text={host === '' ? 'unknown' : host} most={28} />
                      </span>
                    ))}
                    {hosts.length > 6 && ` and ${hosts.length - 6} more`}
                  </p>
                </div>
              </div>
            );
          })}
          <button
            type="button"
            className="button more"
            onClick={() => go({ page: 'events', filter: 'event:loss', selected: '' })}
          >
            When it happened
          </button>
        </>
      )}
    </section>
  );
}
