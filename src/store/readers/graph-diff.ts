/** What changed between two spans of time. */
import type { QueryOptions } from '../engine.ts';
import type { Store } from '../store.ts';
import { type EdgeView, type Graph, type GraphEdge, type GraphQuestion, readGraph } from './graph.ts';
import type { Span } from './span.ts';

/** An edge that is there in both spans. `undefined` ratios: nothing to compare. */
export interface EdgeChange {
  readonly before: GraphEdge;
  readonly after: GraphEdge;
  /** After divided by before: requests a second, share of failures, latencies. */
  readonly rate: number | undefined;
  readonly failureShare: { readonly before: number; readonly after: number } | undefined;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  readonly bytes: number | undefined;
}

/** The difference of two graphs. */
export interface GraphDiff {
  readonly before: Span;
  readonly after: Span;
  readonly added: readonly GraphEdge[];
  readonly removed: readonly GraphEdge[];
  /** Those in both, whatever the size of the change: which ones matter is for the asker to say. */
  readonly common: readonly EdgeChange[];
}

/** Reads the graphs of two spans and compares them, edge by edge. */
export async function readGraphDiff(
  store: Store,
  question: Omit<GraphQuestion, 'span'> & { readonly before: Span; readonly after: Span },
  options: QueryOptions = {},
): Promise<GraphDiff> {
  const { before, after, ...rest } = question;
  const [first, second] = await Promise.all([
    readGraph(store, { ...rest, span: before }, options),
    readGraph(store, { ...rest, span: after }, options),
  ]);
  return diffGraphs(first, second);
}

/** Compares two graphs, edge by edge. */
export function diffGraphs(before: Graph, after: Graph): GraphDiff {
  const old = new Map(before.edges.map((edge) => [keyOf(edge), edge]));
  const added: GraphEdge[] = [];
  const common: EdgeChange[] = [];
  for (const edge of after.edges) {
    const was = old.get(keyOf(edge));
    if (was === undefined) added.push(edge);
    else {
      old.delete(keyOf(edge));
      common.push(changeOf(was, edge, seconds(before.span), seconds(after.span)));
    }
  }
  return { before: before.span, after: after.span, added, removed: [...old.values()], common };
}

function keyOf(edge: GraphEdge): string {
  return `${edge.source}${edge.destination}${edge.port}/${edge.protocol}/${edge.cluster}`;
}

function seconds(span: Span): number {
  return Number(span.to - span.from) / 1e9;
}

function changeOf(before: GraphEdge, after: GraphEdge, secondsBefore: number, secondsAfter: number): EdgeChange {
  const a = before.counted;
  const b = after.counted;
  const perSecond = (value: number, over: number) => (over > 0 ? value / over : 0);
  return {
    before,
    after,
    rate: ratio(perSecond(a.sums.requests, secondsBefore), perSecond(b.sums.requests, secondsAfter)),
    failureShare:
      a.sums.requests > 0 && b.sums.requests > 0 ? { before: failureShare(a), after: failureShare(b) } : undefined,
    p50: ratio(a.latency.p50, b.latency.p50),
    p95: ratio(a.latency.p95, b.latency.p95),
    p99: ratio(a.latency.p99, b.latency.p99),
    bytes: ratio(perSecond(bytesOf(a), secondsBefore), perSecond(bytesOf(b), secondsAfter)),
  };
}

function failureShare({ sums }: EdgeView): number {
  return (sums.server_errors + sums.timeouts + sums.aborted) / sums.requests;
}

function bytesOf({ sums }: EdgeView): number {
  return sums.source_bytes + sums.destination_bytes;
}

function ratio(before: number, after: number): number | undefined {
  return before > 0 && Number.isFinite(after) ? after / before : undefined;
}
