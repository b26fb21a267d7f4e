import { count, duration, rate, share, sizeRate } from '../../model/format.ts';
import type { EdgeRecord } from '../../model/records.ts';
import { type Cell, quantityCell, textCell } from '../table/cell.ts';
import type { Column } from '../table/layout.ts';
import type { SortKey } from './sort-keys.ts';
import { sparkline } from './sparkline.ts';

/** An edge as it is shown: its measures and its requests in each of the last seconds. */
export interface EdgeRow {
  readonly record: EdgeRecord;
  readonly trend: readonly number[];
}

/** A column of `top`: how it looks and what it sorts by. */
export interface EdgeColumn extends Column {
  readonly key: SortKey;
  readonly cell: (row: EdgeRow) => Cell;
  /** Text sorts upwards first, numbers downwards. Unknown numbers come last. */
  readonly value: (row: EdgeRow) => string | number | null;
}

const left = { align: 'left', cut: 'middle' } as const;
const right = { align: 'right', cut: 'end' } as const;

/** The columns of `top`, from left to right. */
export const edgeColumns: readonly EdgeColumn[] = [
  {
    ...left,
    title: 'SOURCE',
    key: 'source',
    rank: 1,
    least: 10,
    most: 36,
    cell: ({ record }) => textCell(record.source.name),
    value: ({ record }) => record.source.name,
  },
  {
    ...left,
    title: 'DESTINATION',
    key: 'destination',
    rank: 1,
    least: 14,
    most: 44,
    cell: ({ record }) => textCell(destinationText(record)),
    value: ({ record }) => destinationText(record),
  },
  {
    ...left,
    title: 'PROTOCOL',
    key: 'protocol',
    rank: 5,
    least: 9,
    most: 12,
    cell: ({ record }) => textCell(record.protocol, 'dim'),
    value: ({ record }) => record.protocol,
  },
  {
    ...right,
    title: 'RATE',
    key: 'rate',
    rank: 1,
    least: 8,
    most: 8,
    cell: ({ record }) =>
      quantityCell(record.requests === 0 ? undefined : rate(record.requests_per_second), undefined, 3),
    value: ({ record }) => record.requests_per_second,
  },
  {
    ...left,
    title: 'TREND',
    key: 'rate',
    rank: 11,
    least: 10,
    most: 20,
    cut: 'end',
    cell: ({ trend }) => ({ type: 'text', text: sparkline(trend.slice(-20)), dress: 'dim' }),
    value: ({ record }) => record.requests_per_second,
  },
  {
    ...right,
    title: 'FAILED',
    key: 'failures',
    rank: 2,
    least: 7,
    most: 7,
    cell: ({ record }) => failureCell(record),
    value: ({ record }) => record.failures,
  },
  latencyColumn('P50', 'p50', 6, ({ record }) => record.latency_p50_ns),
  latencyColumn('P95', 'p95', 3, ({ record }) => record.latency_p95_ns),
  latencyColumn('P99', 'p99', 7, ({ record }) => record.latency_p99_ns),
  {
    ...right,
    title: 'BYTES',
    key: 'bytes',
    rank: 4,
    least: 9,
    most: 9,
    cell: ({ record }) => quantityCell(sizeRate(record.bytes_per_second), undefined, 4),
    value: ({ record }) => record.bytes_per_second,
  },
  {
    ...right,
    title: 'RETRANS',
    key: 'retransmits',
    rank: 8,
    least: 8,
    most: 8,
    cell: ({ record }) => quantityCell(count(record.retransmits), record.retransmits > 0 ? 'warning' : undefined),
    value: ({ record }) => record.retransmits,
  },
  {
    ...right,
    title: 'OPEN',
    key: 'connections',
    rank: 9,
    least: 5,
    most: 5,
    cell: ({ record }) => quantityCell(count(record.connections)),
    value: ({ record }) => record.connections,
  },
];

function latencyColumn(title: string, key: SortKey, rank: number, of: (row: EdgeRow) => number | null): EdgeColumn {
  return {
    ...right,
    title,
    key,
    rank,
    least: 7,
    most: 7,
    cell: (row) => {
      const value = of(row);
      return quantityCell(value === null ? undefined : duration(value));
    },
    value: of,
  };
}

/** `web:80`, `[fd00::1]:80`. */
export function destinationText({ destination }: EdgeRecord): string {
  if (destination.port === 0) return destination.name;
  return destination.name.includes(':')
    ? `[${destination.name}]:${destination.port}`
    : `${destination.name}:${destination.port}`;
}

/** The share of failed requests; their number where no request was seen (connections that failed). */
function failureCell(record: EdgeRecord): Cell {
  const dress = record.failures > 0 ? 'error' : undefined;
  if (record.failure_share === null)
    return quantityCell(record.failures > 0 ? count(record.failures) : undefined, dress);
  return quantityCell(share(record.failure_share), dress, 1);
}

/** Sorts rows, in place. Equal ones keep the order of their names, so that the table stands still. */
export function sortRows(rows: EdgeRow[], key: SortKey, reversed: boolean): EdgeRow[] {
  const value = (edgeColumns.find((column) => column.key === key) ?? edgeColumns[0]).value;
  const names = (row: EdgeRow) => `${row.record.source.name}\0${destinationText(row.record)}\0${row.record.protocol}`;
  const sign = reversed ? -1 : 1;
  return rows.sort((a, b) => compare(value(a), value(b), sign) || compareText(names(a), names(b)));
}

function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'string' || typeof b === 'string') return sign * compareText(String(a), String(b));
  return sign * (b - a);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
