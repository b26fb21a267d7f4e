import type { GraphNode } from '../../../../src/model/api.ts';
import type { DataEdge, MapData } from './data.ts';
import { noGolden } from './golden.ts';

/** A node for tests: `namespace/name`, or a name alone. */
export function testNode(text: string): MapData['nodes'][number] {
  const [name, namespace = ''] = text.split('/').reverse();
  const node: GraphNode = {
    id: text,
    kind: 'workload',
    name,
    namespace,
    cluster: '',
    host: '',
    zone: '',
    address_class: '',
    members: 1,
    first_seen: null,
    last_seen: null,
    in: noGolden,
    out: noGolden,
  };
  return { ...node, change: 'same' };
}

/** An edge for tests. */
export function testEdge(
  source: string,
  destination: string,
  more: Partial<DataEdge> & { rate?: number } = {},
): DataEdge {
  const { rate = 1, ...rest } = more;
  const port = more.port ?? 80;
  const protocol = more.protocol ?? 'http';
  return {
    id: `${source}~${destination}~${port}~${protocol}`,
    source,
    destination,
    protocol,
    port,
    now: { ...noGolden, requests: rate * 60, rate, p95_ns: rate * 1e6 },
    before: undefined,
    changes: [],
    ...rest,
  };
}

/** A graph of these edges. */
export function testData(edges: readonly DataEdge[], compares = false): MapData {
  const names = new Set(edges.flatMap((edge) => [edge.source, edge.destination]));
  return {
    compares,
    span: { from: 0, to: 60_000 },
    beforeSpan: undefined,
    nodes: [...names].map(testNode),
    edges,
    truncated: false,
    losses: [],
  };
}
