import type { ReactNode } from 'react';
import type { StoredRequest } from '../../../src/model/api.ts';
import { termOf } from '../data/view.ts';
import { End, Term } from '../parts/ends.tsx';
import { Duration, Moment, Name, Size } from '../parts/quantity.tsx';
import type { TableColumn } from '../parts/virtual-table.tsx';

/** How a request ended, in the protocol's own words where it has some. */
export function Status({ of }: { of: StoredRequest }): ReactNode {
  const bad = of.outcome === 'server_error' || of.outcome === 'timeout' || of.outcome === 'aborted';
  const text = of.status_text ?? (of.status === null ? of.outcome.replace('_', ' ') : String(of.status));
  return (
    <span
      className={bad ? 'bad' : of.outcome === 'client_error' ? 'warn' : undefined}
      title={`${of.outcome.replace('_', ' ')}${of.status === null ? '' : `, code ${of.status}`}`}
    >
      {text === 'unset' ? '-' : text}
    </span>
  );
}

/** All columns that the table of requests can have. `usual`: shown unless somebody chose otherwise. */
export function requestColumns(filter: string): (TableColumn<StoredRequest> & { usual: boolean })[] {
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
      show: (r) => <Moment iso={r.time} />,
    },
    {
      id: 'from',
      title: 'From',
      width: 110,
      grow: 1,
      usual: true,
      show: (r) => <End of={r.source} as="from" filter={filter} most={24} />,
    },
    {
      id: 'to',
      title: 'To',
      width: 110,
      grow: 1,
      usual: true,
      show: (r) => <End of={r.destination} as="to" filter={filter} most={24} />,
    },
    {
      id: 'protocol',
      title: 'Protocol',
      width: 90,
      usual: true,
      show: (r) => (
        <Term filter={filter} term={termOf('protocol', r.protocol)}>
          {r.protocol}
        </Term>
      ),
    },
    {
      id: 'operation',
      title: 'Operation',
      width: 190,
      grow: 3,
      usual: true,
      show: (r) => <Name text={r.operation} most={72} />,
    },
    {
      id: 'authority',
      title: 'Authority',
      width: 120,
      grow: 1,
      usual: false,
      show: (r) => <Name text={r.authority ?? '-'} most={24} />,
    },
    { id: 'status', title: 'Status', width: 96, usual: true, show: (r) => <Status of={r} /> },
    {
      id: 'latency',
      title: 'Latency',
      width: 88,
      numeric: true,
      usual: true,
      orders: [['slowest', 'descending']],
      show: (r) => <Duration ns={r.latency_ns} />,
    },
    {
      id: 'received',
      title: 'Received',
      width: 88,
      numeric: true,
      usual: false,
      show: (r) => <Duration ns={r.received_ns} />,
    },
    {
      id: 'waited',
      title: 'Waited',
      width: 88,
      numeric: true,
      usual: true,
      show: (r) => <Duration ns={r.waited_ns} />,
    },
    {
      id: 'worked',
      title: 'Worked',
      width: 88,
      numeric: true,
      usual: true,
      show: (r) => <Duration ns={r.worked_ns} />,
    },
    { id: 'sent', title: 'Sent', width: 88, numeric: true, usual: false, show: (r) => <Duration ns={r.sent_ns} /> },
    {
      id: 'asked',
      title: 'Request',
      width: 80,
      numeric: true,
      usual: false,
      show: (r) => <Size bytes={r.request_bytes} />,
    },
    {
      id: 'answered',
      title: 'Response',
      width: 94,
      numeric: true,
      usual: true,
      orders: [['largest', 'descending']],
      show: (r) => <Size bytes={r.response_bytes} />,
    },
    {
      id: 'flags',
      title: 'Flags',
      width: 110,
      usual: false,
      show: (r) => <span className="dim">{r.flags.join(', ').replaceAll('_', ' ')}</span>,
    },
    {
      id: 'connection',
      title: 'Connection',
      width: 92,
      numeric: true,
      usual: false,
      show: (r) => (
        <Term filter={filter} term={termOf('connection', String(r.connection))}>
          {r.connection}
        </Term>
      ),
    },
    {
      id: 'trace',
      title: 'Trace',
      width: 120,
      usual: false,
      show: (r) =>
        r.trace_id === undefined ? (
          <span className="dim">-</span>
        ) : (
          <Term filter={filter} term={termOf('trace', r.trace_id)}>
            <Name text={r.trace_id} most={14} />
          </Term>
        ),
    },
    { id: 'host', title: 'Host', width: 100, usual: false, show: (r) => <Name text={r.host} most={24} /> },
  ];
}
