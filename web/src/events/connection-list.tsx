import { type ReactNode, useCallback, useMemo } from 'react';
import type { StoredConnection } from '../../../src/model/api.ts';
import { usePages } from '../data/use-pages.ts';
import { go, isLive, termOf, type View } from '../data/view.ts';
import { useColumnLayout } from '../parts/column-layout.ts';
import { ColumnsMenu } from '../parts/columns-menu.tsx';
import { End, Term } from '../parts/ends.tsx';
import { Count, Duration, Moment, Size } from '../parts/quantity.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { type TableColumn, VirtualTable } from '../parts/virtual-table.tsx';
import { ConnectionPanel } from './connection-panel.tsx';

const orders = [
  ['newest', 'newest first'],
  ['largest', 'most bytes first'],
  ['retransmits', 'most retransmits first'],
  ['oldest', 'oldest first'],
] as const;

/** What each connection did in the span. */
export function ConnectionList({ view }: { view: View }): ReactNode {
  const order = orders.find(([name]) => name === view.more.connections)?.[0] ?? 'newest';
  const query = { from: view.from, to: view.to, filter: view.filter, order, limit: 300 };
  const rows = usePages<StoredConnection>('/flows', query, isLive(view) ? 3000 : 0);
  const every = useMemo(() => columnsFor(view.filter), [view.filter]);
  const layout = useColumnLayout('connections', every, view.more.columns ?? '', (columns) =>
    go({ more: { columns } }, true),
  );
  const selected = view.selected.startsWith('connection:') ? view.selected.slice(11) : '';
  const shown = rows.items.find((row) => row.id === selected);
  const { fetchMore, more } = rows;
  const length = rows.items.length;
  const onVisible = useCallback(
    (_first: number, last: number): void => {
      if (more && last >= length - 40) fetchMore();
    },
    [fetchMore, more, length],
  );
  return (
    <>
      <div className="toolbar">
        <label htmlFor="flow-order">Order</label>
        <select id="flow-order" value={order} onChange={(event) => go({ more: { connections: event.target.value } })}>
          {orders.map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
        <span className="dim">
          {length.toLocaleString()} {more ? 'fetched so far' : 'connections'}
        </span>
        <span style={{ flex: 1 }} />
        <ColumnsMenu layout={layout} />
      </div>
      {rows.problem !== undefined && rows.items.length === 0 ? (
        <Trouble problem={rows.problem} again={rows.again} />
      ) : rows.items.length > 0 ? (
        <div className="split">
          <VirtualTable
            label="Connections"
            columns={layout.columns}
            count={length}
            rowAt={(index) => rows.items[index]}
            idOf={(row) => row.id}
            indexOf={(id) => rows.items.findIndex((row) => row.id === id)}
            selected={selected}
            onSelect={(row) => go({ selected: `connection:${row.id}` }, selected !== '')}
            onEnter={() => document.querySelector<HTMLElement>('.panel')?.focus()}
            onVisible={onVisible}
            layout={layout}
            order={order}
            onOrder={(name) => go({ more: { connections: name === 'newest' ? '' : name } })}
            end={
              rows.more ? 'More is on its way …' : `All ${rows.items.length.toLocaleString()} connections of the span.`
            }
          />
          {shown !== undefined && <ConnectionPanel of={shown} />}
        </div>
      ) : rows.loading ? (
        <div style={{ padding: '8px 16px' }}>
          <Skeleton lines={14} />
        </div>
      ) : (
        <Empty
          title={view.filter === '' ? 'No connections in this span' : 'No connection passes the filter'}
          {...(view.filter === '' ? { command: 'curl -s http://localhost/' } : {})}
        >
          Every TCP connection and UDP conversation of this host appears here within ten seconds, with what it carried.
        </Empty>
      )}
    </>
  );
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);

function columnsFor(filter: string): (TableColumn<StoredConnection> & { usual: boolean })[] {
  const failed = new Set(['refused', 'timed_out', 'unreachable', 'failed', 'reset', 'aborted']);
  return [
    {
      id: 'start',
      title: 'Began',
      usual: true,
      width: 116,
      orders: [
        ['newest', 'descending'],
        ['oldest', 'ascending'],
      ],
      show: (c) => <Moment iso={c.start} />,
    },
    {
      id: 'from',
      title: 'From',
      usual: true,
      width: 120,
      grow: 1,
      show: (c) => <End of={c.source} as="from" filter={filter} most={28} />,
    },
    {
      id: 'to',
      title: 'To',
      usual: true,
      width: 120,
      grow: 1,
      show: (c) => <End of={c.destination} as="to" filter={filter} most={28} />,
    },
    { id: 'port', title: 'Port', usual: true, width: 70, numeric: true, show: (c) => c.destination.port },
    {
      id: 'protocol',
      title: 'Protocol',
      usual: true,
      width: 100,
      show: (c) => (
        <Term filter={filter} term={termOf('protocol', c.protocol === '' ? c.transport : c.protocol)}>
          {c.protocol === '' ? <span className="dim">{c.transport}</span> : c.protocol}
        </Term>
      ),
    },
    {
      id: 'state',
      title: 'State',
      usual: true,
      width: 120,
      show: (c) => (
        <span className={failed.has(c.state) ? 'bad' : undefined} title={c.error}>
          {c.state.replaceAll('_', ' ')}
        </span>
      ),
    },
    {
      id: 'duration',
      title: 'Lived',
      usual: true,
      width: 84,
      numeric: true,
      show: (c) => <Duration ns={c.duration_ns} />,
    },
    {
      id: 'connect',
      title: 'Connect',
      usual: true,
      width: 84,
      numeric: true,
      show: (c) => <Duration ns={c.connect_ns} />,
    },
    {
      id: 'out',
      title: 'From client',
      usual: true,
      width: 96,
      numeric: true,
      show: (c) => <Size bytes={c.source_bytes} />,
    },
    {
      id: 'in',
      title: 'From server',
      usual: true,
      width: 104,
      orders: [['largest', 'descending']],
      numeric: true,
      show: (c) => <Size bytes={c.destination_bytes} />,
    },
    { id: 'rtt', title: 'Round trip', usual: true, width: 88, numeric: true, show: (c) => <Duration ns={c.rtt_ns} /> },
    {
      id: 'retransmits',
      title: 'Retransmits',
      usual: true,
      orders: [['retransmits', 'descending']],
      width: 96,
      numeric: true,
      show: (c) => <Count of={sum(c.source_retransmits, c.destination_retransmits)} />,
    },
  ];
}
