import { type ReactNode, useMemo } from 'react';
import type { StoredEvent } from '../../../src/model/api.ts';
import { usePages } from '../data/use-pages.ts';
import { go, isLive, termOf, termsOf, toggleTerm, type View } from '../data/view.ts';
import { End, Term } from '../parts/ends.tsx';
import { Count, Moment, Name, Size } from '../parts/quantity.tsx';
import { Empty, Skeleton, Trouble } from '../parts/states.tsx';
import { type TableColumn, VirtualTable } from '../parts/virtual-table.tsx';

const fetched = 1000;

/** Drops, resets, retransmits, failed connects, DNS failures. */
export function EventList({ view }: { view: View }): ReactNode {
  const query = { from: view.from, to: view.to, filter: view.filter, limit: fetched };
  const rows = usePages<StoredEvent>('/events', query, isLive(view) ? 2000 : 0);
  const columns = useMemo(() => columnsFor(view.filter), [view.filter]);
  return (
    <div className="split">
      <Counts of={rows.items} whole={!rows.more} filter={view.filter} />
      <div className="page">
        {rows.problem !== undefined && rows.items.length === 0 ? (
          <Trouble problem={rows.problem} again={rows.again} />
        ) : rows.items.length > 0 ? (
          <VirtualTable
            label="Events"
            columns={columns}
            rows={rows.items}
            idOf={(row) => row.id}
            onEnd={rows.more ? rows.fetchMore : undefined}
            end={rows.more ? 'More is on its way …' : `All ${rows.items.length.toLocaleString()} events of the span.`}
          />
        ) : rows.loading ? (
          <div style={{ padding: '8px 16px' }}>
            <Skeleton lines={14} />
          </div>
        ) : (
          <Empty title={view.filter === '' ? 'Nothing went wrong in this span' : 'No event passes the filter'}>
            Refused connections, resets, retransmitted segments, dropped packets, full accept queues and failed look-ups
            appear here.
          </Empty>
        )}
      </div>
    </div>
  );
}

/** How many of each kind and reason there are among the rows at hand. */
function Counts({ of, whole, filter }: { of: readonly StoredEvent[]; whole: boolean; filter: string }): ReactNode {
  const terms = termsOf(filter);
  const groups = [
    { title: 'Kind', key: 'event', textOf: (event: StoredEvent): string => event.event },
    { title: 'Reason', key: 'reason', textOf: (event: StoredEvent): string => event.reason ?? '' },
    { title: 'From', key: 'from', textOf: (event: StoredEvent): string => event.source?.name ?? '' },
    { title: 'To', key: 'to', textOf: (event: StoredEvent): string => event.destination?.name ?? '' },
  ];
  return (
    <section className="facets" aria-label="Values" tabIndex={0}>
      <p className="dim">
        {whole ? `${of.length.toLocaleString()} rows` : `Of the newest ${of.length.toLocaleString()} rows`}
      </p>
      {groups.map(({ title, key, textOf }) => {
        const counts = new Map<string, number>();
        for (const event of of) {
          const value = textOf(event);
          if (value !== '') counts.set(value, (counts.get(value) ?? 0) + event.count);
        }
        const sorted = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
        if (sorted.length === 0) return null;
        return (
          <div key={key}>
            <h2>{title}</h2>
            {sorted.map(([value, count]) => {
              const term = termOf(key, value);
              return (
                <button
                  key={value}
                  type="button"
                  aria-pressed={terms.includes(term)}
                  onClick={() => go({ filter: toggleTerm(filter, term) })}
                >
                  <span>
                    <Name text={value.replaceAll('_', ' ')} most={26} />
                  </span>
                  <span className="dim">
                    <Count of={count} />
                  </span>
                </button>
              );
            })}
          </div>
        );
      })}
    </section>
  );
}

function columnsFor(filter: string): TableColumn<StoredEvent>[] {
  return [
    { id: 'time', title: 'Time', width: 112, show: (e) => <Moment iso={e.time} /> },
    {
      id: 'event',
      title: 'Event',
      width: 140,
      show: (e) => (
        <Term filter={filter} term={termOf('event', e.event)}>
          {e.event.replaceAll('_', ' ')}
        </Term>
      ),
    },
    { id: 'reason', title: 'Reason', width: 150, grow: 1, show: (e) => <Name text={e.reason ?? '-'} most={36} /> },
    { id: 'count', title: 'Count', width: 70, numeric: true, show: (e) => <Count of={e.count} /> },
    {
      id: 'from',
      title: 'From',
      width: 120,
      grow: 1,
      show: (e) => <End of={e.source} as="from" filter={filter} most={28} />,
    },
    {
      id: 'to',
      title: 'To',
      width: 120,
      grow: 1,
      show: (e) => <End of={e.destination} as="to" filter={filter} most={28} />,
    },
    { id: 'port', title: 'Port', width: 70, numeric: true, show: (e) => e.destination?.port ?? '-' },
    { id: 'protocol', title: 'Protocol', width: 90, show: (e) => e.protocol ?? e.transport },
    { id: 'state', title: 'TCP state', width: 110, show: (e) => e.tcp_state ?? '-' },
    { id: 'process', title: 'Process', width: 120, show: (e) => <Name text={e.process ?? '-'} most={20} /> },
    { id: 'bytes', title: 'Size', width: 80, numeric: true, show: (e) => <Size bytes={e.bytes} /> },
  ];
}
