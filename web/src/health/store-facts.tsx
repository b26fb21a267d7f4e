import type { ReactNode } from 'react';
import type { Health } from '../../../src/model/api.ts';
import { quantityText, size } from '../../../src/model/format.ts';
import { Count, Size } from '../parts/quantity.tsx';

/** What is stored, since when, and how much of the disk it takes, table by table. */
export function StoreFacts({ of }: { of: Health }): ReactNode {
  const { store } = of;
  const limit = store.budget ?? store.disk_total;
  const share = limit === null || limit <= 0 ? undefined : Math.min(store.bytes / limit, 1);
  const most = Math.max(...store.tables.map(({ bytes }) => bytes), 1);
  return (
    <section>
      <h2>Store</h2>
      <dl className="facts">
        <dt>kind</dt>
        <dd>{store.kind === 'embedded' ? 'ClickHouse within the server' : 'ClickHouse server'}</dd>
        <dt>holds</dt>
        <dd>
          <Count of={store.rows} /> rows, <Size bytes={store.bytes} />
          {store.oldest !== null && <span className="dim"> since {new Date(store.oldest).toLocaleString()}</span>}
        </dd>
        <dt>disk</dt>
        <dd>
          <Size bytes={store.disk_free} /> free of <Size bytes={store.disk_total} />
          {store.budget !== null && `, of which it may use ${quantityText(size(store.budget))}`}
        </dd>
      </dl>
      {share !== undefined && (
        <div className="bar disk" role="img" aria-label={`${(share * 100).toFixed(1)} % used of what it may use`}>
          <i
            style={{
              width: `${share * 100}%`,
              background: `var(--${share > 0.9 ? 'error' : share > 0.75 ? 'slow' : 'text-3'})`,
            }}
          />
        </div>
      )}
      <section className="wide" tabIndex={0} aria-label="Tables">
        <table className="rows">
          <thead>
            <tr>
              <th>Table</th>
              <th className="num">Rows</th>
              <th className="num">On disk</th>
              <th>
                <span className="visually-hidden">Share of the disk</span>
              </th>
              <th className="num">Bytes a row</th>
              <th>Oldest row</th>
            </tr>
          </thead>
          <tbody>
            {store.tables.map((table) => (
              <tr key={table.name}>
                <td>{table.name}</td>
                <td className="num">{table.rows.toLocaleString()}</td>
                <td className="num">
                  <Size bytes={table.bytes} />
                </td>
                <td className="share-cell">
                  <i style={{ width: `${(table.bytes / most) * 100}%` }} />
                </td>
                <td className="num">{table.rows === 0 ? '-' : (table.bytes / table.rows).toFixed(1)}</td>
                <td>{table.oldest === null ? '-' : new Date(table.oldest).toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
