import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { StoredRequest } from '../../../src/model/api.ts';
import { useRows } from '../data/use-rows.ts';
import { go, isLive, useView } from '../data/view.ts';
import { useColumnLayout } from '../parts/column-layout.ts';
import { ColumnsMenu } from '../parts/columns-menu.tsx';
import { RowPlace } from '../parts/row-place.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { VirtualTable } from '../parts/virtual-table.tsx';
import { requestColumns } from './columns.tsx';
import { FacetList } from './facet-list.tsx';
import { HeatMap } from './heat-map.tsx';
import { RequestPanel } from './request-panel.tsx';
import '../parts/panel.css';
import './requests.css';

const orders = [
  ['newest', 'newest first'],
  ['slowest', 'slowest first'],
  ['largest', 'largest first'],
  ['oldest', 'oldest first'],
] as const;

/** Every request: which there are, how long they took, and each with all that is known of it. */
export function RequestsPage(): ReactNode {
  const view = useView();
  const order = orders.find(([name]) => name === view.more.order)?.[0] ?? 'newest';
  const live = isLive(view);
  const query = { from: view.from, to: view.to, filter: view.filter, order, sides: 'once' };
  const rows = useRows<StoredRequest>('/requests', query, live ? (order === 'newest' ? 1000 : 4000) : 0);
  const every = useMemo(() => requestColumns(view.filter), [view.filter]);
  const layout = useColumnLayout('requests', every, view.more.columns ?? '', (columns) =>
    go({ more: { columns } }, true),
  );
  const [values, setValues] = useState(false);
  const selected = view.selected.startsWith('request:') ? view.selected.slice(8) : '';
  const page = useRef<HTMLDivElement>(null);
  const [jump, setJump] = useState<{ readonly row: number; readonly turn: number }>({
    row: Math.max(Number(view.more.row ?? 1) - 1, 0) || 0,
    turn: 0,
  });
  const [seen, setSeen] = useState<readonly [number, number]>([0, 0]);

  const { want, stand } = rows;
  const standing = useRef(stand);
  standing.current = stand;
  const onVisible = useCallback(
    (first: number, last: number): void => {
      setSeen((now) => (now[0] === first && now[1] === last ? now : [first, last]));
      if (first > 0) standing.current();
      want(first, last);
    },
    [want],
  );
  useEffect(() => {
    if (selected !== '') standing.current();
  }, [selected]);
  // Where one is in a pinned span belongs to the address; a moment after it came to rest.
  const row = live || seen[0] === 0 ? '' : String(seen[0] + 1);
  useEffect(() => {
    if ((view.more.row ?? '') === row || rows.count === 0 || seen[1] === 0) return undefined;
    const timer = setTimeout(() => go({ more: { row } }, true), 400);
    return () => clearTimeout(timer);
  }, [row, view, rows.count, seen]);
  // Another question begins at its top.
  const question = `${view.from} ${view.to} ${view.filter} ${order}`;
  const before = useRef(question);
  useEffect(() => {
    if (before.current === question) return;
    before.current = question;
    setJump(({ turn }) => ({ row: 0, turn: turn + 1 }));
  }, [question]);

  return (
    <>
      <div className="page" ref={page}>
        <HeatMap view={view} />
        <div className="split">
          <FacetList view={view} open={values} close={() => setValues(false)} />
          <div className="page">
            <div className="toolbar">
              <button
                type="button"
                className="button narrow-only"
                aria-expanded={values}
                onClick={() => setValues(true)}
              >
                Values
              </button>
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
              <RowPlace
                seen={seen}
                count={rows.count}
                standing={rows.standing}
                follow={() => {
                  rows.follow();
                  setJump(({ turn }) => ({ row: 0, turn: turn + 1 }));
                  if (selected !== '') go({ selected: '' });
                }}
                jump={(to) => {
                  rows.stand();
                  setJump(({ turn }) => ({ row: to, turn: turn + 1 }));
                }}
              />
              <span style={{ flex: 1 }} />
              <ColumnsMenu layout={layout} />
            </div>
            {rows.problem !== undefined && rows.count === 0 ? (
              <Trouble problem={rows.problem} again={rows.again} />
            ) : rows.count > 0 ? (
              <VirtualTable
                key={jump.turn}
                label="Requests"
                columns={layout.columns}
                count={rows.count}
                rowAt={rows.at}
                idOf={(one) => one.id}
                indexOf={rows.indexOf}
                selected={selected}
                onSelect={(one) => go({ selected: `request:${one.id}` }, selected !== '')}
                onEnter={() => page.current?.parentElement?.querySelector<HTMLElement>('.panel')?.focus()}
                onVisible={onVisible}
                start={jump.row}
                layout={layout}
                order={order}
                onOrder={(name) => go({ more: { order: name === 'newest' ? '' : name } })}
              />
            ) : rows.loading ? (
              <div style={{ padding: '8px 16px', flex: 1 }}>
                <Skeleton lines={14} />
              </div>
            ) : view.filter === '' ? (
              <Empty title="No requests in this span" command="curl -s http://localhost/">
                Every HTTP, DNS, SQL, Redis, Kafka, ... request that a process of this host makes or answers appears
                here within a second.
              </Empty>
            ) : (
              <Empty title="No request passes the filter">
                Take a term out of it, or look at a longer span of time.{' '}
                <button type="button" className="button" onClick={() => go({ filter: '' })}>
                  Without the filter
                </button>
              </Empty>
            )}
          </div>
        </div>
      </div>
      {selected !== '' && <RequestPanel id={selected} filter={view.filter} />}
    </>
  );
}
