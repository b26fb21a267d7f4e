import { type Row, tables } from '../../model/tables/index.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { rowsOf } from './rows.ts';
import { type Span, spanSql } from './span.ts';

/** Everything that is known of a trace, in order of time. */
export interface StoredTrace {
  readonly requests: readonly Row<'requests'>[];
  readonly spans: readonly Row<'spans'>[];
}

const most = 10_000;

/**
 * Reads a trace by its id (32 hex digits), wherever in time it is.
 *
 * @param within where to look, if that is known: sooner found
 */
export async function readTrace(
  store: Store,
  traceId: string,
  within?: Span,
  options: QueryOptions = {},
): Promise<StoredTrace> {
  if (!/^[0-9a-f]{32}$/.test(traceId)) {
    throw new StoreError('bad_query', 'a trace id is 32 lower-case hex digits');
  }
  const [requests, spans] = await Promise.all([
    readOf(store, 'requests', traceId, within, options),
    readOf(store, 'spans', traceId, within, options),
  ]);
  return { requests: requests as Row<'requests'>[], spans: spans as Row<'spans'>[] };
}

async function readOf(
  store: Store,
  table: 'requests' | 'spans',
  traceId: string,
  within: Span | undefined,
  options: QueryOptions,
): Promise<unknown[]> {
  const names = Object.keys(tables[table].columns);
  const sql = `SELECT ${names.map((name) => `\`${name}\``).join(', ')} FROM ${table}
    PREWHERE trace_id = toFixedString(unhex('${traceId}'), 16)
    ${within === undefined ? '' : `WHERE ${spanSql(within)}`} ORDER BY time LIMIT ${most}`;
  const answer = await store.query(sql, options);
  return answer.blocks.flatMap((block) => rowsOf(block, names));
}
