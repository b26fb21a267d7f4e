import type { Filter } from '../../model/filter/index.ts';
import { type Row, tables } from '../../model/tables/index.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { conditionOf, rowsOf } from './rows.ts';
import { type Span, spanSql } from './span.ts';

/** Which requests are looked through. */
export interface SlowestQuestion {
  readonly span: Span;
  /** Entity that answered; any where absent. */
  readonly destination?: string;
  readonly filter?: Filter;
  readonly limit: number;
}

const lazily = { query_plan_optimize_lazy_materialization: 1, query_plan_max_limit_for_lazy_materialization: 10_000 };

/** The requests that took longest, the slowest first. Those that wait on purpose or stream are left out. */
export async function readSlowest(
  store: Store,
  question: SlowestQuestion,
  options: QueryOptions = {},
): Promise<Row<'requests'>[]> {
  const { where, parameters } = conditionOf({
    table: 'requests',
    counted: true,
    ...(question.filter === undefined ? {} : { filter: question.filter }),
  });
  const names = Object.keys(tables.requests.columns);
  const conditions = [spanSql(question.span), where, 'latency_ns >= 0', 'bitAnd(flags, 6) = 0'];
  if (question.destination !== undefined) conditions.unshift('destination = {destination:UInt64}');
  const sql = `SELECT ${names.map((name) => `\`${name}\``).join(', ')} FROM requests
    WHERE ${conditions.join(' AND ')} ORDER BY latency_ns DESC, time DESC LIMIT ${question.limit}`;
  const answer = await store.query(sql, {
    ...options,
    settings: lazily,
    parameters: {
      ...parameters,
      ...(question.destination === undefined ? {} : { destination: BigInt(`0x${question.destination}`) }),
    },
  });
  return answer.blocks.flatMap((block) => rowsOf<'requests'>(block, names)) as Row<'requests'>[];
}
