/**
 * Rows of a table, newest first or by another order, page by page. A page is found by looking at ever longer pieces of time,
 * so that "the latest hundred" of a month of rows costs no more than those of a minute.
 */
import { type Filter, filterToSql, type SqlColumns } from '../../model/filter/index.ts';
import { type Row, type TableName, tables } from '../../model/tables/index.ts';
import { ChoiceData, type ColumnData, type ColumnValue, TimeData, WideData } from '../../wire/block/column-data.ts';
import type { Block } from '../../wire/block/native-reader.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { eventFilterColumns, flowFilterColumns, requestFilterColumns } from './filter-columns.ts';
import { resolveNames } from './names-sql.ts';
import { type Span, spanSql } from './span.ts';

/** Tables that are read row by row. */
export type RowTable = 'requests' | 'flows' | 'events';

/** What rows are asked for. */
export interface RowsQuestion<Name extends RowTable> {
  readonly table: Name;
  readonly span: Span;
  readonly filter?: Filter;
  /** Only rows that stand for what they tell: each request once, whichever side saw it. */
  readonly counted?: boolean;
  readonly limit: number;
  /** Where the page before ended; absent for the first. */
  readonly after?: string;
  /** Columns wanted; all where absent. */
  readonly columns?: readonly (keyof Row<Name> & string)[];
}

/** Some rows, newest first. */
export interface RowsPage<Name extends RowTable> {
  readonly rows: readonly Partial<Row<Name>>[];
  /** To ask for the next page with; undefined after the last. */
  readonly next: string | undefined;
}

const filterColumns: Readonly<Record<RowTable, SqlColumns>> = {
  requests: requestFilterColumns,
  flows: flowFilterColumns,
  events: eventFilterColumns,
};

/** What tells rows of one moment apart, in the order in which they are given. */
const ties: Readonly<Record<RowTable, string>> = {
  requests: 'agent, block, connection, method, target, resource, latency_ns, request_bytes',
  flows: 'agent, block, connection, duration_ns',
  events: 'agent, block, kind, connection, reason, count',
};

const firstPiece = 60_000_000_000n;
const growth = 8n;

/** Reads a page of rows, newest first. */
export async function readRows<Name extends RowTable>(
  store: Store,
  question: RowsQuestion<Name>,
  options: QueryOptions = {},
): Promise<RowsPage<Name>> {
  const { span, limit } = question;
  const cursor = parseCursor(question.after);
  // Rows of the cursor's own moment may be left: they are read again, and those that were given are skipped.
  let to = cursor === undefined || cursor.time >= span.to ? span.to : cursor.time + 1n;
  let skip = cursor?.given ?? 0;
  const rows: Partial<Row<Name>>[] = [];
  const times: bigint[] = [];
  for (let piece = firstPiece; to > span.from && rows.length <= limit; piece *= growth) {
    const from = to - piece > span.from ? to - piece : span.from;
    const wanted = limit + 1 - rows.length + skip;
    const found = await readPiece(store, question, { from, to }, wanted, options);
    const fresh = found.rows.slice(skip);
    skip = Math.max(0, skip - found.rows.length);
    rows.push(...fresh);
    times.push(...found.times.slice(found.times.length - fresh.length));
    to = from;
  }
  if (rows.length <= limit) return { rows, next: undefined };
  const last = times[limit - 1];
  let given = 0;
  for (let i = limit - 1; i >= 0 && times[i] === last; i--) given++;
  // The whole page may be of the cursor's moment: then what was given before counts too.
  if (given === limit && cursor?.time === last) given += cursor.given;
  return { rows: rows.slice(0, limit), next: `${last}.${given}` };
}

async function readPiece<Name extends RowTable>(
  store: Store,
  question: RowsQuestion<Name>,
  span: Span,
  limit: number,
  options: QueryOptions,
): Promise<{ rows: Partial<Row<Name>>[]; times: bigint[] }> {
  const { table } = question;
  const names = question.columns ?? Object.keys(tables[table].columns);
  const { where, parameters } = conditionOf(question);
  const columns = [...names.map((name) => `\`${name}\``), 'time AS cursor_time'];
  const sql = `SELECT ${columns.join(', ')} FROM ${table}
    WHERE ${spanSql(span)}${where === '' ? '' : ` AND ${where}`}
    ORDER BY time DESC, ${ties[table]} LIMIT ${limit}`;
  const answer = await store.query(sql, { ...options, parameters });
  const rows: Partial<Row<Name>>[] = [];
  const times: bigint[] = [];
  for (const block of answer.blocks) {
    rows.push(...rowsOf<Name>(block, names));
    const time = block.columns.get('cursor_time')?.data;
    for (let row = 0; row < block.rows; row++) times.push(time instanceof TimeData ? time.get(row) : 0n);
  }
  return { rows, times };
}

/** The condition of a filter over a table, and its values. */
export function conditionOf(question: {
  readonly table: RowTable;
  readonly filter?: Filter;
  readonly counted?: boolean;
}): {
  readonly where: string;
  readonly parameters: Readonly<Record<string, string | number>>;
} {
  const counted = question.counted === true && question.table !== 'events' ? 'counted' : '';
  if (question.filter === undefined) return { where: counted, parameters: {} };
  const { sql, parameters } = filterToSql(question.filter, filterColumns[question.table]);
  const where = resolveNames(sql);
  return { where: counted === '' ? where : `${counted} AND ${where}`, parameters };
}

/** Rows of a block as the table's declaration types them. */
export function rowsOf<Name extends TableName>(block: Block, names: readonly string[]): Partial<Row<Name>>[] {
  const columns = names.map((name) => [name, readerOf(name, block.columns.get(name)?.data)] as const);
  const rows: Partial<Row<Name>>[] = [];
  for (let row = 0; row < block.rows; row++) {
    const object: Record<string, unknown> = {};
    for (const [name, get] of columns) object[name] = get(row);
    rows.push(object as Partial<Row<Name>>);
  }
  return rows;
}

/** Columns of ids hold 64-bit numbers, as other columns do that are not shown in hex. */
const idColumns: ReadonlySet<string> = new Set(
  Object.values(tables).flatMap((table) =>
    Object.entries(table.columns).flatMap(([name, column]) => (column.type.kind === 'id' ? [name] : [])),
  ),
);

function readerOf(name: string, data: ColumnData | undefined): (row: number) => unknown {
  if (data === undefined) throw new Error(`the answer has no column ${name}`);
  if (data instanceof WideData) {
    // The id of a change is text; all other columns of these names are ids.
    return idColumns.has(name) ? (row) => data.hex(row) : (row) => data.number(row);
  }
  if (data instanceof TimeData || data instanceof ChoiceData) return (row) => data.get(row);
  return (row) => plain(data.get(row));
}

function plain(value: ColumnValue): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  return value;
}

function parseCursor(text: string | undefined): { time: bigint; given: number } | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,19})\.(\d{1,9})$/.exec(text);
  if (match === null) {
    throw new StoreError('bad_query', 'this is no place in a list', { next: 'ask for the first page again' });
  }
  return { time: BigInt(match[1]), given: Number(match[2]) };
}
