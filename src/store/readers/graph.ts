/** The graph of a span of time: every edge with its measures, and the names of those at its ends. */
import { type EdgeMeasure, edgeMeasures, histogramQuantiles } from '../../model/tables/index.ts';
import { type ColumnData, MapData, NumberData, WideData } from '../../wire/block/column-data.ts';
import { type Answer, asId, asNumber, asText } from '../answer.ts';
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { type EdgeKey, edgeRowsSettings, edgeRowsSql } from './edge-rows.ts';
import { floorsOf } from './floors.ts';
import { answerable, type Span } from './span.ts';

/** Sums over some requests and connections: the measures of edges, without the histogram. */
export type EdgeSums = Readonly<Record<Exclude<EdgeMeasure, 'latency'>, number>>;

/** Latencies of some requests, in nanoseconds. NaN where there were none. Off by at most 1.6 %. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What one side saw, or what counts. */
export interface EdgeView {
  readonly sums: EdgeSums;
  readonly latency: Quantiles;
}

/** An edge of the graph. */
export interface GraphEdge {
  readonly cluster: string;
  /** Ids of entities. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  /** What is counted: each request once, by the server's side where it is seen and by the client's otherwise. */
  readonly counted: EdgeView;
  /** What the client's and the server's side measured; undefined where it was not seen. */
  readonly client: EdgeView | undefined;
  readonly server: EdgeView | undefined;
}

/** The graph of a span. */
export interface Graph {
  /** What is answered: the span asked for, or a little more where rows have been dropped. */
  readonly span: Span;
  readonly edges: readonly GraphEdge[];
}

/** Which part of the graph is asked for. */
export interface GraphQuestion {
  readonly span: Span;
  /** Edges that touch one of these entities; all where absent. */
  readonly entities?: readonly string[];
  readonly cluster?: string;
  readonly protocol?: string;
}

const levels = [0.5, 0.95, 0.99];
const allMeasures = Object.keys(edgeMeasures) as EdgeMeasure[];
const sumNames = allMeasures.filter((name) => name !== 'latency');
const keys = ['cluster', 'source', 'destination', 'protocol', 'port', 'side', 'counted'] as const satisfies EdgeKey[];

/** Reads the graph of a span. Every figure equals the one computed from the rows themselves. */
export async function readGraph(store: Store, question: GraphQuestion, options: QueryOptions = {}): Promise<Graph> {
  const span = answerable(question.span, await floorsOf(store));
  const parameters: Record<string, string | readonly bigint[]> = {};
  const conditions: string[] = [];
  if (question.entities !== undefined) {
    parameters.entities = question.entities.map((id) => BigInt(`0x${id}`));
    conditions.push('(source IN {entities:Array(UInt64)} OR destination IN {entities:Array(UInt64)})');
  }
  if (question.cluster !== undefined) {
    parameters.cluster = question.cluster;
    conditions.push('cluster = {cluster:String}');
  }
  if (question.protocol !== undefined) {
    parameters.protocol = question.protocol;
    conditions.push('protocol = {protocol:String}');
  }
  const sql = edgeRowsSql({ span, measures: allMeasures, keys, where: conditions.join(' AND ') });
  const answer = await store.query(sql, { ...options, parameters, settings: edgeRowsSettings });
  return { span, edges: edgesOf(answer) };
}

/** What of an edge is being put together. */
interface Tally {
  readonly sums: Record<string, number>;
  readonly histograms: Histogram[];
}

