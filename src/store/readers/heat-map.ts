/** Latency heat maps: how many requests by time and latency. */
import type { Filter } from '../../model/filter/index.ts';
import { latencyBucketSql, latencyBucketStart, latencyCounts } from '../../model/tables/index.ts';
import { asNumber } from '../answer.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { edgeRowsSettings, edgeRowsSql } from './edge-rows.ts';
import { floorsOf } from './floors.ts';
import { conditionOf } from './rows.ts';
import { type EdgeSelector, selectorSql } from './series.ts';
import { answerable, levels, roundDown, roundUp, type Span, spanSql } from './span.ts';

/** Which requests, how finely. */
export interface HeatMapQuestion {
  readonly span: Span;
  /** Width of a cell in nanoseconds: a multiple of 10 s without a filter, of 1 ms with one. */
  readonly step: bigint;
  /** Histogram buckets in a cell's height: 1, 2, 4, 8, 16 or 32 of 32 to a doubling. */
  readonly bucketsPerCell: number;
  /** Edges: read from the roll-ups. */
  readonly edges?: EdgeSelector;
  /** Anything that can be asked of requests: read from the rows. */
  readonly filter?: Filter;
}

/** A cell with something in it. */
export interface HeatMapCell {
  /** Beginning of the cell in time, epoch nanoseconds. */
  readonly time: bigint;
  /** Its latencies: from (included) to (excluded), in nanoseconds. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface HeatMap {
  readonly span: Span;
  readonly step: bigint;
  readonly cells: readonly HeatMapCell[];
}

/** Reads a heat map. Requests that wait on purpose or stream are left out; each request counts once. */
export async function readHeatMap(
  store: Store,
  question: HeatMapQuestion,
  options: QueryOptions = {},
): Promise<HeatMap> {
  const { bucketsPerCell } = question;
  if (![1, 2, 4, 8, 16, 32].includes(bucketsPerCell)) {
    throw new StoreError('bad_query', 'a cell is 1, 2, 4, 8, 16 or 32 buckets high');
  }
  return question.filter === undefined
    ? await fromRollups(store, question, options)
    : await fromRows(store, question, question.filter, options);
}

async function fromRollups(store: Store, question: HeatMapQuestion, options: QueryOptions): Promise<HeatMap> {
  const { step } = question;
  const finest = levels[levels.length - 1].step;
  if (step < finest || step % finest !== 0n) {
    throw new StoreError('bad_query', 'a cell is a multiple of 10 seconds wide');
  }
  const available = answerable(question.span, await floorsOf(store));
  const span = { from: roundDown(available.from, step), to: roundUp(available.to, step) };
  const { where, parameters } = selectorSql(question.edges ?? {});
  const inner = edgeRowsSql({
    span,
    measures: ['latency'],
    keys: [],
    where: ['counted', where].filter((part) => part !== '').join(' AND '),
    bucket: step,
    coarsest: (levels.find((level) => step % level.step === 0n) ?? levels[levels.length - 1]).table,
  });
  const cell = `intDiv(toInt32(bucket) - 1 + ${question.bucketsPerCell}, ${question.bucketsPerCell})`;
  const sql = `SELECT point, ${cell} AS cell, sum(n) AS count
    FROM (${inner}) ARRAY JOIN mapKeys(latency) AS bucket, mapValues(latency) AS n
    GROUP BY point, cell ORDER BY point, cell`;
  const answer = await store.query(sql, { ...options, parameters, settings: edgeRowsSettings });
  return { span, step, cells: cellsOf(answer.objects(), question.bucketsPerCell, 1_000_000_000n) };
}

async function fromRows(
  store: Store,
  question: HeatMapQuestion,
  filter: Filter,
  options: QueryOptions,
): Promise<HeatMap> {
  const { step, span } = question;
  if (step < 1_000_000n || step % 1_000_000n !== 0n) {
    throw new StoreError('bad_query', 'a cell is a multiple of a millisecond wide');
  }
  const milliseconds = step / 1_000_000n;
  const { where, parameters } = conditionOf({ table: 'requests', counted: true, filter });
  const edges = selectorSql(question.edges ?? {});
  const conditions = [spanSql(span), where, latencyCounts, edges.where].filter((part) => part !== '');
  const bucket = latencyBucketSql('latency_ns');
  const cell = `intDiv(toInt32(${bucket}) - 1 + ${question.bucketsPerCell}, ${question.bucketsPerCell})`;
  const sql = `SELECT intDiv(toUnixTimestamp64Milli(time), ${milliseconds}) * ${milliseconds} AS point, ${cell} AS cell,
      count() AS count
    FROM requests WHERE ${conditions.join(' AND ')} GROUP BY point, cell ORDER BY point, cell`;
  const answer = await store.query(sql, { ...options, parameters: { ...parameters, ...edges.parameters } });
  return { span, step, cells: cellsOf(answer.objects(), question.bucketsPerCell, 1_000_000n) };
}

function cellsOf(
  rows: Iterable<Readonly<Record<string, unknown>>>,
  bucketsPerCell: number,
  unit: bigint,
): HeatMapCell[] {
  const cells: HeatMapCell[] = [];
  for (const row of rows) {
    const cell = asNumber(row.cell as number);
    const first = (cell - 1) * bucketsPerCell + 1;
    cells.push({
      time: BigInt(row.point as number) * unit,
      from: latencyBucketStart(Math.max(0, first)),
      to: latencyBucketStart(first + bucketsPerCell),
      count: asNumber(row.count as number),
    });
  }
  return cells;
}
