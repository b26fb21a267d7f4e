import type { EdgeRecord } from '../../model/records.ts';
import { csvLine } from '../records/csv.ts';
import type { Style } from '../style.ts';
import { Table } from '../table/table.ts';
import { type EdgeRow, edgeColumns, sortRows } from './columns.ts';
import type { SortKey } from './sort-keys.ts';

/** One JSON object a line, or one CSV line, for each edge. */
export function edgeLines(rows: EdgeRow[], sort: SortKey, format: 'json' | 'csv'): string[] {
  return sortRows(rows, sort, false).map(({ record }) =>
    format === 'json' ? `${JSON.stringify(record)}\n` : csvLine(csvColumns.map(([, of]) => of(record))),
  );
}

/** Edges as a table for people, with an empty line after it. */
export function edgeTableText(rows: EdgeRow[], sort: SortKey, width: number, style: Style): string {
  const cells = sortRows(rows, sort, false).map((row) => edgeColumns.map((column) => column.cell(row)));
  const table = new Table(edgeColumns, width, style, cells);
  return `${[table.header(), ...cells.map((row) => table.row(row))].join('\n')}\n\n`;
}

/** The columns of CSV, named as the fields of the JSON. */
const csvColumns: readonly (readonly [string, (record: EdgeRecord) => unknown])[] = [
  ['type', (r) => r.type],
  ['time', (r) => r.time],
  ['window_ns', (r) => r.window_ns],
  ['source.name', (r) => r.source.name],
  ['source.kind', (r) => r.source.kind],
  ['destination.name', (r) => r.destination.name],
  ['destination.kind', (r) => r.destination.kind],
  ['destination.port', (r) => r.destination.port],
  ['protocol', (r) => r.protocol],
  ['requests', (r) => r.requests],
  ['requests_per_second', (r) => r.requests_per_second],
  ['failures', (r) => r.failures],
  ['client_errors', (r) => r.client_errors],
  ['failure_share', (r) => r.failure_share],
  ['latency_p50_ns', (r) => r.latency_p50_ns],
  ['latency_p95_ns', (r) => r.latency_p95_ns],
  ['latency_p99_ns', (r) => r.latency_p99_ns],
  ['bytes', (r) => r.bytes],
  ['bytes_per_second', (r) => r.bytes_per_second],
  ['retransmits', (r) => r.retransmits],
  ['connections', (r) => r.connections],
];

/** The first line of CSV. */
export function edgeCsvHeader(): string {
  return csvLine(csvColumns.map(([name]) => name));
}
