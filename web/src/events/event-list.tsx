import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { StoredEvent } from '../../../src/model/api.ts';
import { useRows } from '../data/use-rows.ts';
import { go, isLive, termOf, termsOf, type View } from '../data/view.ts';
import { useColumnLayout } from '../parts/column-layout.ts';
import { ColumnsMenu } from '../parts/columns-menu.tsx';
import { End, Term } from '../parts/ends.tsx';
import { Count, Moment, Name, Size } from '../parts/quantity.tsx';
import { RowPlace } from '../parts/row-place.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { type TableColumn, VirtualTable } from '../parts/virtual-table.tsx';
import { EventFacetList } from './event-facets.tsx';
import { EventPanel } from './event-panel.tsx';
import { meaningOf } from './kinds.ts';
import { Lanes } from './lanes.tsx';

/** Programs that begin and end are no trouble: they are shown to those who ask. */
const withoutProcesses = '-event:process_start,process_exit';

/** Drops, resets, retransmits, failed connects, DNS failures. */
export function EventList({ view }: { view: View }): ReactNode {
  const processes = view.more.processes === '1' || /(?:^|\s)event:\S*process/.test(view.filter);
  const filter = processes ? view.filter : [...termsOf(view.filter), withoutProcesses].join(' ');
  const live = isLive(view);
  const order = view.more.order === 'oldest' ? 'oldest' : 'newest';
  const query = { from: view.from, to: view.to, filter, order };
  const rows = useRows<StoredEvent>('/events', query, live ? 2000 : 0);
  const every = useMemo(() => columnsFor(view.filter), [view.filter]);
  const layout = useColumnLayout('events', every, view.more.columns ?? '', (columns) =>
    go({ more: { columns } }, true),
  );
  const [values, setValues] = useState(false);
  const [seen, setSeen] = useState<readonly [number, number]>([0, 0]);
  const [jump, setJump] = useState<{ readonly row: number; readonly turn: number }>({ row: 0, turn: 0 });
  const selected = view.selected.startsWith('event:') ? view.selected.slice(6) : '';
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
  const [shown, setShown] = useState<StoredEvent | undefined>();
  const at = selected === '' ? -1 : rows.indexOf(selected);
  const event = at >= 0 ? rows.at(at) : shown?.id === selected ? shown : undefined;
  return (
    <>
      <Lanes view={view} filter={filter} />
      <div className="split">
        <EventFacetList view={view} filter={filter} open={values} close={() => setValues(false)} />
        <div className="page">
          <div className="toolbar">
            <button type="button" className="button narrow-only" aria-expanded={values} onClick={() => setValues(true)}>
              Values
            </button>
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
            <label className="check">
              <input
                type="checkbox"
                checked={processes}
                onChange={(change) => go({ more: { processes: change.target.checked ? '1' : '' } })}
              />{' '}
              processes
            </label>
            <span style={{ flex: 1 }} />
            <ColumnsMenu layout={layout} />
          </div>
          {rows.problem !== undefined && rows.count === 0 ? (
            <Trouble problem={rows.problem} again={rows.again} />
          ) : rows.count > 0 ? (
            <VirtualTable
              key={jump.turn}
              label="Events"
              columns={layout.columns}
              count={rows.count}
              rowAt={rows.at}
              idOf={(row) => row.id}
              indexOf={rows.indexOf}
              selected={selected}
              onSelect={(row) => {
                setShown(row);
                go({ selected: `event:${row.id}` }, selected !== '');
              }}
              onEnter={() => document.querySelector<HTMLElement>('.panel')?.focus()}
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
            <Empty title="Nothing went wrong in this span" command="curl http://127.0.0.1:9/">
              Refused connections, resets, retransmitted segments, dropped packets with the kernel's reason, full accept
              queues and names that were not resolved appear here. To see one, ask a port where nobody listens:
            </Empty>
          ) : (
            <Empty title="No event passes the filter">
              Events know ends, ports, kinds and reasons; they have no status and no latency.{' '}
              <button type="button" className="button" onClick={() => go({ filter: '' })}>
                Without the filter
              </button>
            </Empty>
          )}
        </div>
        {event !== undefined && <EventPanel of={event} filter={view.filter} />}
      </div>
    </>
  );
}

function columnsFor(filter: string): (TableColumn<StoredEvent> & { usual: boolean })[] {
  return [
    {
      id: 'time',
      title: 'Time',
      width: 116,
      usual: true,
      orders: [
        ['newest', 'descending'],
        ['oldest', 'ascending'],
      ],
      show: (e) => <Moment iso={e.time} />,
    },
    {
      id: 'event',
      title: 'Event',
      width: 140,
      usual: true,
      show: (e) => (
        <Term filter={filter} term={termOf('event', e.event)}>
          {e.event.replaceAll('_', ' ')}
        </Term>
      ),
    },
    {
      id: 'reason',
      title: 'Reason',
      width: 170,
      grow: 1,
      usual: true,
      show: (e) =>
        e.reason === undefined ? (
          <span className="dim">-</span>
        ) : (
          <span title={meaningOf(e.reason)}>
            <Term filter={filter} term={termOf('reason', e.reason)}>
              <Name text={e.reason} most={36} />
            </Term>
          </span>
        ),
    },
    { id: 'count', title: 'Count', width: 70, numeric: true, usual: true, show: (e) => <Count of={e.count} /> },
    {
      id: 'from',
      title: 'From',
      width: 120,
      grow: 1,
      usual: true,
      show: (e) => <End of={e.source} as="from" filter={filter} most={28} />,
    },
    {
      id: 'to',
      title: 'To',
      width: 120,
      grow: 1,
      usual: true,
      show: (e) => <End of={e.destination} as="to" filter={filter} most={28} />,
    },
    { id: 'port', title: 'Port', width: 70, numeric: true, usual: true, show: (e) => e.destination?.port ?? '-' },
    { id: 'protocol', title: 'Protocol', width: 90, usual: true, show: (e) => e.protocol ?? e.transport },
    { id: 'state', title: 'TCP state', width: 110, usual: false, show: (e) => e.tcp_state ?? '-' },
    {
      id: 'process',
      title: 'Process',
      width: 120,
      usual: false,
      show: (e) => <Name text={e.process ?? '-'} most={20} />,
    },
    { id: 'bytes', title: 'Size', width: 80, numeric: true, usual: false, show: (e) => <Size bytes={e.bytes} /> },
    { id: 'host', title: 'Host', width: 110, usual: false, show: (e) => <Name text={e.host} most={20} /> },
  ];
}