interface Histogram {
  readonly buckets: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

interface EdgeTally {
  readonly cluster: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  readonly views: { counted?: Tally; client?: Tally; server?: Tally };
}

function edgesOf(answer: Answer): GraphEdge[] {
  const edges = new Map<string, EdgeTally>();
  for (const block of answer.blocks) {
    const column = (name: string): ColumnData => {
      const data = block.columns.get(name)?.data;
      if (data === undefined) throw new Error(`the answer has no column ${name}`);
      return data;
    };
    const [cluster, source, destination, protocol, port, side, counted] = keys.map(column);
    const sums = sumNames.map((name) => column(name));
    const latency = column('latency');
    for (let row = 0; row < block.rows; row++) {
      const edge: EdgeTally = {
        cluster: asText(cluster.get(row)),
        source: asId(source.get(row)),
        destination: asId(destination.get(row)),
        protocol: asText(protocol.get(row)),
        port: asNumber(port.get(row)),
        views: {},
      };
      const name = `${edge.source}${edge.destination}${edge.port}/${edge.protocol}/${edge.cluster}`;
      const { views } = edges.get(name) ?? edge;
      if (!edges.has(name)) edges.set(name, edge);
      const histogram = histogramAt(latency, row);
      const seen = side.get(row);
      if (counted.get(row) === true) views.counted = add(views.counted, sums, row, histogram);
      if (seen === 'client' || seen === 'both') views.client = add(views.client, sums, row, histogram);
      if (seen === 'server' || seen === 'both') views.server = add(views.server, sums, row, histogram);
    }
  }
  return [...edges.values()].map(({ views, ...edge }) => ({
    ...edge,
    counted: viewOf(views.counted ?? emptyTally()),
    client: views.client === undefined ? undefined : viewOf(views.client),
    server: views.server === undefined ? undefined : viewOf(views.server),
  }));
}

function emptyTally(): Tally {
  return {
    sums: Object.fromEntries(sumNames.map((name) => [name, name === 'rtt_min' ? Number.NaN : 0])),
    histograms: [],
  };
}

function add(tally: Tally | undefined, columns: readonly ColumnData[], row: number, histogram: Histogram): Tally {
  const into = tally ?? emptyTally();
  for (let i = 0; i < sumNames.length; i++) {
    const name = sumNames[i];
    const data = columns[i];
    const value = data instanceof WideData ? data.number(row) : asNumber(data.get(row));
    if (name === 'rtt_min') {
      // The greatest Int64 stands for "none".
      if (value < 9e18 && !(into.sums.rtt_min <= value)) into.sums.rtt_min = value;
    } else if (name === 'latency_max') into.sums[name] = Math.max(into.sums[name], value);
    else into.sums[name] += value;
  }
  if (histogram.buckets.length > 0) into.histograms.push(histogram);
  return into;
}

/** A row's histogram, as views of the answer's arrays. */
export function histogramAt(data: ColumnData, row: number): Histogram {
  if (!(data instanceof MapData) || !(data.keys instanceof NumberData) || !(data.values instanceof WideData)) {
    throw new Error('the answer has no histogram');
  }
  const from = row === 0 ? 0 : data.ends[row - 1];
  const to = data.ends[row];
  const { values } = data;
  return {
    buckets: data.keys.values.subarray(from, to),
    counts: Array.from({ length: to - from }, (_, i) => values.number(from + i)),
  };
}

function viewOf(tally: Tally): EdgeView {
  return { sums: tally.sums as EdgeSums, latency: quantilesOf(tally.histograms) };
}

/** Quantiles of several histograms together. */
export function quantilesOf(histograms: readonly Histogram[]): Quantiles {
  const merged = mergeHistograms(histograms);
  const [p50, p95, p99] = histogramQuantiles(merged.buckets, merged.counts, levels);
  return { p50, p95, p99 };
}

/** The sum of histograms, buckets ascending. */
export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  if (histograms.length === 1) return histograms[0];
  const counts = new Map<number, number>();
  for (const one of histograms) {
    for (let i = 0; i < one.buckets.length; i++) {
      counts.set(one.buckets[i], (counts.get(one.buckets[i]) ?? 0) + one.counts[i]);
    }
  }
  const sorted = [...counts].toSorted((a, b) => a[0] - b[0]);
  return { buckets: sorted.map(([bucket]) => bucket), counts: sorted.map(([, count]) => count) };
}
