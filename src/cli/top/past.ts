import { isoTime } from '../../base/iso-time.ts';
import type { EpochNanos } from '../../base/units.ts';
import type { Graph, GraphEdge } from '../../model/api.ts';
import { type Filter, printFilter } from '../../model/filter/index.ts';
import type { EntityKind } from '../../model/names.ts';
import type { EdgeRecord } from '../../model/records.ts';
import { type Io, widthOf } from '../io.ts';
import { clientOf } from '../remote/client.ts';
import type { RemoteOptions } from '../remote/options.ts';
import { styleOf } from '../style.ts';
import type { TopOptions } from '../top.ts';
import { type EdgeRow, sortRows } from './columns.ts';
import { edgeCsvHeader, edgeLines, edgeTableText } from './lines.ts';

/** Shows who talked to whom in the last stretch of time, as a server remembers it. */
export async function topPast(filter: Filter, options: TopOptions & RemoteOptions, io: Io): Promise<void> {
  const client = clientOf(options, io);
  const from = Math.floor(Date.now() - (options.since ?? 900_000));
  const graph = await client.get('graph', { from, filter: printFilter(filter), limit: 50_000 });
  const rows = rowsOf(graph);
  const shown = sortRows(rows, options.sort, false).slice(0, options.limit ?? rows.length);
  if (options.output === 'table') {
    io.stdout.write(edgeTableText(shown, options.sort, widthOf(io.stdout), styleOf(io.stdout, io.env)));
  } else {
    if (options.output === 'csv') io.stdout.write(edgeCsvHeader());
    for (const line of edgeLines(shown, options.sort, options.output)) io.stdout.write(line);
  }
  if (options.quiet === true) return;
  const lost = graph.losses.reduce((sum, loss) => sum + loss.count, 0);
  if (lost > 0) io.stderr.write(`wirelight: ${lost} records were lost in this time; wirelight status says where\n`);
}

/** The edges of a graph as `top` shows them. */
export function rowsOf(graph: Graph): EdgeRow[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const seconds = (graph.span.to - graph.span.from) / 1000;
  const endOf = (id: string): { name: string; kind: EntityKind } => {
    const node = nodes.get(id);
    const kind = node?.kind === 'namespace' || node?.kind === 'unknown' ? undefined : node?.kind;
    return { name: node?.name ?? id, kind: (kind ?? 'address') as EntityKind };
  };
  return graph.edges.map((edge: GraphEdge): EdgeRow => {
    const bytes = edge.bytes_in + edge.bytes_out;
    const record: EdgeRecord = {
      type: 'edge',
      time: isoTime((BigInt(graph.span.to) * 1_000_000n) as EpochNanos),
      window_ns: Math.round(seconds * 1e9),
      source: endOf(edge.source),
      destination: { ...endOf(edge.destination), port: edge.port },
      protocol: edge.protocol || 'tcp',
      requests: edge.requests,
      requests_per_second: edge.rate,
      failures: edge.errors + edge.failed,
      client_errors: edge.client_errors,
      failure_share: edge.requests === 0 ? null : edge.errors / edge.requests,
      latency_p50_ns: edge.p50_ns,
      latency_p95_ns: edge.p95_ns,
      latency_p99_ns: edge.p99_ns,
      bytes,
      bytes_per_second: seconds > 0 ? bytes / seconds : 0,
      retransmits: edge.retransmits,
      connections: edge.opened,
    };
    return { record, trend: [] };
  });
}
