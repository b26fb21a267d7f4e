import type { OutputFormat } from './command.ts';
import type { Io } from './io.ts';
import { widthOf } from './io.ts';
import { csvLine } from './records/csv.ts';
import { styleOf } from './style.ts';
import type { Cell } from './table/cell.ts';
import type { Column } from './table/layout.ts';
import { Table } from './table/table.ts';

/** Rows that are all there: what they are as data, and how each looks in a table. */
export interface Rows<Row extends object> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly cells: (row: Row) => readonly Cell[];
}

/** Shows finished rows as a table, as one JSON document (`document` where the rows are part of more) or as CSV. */
export function showRows<Row extends object>(
  io: Io,
  format: OutputFormat,
  { rows, columns, cells }: Rows<Row>,
  document: unknown = rows,
): void {
  if (format !== 'table') {
    showData(io, format, rows, document);
    return;
  }
  const drawn = rows.map(cells);
  const table = new Table(columns, widthOf(io.stdout), styleOf(io.stdout, io.env), drawn);
  io.stdout.write(`${table.header()}\n`);
  for (const row of drawn) io.stdout.write(`${table.row(row)}\n`);
}

/** The same for programs: one JSON document, or CSV with a header. */
export function showData<Row extends object>(
  io: Io,
  format: Exclude<OutputFormat, 'table'>,
  rows: readonly Row[],
  document: unknown = rows,
): void {
  if (format === 'json') {
    io.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const [first] = rows;
  if (first === undefined) return;
  io.stdout.write(csvLine(Object.keys(first)));
  for (const row of rows) io.stdout.write(csvLine(Object.values(row)));
}
