/** Measures of edges over time. */
import { type EdgeMeasure, edgeMeasures, type RollupName } from '../../model/tables/index.ts';
import { asNumber } from '../answer.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { edgeRowsSettings, edgeRowsSql } from './edge-rows.ts';
import { floorsOf } from './floors.ts';
import { type EdgeSums, histogramAt, type Quantiles, quantilesOf } from './graph.ts';
import { answerable, levels, roundDown, roundUp, type Span } from './span.ts';

/** Which edges, put together into one series. */
export interface EdgeSelector {
  /** Entities at the ends; any where absent. */
  readonly source?: string;
  readonly destination?: string;
  readonly protocol?: string;
  readonly port?: number;
  readonly cluster?: string;
}

/** What is asked of them. */
export interface SeriesQuestion extends EdgeSelector {
  readonly span: Span;
  /** Length of a point in nanoseconds: a multiple of 10 s. */
  readonly step: bigint;
  /** `counted`: each request once; or what one side measured. */
  readonly view: 'counted' | 'client' | 'server';
}

/** One point of a series. */
export interface SeriesPoint {
  /** Beginning of the point, epoch nanoseconds. */
  readonly time: bigint;
  readonly sums: EdgeSums;
  readonly latency: Quantiles;
}

/** Points that have something in them, in order of time. */
export interface Series {
  readonly span: Span;
  readonly step: bigint;
  readonly points: readonly SeriesPoint[];
}

const measures = Object.keys(edgeMeasures) as EdgeMeasure[];
const sumNames = measures.filter((name) => name !== 'latency');

/**
 * Reads a series. Points lie on multiples of the step; the first and the last are whole, so the span is widened to them.
 */
export async function readSeries(store: Store, question: SeriesQuestion, options: QueryOptions = {}): Promise<Series> {
  const { step } = question;
  const finest = levels[levels.length - 1].step;
  if (step < finest || step % finest !== 0n) {
    throw new StoreError('bad_query', 'a point of a series is a multiple of 10 seconds long');
  }
  const available = answerable(question.span, await floorsOf(store));
  const span = { from: roundDown(available.from, step), to: roundUp(available.to, step) };
  const { where, parameters } = selectorSql(question);
  const view = viewSql(question.view);
  const sql = edgeRowsSql({
    span,
    measures,
    keys: [],
    where: [view, where].filter((part) => part !== '').join(' AND '),
    bucket: step,
    coarsest: coarsestFor(step),
  });
  const answer = await store.query(`${sql} ORDER BY point`, { ...options, parameters, settings: edgeRowsSettings });
  const points: SeriesPoint[] = [];
  for (const block of answer.blocks) {
    const latency = block.columns.get('latency')?.data;
    const point = block.columns.get('point')?.data;
    if (latency === undefined || point === undefined) throw new Error('the answer has no points');
    for (let row = 0; row < block.rows; row++) {
      points.push({
        time: BigInt(asNumber(point.get(row))) * 1_000_000_000n,
        sums: Object.fromEntries(
          sumNames.map((name) => [name, sumOf(name, asNumber(block.columns.get(name)?.data.get(row)))]),
        ) as EdgeSums,
        latency: quantilesOf([histogramAt(latency, row)]),
      });
    }
  }
  return { span, step, points };
}

/** The greatest Int64 stands for a round-trip time that nobody knows. */
function sumOf(name: string, value: number): number {
  return name === 'rtt_min' && value > 9e18 ? Number.NaN : value;
}

/** The coarsest roll-up whose buckets lie whole within points of this length. */
function coarsestFor(step: bigint): RollupName {
  return (levels.find((level) => step % level.step === 0n) ?? levels[levels.length - 1]).table;
}

/** The condition of a view. */
export function viewSql(view: SeriesQuestion['view']): string {
  if (view === 'counted') return 'counted';
  return view === 'client' ? "side IN ('client', 'both')" : "side IN ('server', 'both')";
}

/** The condition of a selector, with its values. */
export function selectorSql(selector: EdgeSelector): {
  readonly where: string;
  readonly parameters: Readonly<Record<string, string | number | bigint>>;
} {
  const conditions: string[] = [];
  const parameters: Record<string, string | number | bigint> = {};
  for (const end of ['destination', 'source'] as const) {
    const id = selector[end];
    if (id === undefined) continue;
    conditions.push(`${end} = {edge_${end}:UInt64}`);
    parameters[`edge_${end}`] = BigInt(`0x${id}`);
  }
  for (const key of ['protocol', 'cluster'] as const) {
    const value = selector[key];
    if (value === undefined) continue;
    conditions.push(`${key} = {edge_${key}:String}`);
    parameters[`edge_${key}`] = value;
  }
  if (selector.port !== undefined) {
    conditions.push('port = {edge_port:UInt16}');
    parameters.edge_port = selector.port;
  }
  return { where: conditions.join(' AND '), parameters };
}
