import { type ReactNode, useMemo } from 'react';
import type { StoredConnection } from '../../../src/model/api.ts';
import { usePages } from '../data/use-pages.ts';
import { go, isLive, termOf, type View } from '../data/view.ts';
import { End, Term } from '../parts/ends.tsx';
import { Count, Duration, Moment, Size } from '../parts/quantity.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { type TableColumn, VirtualTable } from '../parts/virtual-table.tsx';

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
  const columns = useMemo(() => columnsFor(view.filter), [view.filter]);
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
      </div>
      {rows.problem !== undefined && rows.items.length === 0 ? (
        <Trouble problem={rows.problem} again={rows.again} />
      ) : rows.items.length > 0 ? (
        <VirtualTable
          label="Connections"
          columns={columns}
          rows={rows.items}
          idOf={(row) => row.id}
          onEnd={rows.more ? rows.fetchMore : undefined}
          end={
            rows.more ? 'More is on its way …' : `All ${rows.items.length.toLocaleString()} connections of the span.`
          }
        />
      ) : rows.loading ? (
        <div style={{ padding: '8px 16px' }}>
          <Skeleton lines={14} />
        </div>
      ) : (
        <Empty title={view.filter === '' ? 'No connections in this span' : 'No connection passes the filter'}>
          Every TCP connection and UDP conversation of this host appears here within ten seconds, with what it carried.
        </Empty>
      )}
    </>
  );
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);

function columnsFor(filter: string): TableColumn<StoredConnection>[] {
  const failed = new Set(['refused', 'timed_out', 'unreachable', 'failed', 'reset', 'aborted']);
  return [
    { id: 'start', title: 'Began', width: 112, show: (c) => <Moment iso={c.start} /> },
    {
      id: 'from',
      title: 'From',
      width: 120,
      grow: 1,
      show: (c) => <End of={c.source} as="from" filter={filter} most={28} />,
    },
    {
      id: 'to',
      title: 'To',
      width: 120,
      grow: 1,
      show: (c) => <End of={c.destination} as="to" filter={filter} most={28} />,
    },
    { id: 'port', title: 'Port', width: 70, numeric: true, show: (c) => c.destination.port },
    {
      id: 'protocol',
      title: 'Protocol',
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
      width: 120,
      show: (c) => (
        <span className={failed.has(c.state) ? 'bad' : undefined} title={c.error}>
          {c.state.replaceAll('_', ' ')}
        </span>
      ),
    },
    { id: 'duration', title: 'Lived', width: 84, numeric: true, show: (c) => <Duration ns={c.duration_ns} /> },
    { id: 'connect', title: 'Connect', width: 84, numeric: true, show: (c) => <Duration ns={c.connect_ns} /> },
    { id: 'out', title: 'From client', width: 96, numeric: true, show: (c) => <Size bytes={c.source_bytes} /> },
    { id: 'in', title: 'From server', width: 96, numeric: true, show: (c) => <Size bytes={c.destination_bytes} /> },
    { id: 'rtt', title: 'Round trip', width: 88, numeric: true, show: (c) => <Duration ns={c.rtt_ns} /> },
    {
      id: 'retransmits',
      title: 'Retransmits',
      width: 96,
      numeric: true,
      show: (c) => <Count of={sum(c.source_retransmits, c.destination_retransmits)} />,
    },
  ];
}
