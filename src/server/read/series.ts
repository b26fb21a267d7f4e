/** Metrics over time. */
import {
  type Line,
  type Metric,
  metrics,
  metricUnits,
  type Series,
  type Span,
  type Timeline,
} from '../../model/api.ts';
import {
  type EdgeMeasure,
  edgeMeasures,
  flowMeasures,
  mergeExpression,
  requestMeasures,
  rollupSeconds,
} from '../../model/tables/index.ts';
import { asId, asNumber, asText } from '../../store/answer.ts';
import { edgeRowsSettings } from '../../store/readers/edge-rows.ts';
import { floorsOf } from '../../store/readers/floors.ts';
import { spanSql } from '../../store/readers/span.ts';
import type { Store } from '../../store/store.ts';
import { Tally, tallyReader } from '../../topology/tally.ts';
import type { EntityDirectory } from '../entities.ts';
import { HttpError } from '../problem.ts';
import { edgeFilter } from './edge-filter.ts';
import { nothing } from './edge-source.ts';
import { parseEdgeId } from './graph.ts';
import { relationOf } from './relation.ts';
import { nanoSpan } from './span.ts';

/** What of a step each metric is. @param seconds that the step lasted */
const metricOf: Readonly<Record<Metric, (tally: Tally, seconds: number) => number | null>> = {
  rate: (t, s) => t.get('requests') / s,
  requests: (t) => t.get('requests'),
  errors: (t, s) => t.errors / s,
  client_errors: (t, s) => t.get('client_errors') / s,
  error_ratio: (t) => share(t.errors, t.get('requests')),
  p50: (t) => t.quantiles([0.5])[0],
  p95: (t) => t.quantiles([0.95])[0],
  p99: (t) => t.quantiles([0.99])[0],
  mean: (t) => share(t.get('latency_sum'), t.get('latency_count')),
  max: (t) => (t.get('latency_count') === 0 ? null : t.get('latency_max')),
  waited: (t) => share(t.get('waited_sum'), t.get('waited_count')),
  worked: (t) => share(t.get('worked_sum'), t.get('waited_count')),
  bytes: (t, s) => (t.get('source_bytes') + t.get('destination_bytes')) / s,
  bytes_out: (t, s) => t.get('source_bytes') / s,
  bytes_in: (t, s) => t.get('destination_bytes') / s,
  retransmits: (t, s) => (t.get('source_retransmits') + t.get('destination_retransmits')) / s,
  retransmit_ratio: (t) =>
    share(
      t.get('source_retransmits') + t.get('destination_retransmits'),
      t.get('source_segments') + t.get('destination_segments'),
    ),
  opened: (t, s) => t.get('opened') / s,
  failed: (t, s) => t.get('failed') / s,
  resets: (t, s) => t.get('resets') / s,
  rtt: (t) => share(t.get('rtt_sum'), t.get('rtt_count')),
};

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** What a series is of. */
export interface SeriesQuestion {
  readonly span: Span;
  readonly metrics: readonly string[];
  readonly step: number | undefined;
  readonly filter: string;
  readonly entity: string | undefined;
  readonly direction: 'in' | 'out';
  readonly edge: string | undefined;
  readonly by: 'protocol' | 'source' | 'destination' | 'side' | undefined;
  readonly side: 'once' | 'client' | 'server';
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export async function readSeries(store: Store, entities: EntityDirectory, question: SeriesQuestion): Promise<Series> {
  const wanted = question.metrics.map((name) => {
    const metric = metrics.find((one) => one === name);
    if (metric === undefined)
      throw new HttpError(400, 'bad_metric', `there is no metric ${JSON.stringify(name)}`, {
        next: `metrics are ${metrics.join(', ')}`,
      });
    return metric;
  });
  const { where, parameters } = conditionOf(question);
  const { span, step, times, keys } = await readSteps(store, {
    span: question.span,
    step: question.step ?? Math.ceil((question.span.to - question.span.from) / 120),
    filter: question.filter,
    where,
    parameters,
    by: question.by,
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  });
  const sorted = [...keys].toSorted((a, b) => requestsOf(b[1]) - requestsOf(a[1])).slice(0, question.limit);
  if (question.by === 'source' || question.by === 'destination') await entities.want(sorted.map(([key]) => key));
  if (sorted.length === 0) sorted.push(['', new Map()]);
  const lines = sorted.flatMap(([key, steps]) =>
    wanted.map(
      (metric): Line => ({
        metric,
        unit: metricUnits[metric],
        key,
        label: entities.peek(key)?.name ?? key,
        values: times.map((time) => metricOf[metric](steps.get(time) ?? new Tally(), lasted(time, step, span))),
      }),
    ),
  );
  return { span, step_ms: step, times, lines };
}

function requestsOf(steps: ReadonlyMap<number, Tally>): number {
  let sum = 0;
  for (const tally of steps.values()) sum += tally.get('requests') + tally.get('ended');
  return sum;
}

/** Seconds of a step that have passed: of the last one only what lies before now. */
function lasted(time: number, step: number, span: Span): number {
  const end = Math.min(time + step, span.to, Math.max(Date.now(), time + 1000));
  return Math.max(0.001, (end - time) / 1000);
}

function conditionOf(question: SeriesQuestion): {
  where: string;
  parameters: Record<string, bigint | string | number>;
} {
  const parameters: Record<string, bigint | string | number> = {};
  const conditions = [question.side === 'once' ? 'counted' : `side IN ('${question.side}', 'both')`];
  if (question.edge !== undefined) {
    const edge = parseEdgeId(question.edge);
    if (edge === undefined) throw new HttpError(400, 'bad_id', 'this is no id of an edge');
    parameters.edgeSource = BigInt(`0x${edge.source}`);
    parameters.edgeDestination = BigInt(`0x${edge.destination}`);
    parameters.edgeProtocol = edge.protocol;
    conditions.push(
      'source = {edgeSource:UInt64} AND destination = {edgeDestination:UInt64} AND protocol = {edgeProtocol:String}',
    );
    if (edge.port !== undefined) {
      parameters.edgePort = edge.port;
      conditions.push('port = {edgePort:UInt16}');
    }
  }
  if (question.entity !== undefined) {
    parameters.entity = BigInt(`0x${question.entity}`);
    conditions.push(`${question.direction === 'in' ? 'destination' : 'source'} = {entity:UInt64}`);
  }
  return { where: conditions.join(' AND '), parameters };
}

const allMeasures = Object.keys(edgeMeasures) as EdgeMeasure[];

/** Measures step by step, told apart by a key ('' where there is none). */
export async function readSteps(
  store: Store,
  question: {
    span: Span;
    step: number;
    filter: string;
    where: string;
    parameters: Readonly<Record<string, bigint | string | number>>;
    by: string | undefined;
    signal?: AbortSignal;
  },
): Promise<{ span: Span; step: number; times: number[]; keys: Map<string, Map<number, Tally>> }> {
  const { filter, where, by } = question;
  const floors = await floorsOf(store);
  const from = BigInt(question.span.from) * 1_000_000n;
  const edges = await edgeFilter(store, filter);
  const rowsOnly = edges === undefined;
  // The coarsest roll-up whose buckets fit into a step; single rows for steps below ten seconds and for filters.
  const tables = (Object.entries(rollupSeconds) as [keyof typeof rollupSeconds, number][]).toReversed();
  const fitting = rowsOnly
    ? undefined
    : tables.find(([name, seconds]) => seconds * 1000 <= question.step && floors[name] <= from);
  const finest =
    rowsOnly || from >= floors.rows ? undefined : tables.toReversed().find(([name]) => floors[name] <= from);
  const table = fitting ?? (question.step < 10_000 || rowsOnly ? finest : (finest ?? tables.at(-1)));
  const unit = table === undefined ? 1000 : table[1] * 1000;
  const step = Math.max(unit, Math.ceil(question.step / unit) * unit);
  // Of rows only the steps of which all are still there.
  const kept = table === undefined ? Math.ceil(Number(floors.rows / 1_000_000n) / step) * step : 0;
  const span = {
    from: Math.max(kept, Math.floor(question.span.from / step) * step),
    to: Math.max(kept, Math.ceil(question.span.to / step) * step),
  };
  const nano = nanoSpan(span);
  const key = by === undefined ? "''" : by;
  const time = `toInt64(intDiv(toUnixTimestamp64Milli(time), {step:Int64}) * {step:Int64})`;
  let parameters: Record<string, bigint | string | number> = { ...question.parameters, step };
  let sql: string;
  if (table !== undefined) {
    const columns = allMeasures.map((measure) => `${mergeExpression(measure)} AS ${measure}`);
    sql = `SELECT ${time} AS step_time, ${key} AS step_key, ${columns.join(', ')} FROM ${table[0]} WHERE ${spanSql(nano)} AND ${where} AND (${edges?.sql ?? '1'}) GROUP BY step_time, step_key`;
    parameters = { ...parameters, ...edges?.parameters };
  } else {
    const requests = relationOf('requests', nano, filter, where, 'r');
    const flows = relationOf('flows', nano, filter, where, 'c');
    const select = (rows: string, expressions: Readonly<Partial<Record<EdgeMeasure, string>>>) =>
      `SELECT ${time} AS step_time, ${key} AS step_key, ${allMeasures.map((measure) => `${expressions[measure] ?? nothing(measure)} AS ${measure}`).join(', ')} FROM ${rows} GROUP BY step_time, step_key`;
    sql = `${select(requests.sql, requestMeasures)} UNION ALL ${select(flows.sql, flowMeasures)}`;
    parameters = { ...parameters, ...requests.parameters, ...flows.parameters };
  }
  const answer = await store.query(sql, {
    parameters,
    settings: edgeRowsSettings,
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  });
  const keys = new Map<string, Map<number, Tally>>();
  for (const block of answer.blocks) {
    const times = block.columns.get('step_time')?.data;
    const names = block.columns.get('step_key')?.data;
    const read = tallyReader(block);
    for (let row = 0; row < block.rows; row++) {
      const name = by === 'source' || by === 'destination' ? asId(names?.get(row)) : asText(names?.get(row));
      const at = asNumber(times?.get(row));
      const steps = keys.get(name) ?? new Map<number, Tally>();
      keys.set(name, steps);
      const tally = steps.get(at) ?? new Tally();
      steps.set(at, tally);
      read(row, tally);
    }
  }
  const times: number[] = [];
  for (let at = span.from; at < span.to; at += step) times.push(at);
  return { span, step, times, keys };
}

/** What the scrubber shows. */
export async function readTimeline(
  store: Store,
  span: Span,
  columns: number,
): Promise<Omit<Timeline, 'changes' | 'marks' | 'incidents' | 'retained'>> {
  const steps = await readSteps(store, {
    span,
    step: Math.ceil((span.to - span.from) / columns),
    filter: '',
    where: 'counted',
    parameters: {},
    by: undefined,
  });
  const tallies = steps.keys.get('') ?? new Map<number, Tally>();
  const lost = await store.query(
    `SELECT toInt64(intDiv(toUnixTimestamp64Milli(time), {step:Int64}) * {step:Int64}) AS at, sum(count) AS n FROM events WHERE ${spanSql(nanoSpan(steps.span))} AND kind = 'loss' GROUP BY at`,
    { parameters: { step: steps.step } },
  );
  const losses = new Map([...lost.objects()].map((row) => [asNumber(row.at), asNumber(row.n)]));
  const of = (time: number) => tallies.get(time) ?? new Tally();
  return {
    span: steps.span,
    step_ms: steps.step,
    times: steps.times,
    rate: steps.times.map((time) => metricOf.rate(of(time), lasted(time, steps.step, steps.span)) ?? 0),
    error_ratio: steps.times.map((time) => metricOf.error_ratio(of(time), 1)),
    p95_ns: steps.times.map((time) => metricOf.p95(of(time), 1)),
    losses: steps.times.map((time) => losses.get(time) ?? 0),
  };
}
