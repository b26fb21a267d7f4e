/** SQL of people: read-only, over our tables, with limits. */
import { isoTime } from '../../base/iso-time.ts';
import type { EpochNanos } from '../../base/units.ts';
import type { Schema, SqlAnswer, SqlValue } from '../../model/api.ts';
import { type Table, tables } from '../../model/tables/index.ts';
import { Answer } from '../../store/answer.ts';
import { bindParameters } from '../../store/parameters.ts';
import type { Store } from '../../store/store.ts';
import { StoreError } from '../../store/store-error.ts';
import { type ColumnValue, TimeData } from '../../wire/block/column-data.ts';

/** Tables that are no business of those who ask. */
const inner: ReadonlySet<string> = new Set(['meta', 'migrations', 'actions']);

/** Runs a statement. @throws StoreError where it does what it may not, or costs too much */
export async function runSql(
  store: Store,
  question: {
    sql: string;
    parameters: Readonly<Record<string, string | number | boolean>>;
    limit: number;
    seconds: number;
  },
  signal: AbortSignal,
): Promise<SqlAnswer> {
  const started = performance.now();
  const bound = bindParameters(question.sql, question.parameters);
  const answer = new Answer(await within(question.seconds, store.queryAsGuest(bound, { signal })));
  const rows: SqlValue[][] = [];
  for (const block of answer.blocks) {
    const columns = [...block.columns.values()].map(({ data }) => data);
    for (let row = 0; row < block.rows && rows.length < question.limit; row++) {
      rows.push(columns.map((data) => jsonOf(data.get(row), data instanceof TimeData)));
    }
  }
  return {
    columns: answer.columns.map(({ name, type }) => ({ name, type })),
    rows,
    truncated: answer.rows > rows.length,
    elapsed_ms: Math.round((performance.now() - started) * 10) / 10,
  };
}

/** Gives up waiting after so many seconds. The engine itself ends the statement when its own limit is reached. */
async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new StoreError('query_timeout', `the statement took longer than ${seconds} s`, {
          next: 'choose a shorter span of time or a narrower condition',
        }),
      );
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

function jsonOf(value: ColumnValue, isTime: boolean): SqlValue {
  if (typeof value === 'bigint') {
    if (isTime) return isoTime(value as EpochNanos);
    return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value.toString();
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, one]) => [String(key), jsonOf(one as ColumnValue, false)]));
  }
  if (Array.isArray(value)) return value.map((one) => jsonOf(one as ColumnValue, false));
  return value as string | boolean | null;
}

/** The tables that can be asked, with what their columns mean. */
export function describeSchema(): Schema {
  return {
    tables: (Object.values(tables) as Table[])
      .filter((table) => !inner.has(table.name))
      .map((table) => ({
        name: table.name,
        doc: table.doc,
        columns: [
          ...Object.entries(table.columns).map(([name, { type, unit, doc }]) => ({
            name,
            type: type.clickhouse,
            unit,
            doc,
          })),
          ...Object.entries(table.aliases).map(([name, { clickhouse, doc }]) => ({
            name,
            type: clickhouse,
            unit: '',
            doc,
          })),
        ],
      })),
    functions: [
      'count',
      'countIf',
      'sum',
      'sumIf',
      'avg',
      'min',
      'max',
      'uniq',
      'quantile',
      'quantiles',
      'quantileIf',
      'topK',
      'any',
      'argMax',
      'argMin',
      'groupArray',
      'toStartOfMinute',
      'toStartOfInterval',
      'toStartOfHour',
      'now',
      'now64',
      'toDateTime',
      'dateDiff',
      'formatReadableSize',
      'formatReadableTimeDelta',
      'lower',
      'upper',
      'concat',
      'substring',
      'splitByChar',
      'match',
      'like',
      'if',
      'multiIf',
      'coalesce',
      'round',
      'hex',
      'toString',
      'mapKeys',
      'sumMap',
      'arrayJoin',
      'IPv6NumToString',
    ],
  };
}
