import { type ReactNode, useMemo, useState } from 'react';
import type { StoredRequest } from '../../../src/model/api.ts';
import { usePages } from '../data/use-pages.ts';
import { go, isLive, useView } from '../data/view.ts';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { VirtualTable } from '../parts/virtual-table.tsx';
import { requestColumns } from './columns.tsx';
import { FacetList } from './facet-list.tsx';
import { HeatMap } from './heat-map.tsx';
import { RequestPanel } from './request-panel.tsx';

const orders = [
  ['newest', 'newest first'],
  ['slowest', 'slowest first'],
  ['largest', 'largest first'],
  ['oldest', 'oldest first'],
] as const;
const key = 'wirelight-request-columns';

/** Every request: which there are, how long they took, and each with all that is known of it. */
export function RequestsPage(): ReactNode {
  const view = useView();
  const order = orders.find(([name]) => name === view.more.order)?.[0] ?? 'newest';
  const live = isLive(view);
  const query = { from: view.from, to: view.to, filter: view.filter, order, limit: 300 };
  const rows = usePages<StoredRequest>('/requests', query, live ? (order === 'newest' ? 1000 : 4000) : 0);
  const all = useMemo(() => requestColumns(view.filter), [view.filter]);
  const [chosen, setChosen] = useState<readonly string[]>(remembered);
  const columns = all.filter(({ id, usual }) => (chosen.length === 0 ? usual : chosen.includes(id)));
  const selected = view.selected.startsWith('request:') ? view.selected.slice(8) : '';
  const choose = (id: string, on: boolean): void => {
    const now = columns.map((column) => column.id).filter((other) => other !== id);
    const next = on ? [...now, id] : now;
    if (next.length === 0) return;
    localStorage.setItem(key, next.join());
    setChosen(next);
  };
  return (
    <>
      <div className="page">
        <HeatMap view={view} />
        <div className="split">
          <FacetList view={view} />
          <div className="page">
            <div className="toolbar">
              <label htmlFor="order">Order</label>
              <select
                id="order"
                value={order}
                onChange={(event) => go({ more: { order: event.target.value === 'newest' ? '' : event.target.value } })}
              >
                {orders.map(([name, text]) => (
                  <option key={name} value={name}>
                    {text}
                  </option>
                ))}
              </select>
              <span style={{ flex: 1 }} />
              <details className="menu">
                <summary className="button">Columns</summary>
                <div>
                  {all.map(({ id, title }) => (
                    <label key={id}>
                      <input
                        type="checkbox"
                        checked={columns.some((column) => column.id === id)}
                        onChange={(event) => choose(id, event.target.checked)}
                      />{' '}
                      {title}
                    </label>
                  ))}
                </div>
              </details>
            </div>
            {rows.problem !== undefined && rows.items.length === 0 ? (
              <Trouble problem={rows.problem} again={rows.again} />
            ) : rows.items.length > 0 ? (
              <VirtualTable
                label="Requests"
                columns={columns}
                rows={rows.items}
                idOf={(row) => row.id}
                selected={selected}
                onSelect={(row) => go({ selected: `request:${row.id}` }, selected !== '')}
                onEnd={rows.more ? rows.fetchMore : undefined}
                end={
                  rows.more ? 'More is on its way …' : `All ${rows.items.length.toLocaleString()} requests of the span.`
                }
              />
            ) : rows.loading ? (
              <div style={{ padding: '8px 16px' }}>
                <Skeleton lines={14} />
              </div>
            ) : view.filter === '' ? (
              <Empty title="No requests in this span" command="curl -s http://localhost/">
                Every HTTP, DNS, SQL, Redis, Kafka, ... request that a process of this host makes or answers appears
                here within a second.
              </Empty>
            ) : (
              <Empty title="No request passes the filter">
                Take a term out of it, or look at a longer span of time.
              </Empty>
            )}
          </div>
        </div>
      </div>
      {selected !== '' && <RequestPanel id={selected} filter={view.filter} />}
    </>
  );
}

function remembered(): string[] {
  return (localStorage.getItem(key) ?? '').split(',').filter((id) => id !== '');
}
