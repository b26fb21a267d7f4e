import type {
  DiffEdge,
  EdgeChange,
  Entity,
  Golden,
  Graph,
  GraphDiff,
  GraphEdge,
  GraphNode,
  Grouping,
  Loss,
  Span,
} from '../../model/api.ts';
import { asId, asNumber, asText } from '../../store/answer.ts';
import type { Store } from '../../store/store.ts';
import { goldenMeasures, Tally, tallyReader } from '../../topology/tally.ts';
import { type EntityDirectory, noId } from '../entities.ts';
import { measure } from './edge-source.ts';
import { milliSpan, nanoSpan, secondsOf } from './span.ts';

/** An edge with what was measured of it. */
export interface EdgeTally {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  readonly tally: Tally;
}

/** Edges of a span with what their golden figures are made of, each request counted once; and the span that was really counted. */
export async function readEdges(
  store: Store,
  question: {
    span: Span;
    filter: string;
    instances?: boolean;
    where?: string;
    parameters?: Record<string, string | number | bigint>;
    signal?: AbortSignal;
  },
): Promise<{ span: Span; resolution: number; edges: EdgeTally[] }> {
  const {
    answer,
    span: counted,
    resolution,
  } = await measure(store, {
    span: nanoSpan(question.span),
    filter: question.filter,
    keys: ['source', 'destination', 'protocol', 'port'],
    measures: goldenMeasures,
    instances: question.instances === true,
    where: ['counted', question.where ?? ''].filter((part) => part !== '').join(' AND '),
    ...(question.parameters === undefined ? {} : { parameters: question.parameters }),
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  });
  const edges: EdgeTally[] = [];
  for (const block of answer.blocks) {
    if (block.rows === 0) continue;
    const [source, destination, protocol, port] = ['source', 'destination', 'protocol', 'port'].map(
      (name) => block.columns.get(name)?.data,
    );
    const read = tallyReader(block);
    for (let row = 0; row < block.rows; row++) {
      const tally = new Tally();
      read(row, tally);
      edges.push({
        source: asId(source?.get(row)),
        destination: asId(destination?.get(row)),
        protocol: asText(protocol?.get(row)),
        port: asNumber(port?.get(row)),
        tally,
      });
    }
  }
  return { span: milliSpan(counted), resolution, edges };
}

/** The graph of a span. */
export async function readGraph(
  store: Store,
  entities: EntityDirectory,
  question: {
    span: Span;
    filter: string;
    group: Grouping;
    limit: number;
    losses: readonly Loss[];
    signal?: AbortSignal;
  },
): Promise<Graph> {
  const { group } = question;
  const instances = group === 'process' || group === 'host';
  const { span, resolution, edges } = await readEdges(store, { ...question, instances });
  const graph = await graphOf(entities, edges, { span, group, limit: question.limit, losses: question.losses });
  return { ...graph, resolution };
}

/** Makes the graph out of edges, whose tallies it takes over: groups them, and names who stands at their ends. */
export async function graphOf(
  entities: EntityDirectory,
  edges: readonly EdgeTally[],
  around: { span: Span; group: Grouping; limit: number; losses: readonly Loss[]; seconds?: number },
): Promise<Graph> {
  await entities.want(edges.flatMap((edge) => [edge.source, edge.destination]));
  const { span, group, limit } = around;
  const seconds = around.seconds ?? secondsOf(span);
  const grouped = groupEdges(entities, edges, group);
  const all = [...grouped.values()].toSorted((a, b) => weight(b.tally) - weight(a.tally));
  const kept = all.slice(0, limit);
  const nodes = new Map<string, { in: Tally; out: Tally; members: Set<string> }>();
  const node = (id: string, member: string): { in: Tally; out: Tally } => {
    let known = nodes.get(id);
    if (known === undefined) {
      known = { in: new Tally(), out: new Tally(), members: new Set() };
      nodes.set(id, known);
    }
    known.members.add(member);
    return known;
  };
  for (const edge of kept) {
    for (const member of edge.sources) node(edge.source, member);
    for (const member of edge.destinations) node(edge.destination, member);
    node(edge.source, edge.source).out.merge(edge.tally);
    node(edge.destination, edge.destination).in.merge(edge.tally);
  }
  return {
    span,
    resolution: 0,
    group,
    nodes: [...nodes].map(([id, { in: into, out, members }]) => {
      members.delete(id);
      return {
        ...nodeOf(entities, id, group, Math.max(1, members.size)),
        in: into.golden(seconds),
        out: out.golden(seconds),
      };
    }),
    edges: kept.map((edge) => ({ ...keyOf(edge), ...edge.tally.golden(seconds) })),
    truncated: all.length > limit,
    losses: [...around.losses],
  };
}

/** What makes an edge important enough to be shown. */
function weight(tally: Tally): number {
  return (
    tally.get('requests') * 1000 +
    tally.get('source_bytes') +
    tally.get('destination_bytes') +
    tally.get('failed') * 1000
  );
}

/** The name of an edge in addresses. */
export function edgeId(edge: Pick<EdgeTally, 'source' | 'destination' | 'protocol' | 'port'>): string {
  return `${edge.source}~${edge.destination}~${edge.port}~${edge.protocol}`;
}

/** Reads {@link edgeId}; `port` is undefined where it says `*`: all ports together. Undefined where it is none. */
export function parseEdgeId(
  id: string,
): (Pick<EdgeTally, 'source' | 'destination' | 'protocol'> & { readonly port: number | undefined }) | undefined {
  const match = /^([0-9a-f]{16})~([0-9a-f]{16})~(\d{1,5}|\*)~(.*)$/s.exec(id);
  return match === null
    ? undefined
    : {
        source: match[1],
        destination: match[2],
        port: match[3] === '*' ? undefined : Number(match[3]),
        protocol: match[4],
      };
}

function keyOf(edge: EdgeTally): Pick<GraphEdge, 'id' | 'source' | 'destination' | 'protocol' | 'port'> {
  const { source, destination, protocol, port } = edge;
  return { id: edgeId(edge), source, destination, protocol, port };
}

type GroupedEdge = EdgeTally & { readonly sources: Set<string>; readonly destinations: Set<string> };

function groupEdges(entities: EntityDirectory, edges: readonly EdgeTally[], group: Grouping): Map<string, GroupedEdge> {
  const grouped = new Map<string, GroupedEdge>();
  for (const edge of edges) {
    const source = groupId(entities, edge.source, group);
    const destination = groupId(entities, edge.destination, group);
    const key = edgeId({ ...edge, source, destination });
    const known = grouped.get(key);
    if (known === undefined) {
      grouped.set(key, {
        source,
        destination,
        protocol: edge.protocol,
        port: edge.port,
        tally: edge.tally,
        sources: new Set([edge.source]),
        destinations: new Set([edge.destination]),
      });
    } else {
      known.tally.merge(edge.tally);
      known.sources.add(edge.source);
      known.destinations.add(edge.destination);
    }
  }
  return grouped;
}

/** The id of the node that stands for an entity. */
function groupId(entities: EntityDirectory, id: string, group: Grouping): string {
  if (group === 'workload' || group === 'process') return id;
  const entity = entities.peek(id);
  if (entity === undefined) return id;
  if (group === 'host') return entity.host === '' ? id : `host:${entity.host}`;
  return entity.namespace === '' ? id : `namespace:${entity.namespace}`;
}

/** What is known of a node, without its measures. */
export function nodeOf(
  entities: EntityDirectory,
  id: string,
  group: Grouping,
  members: number,
): Omit<GraphNode, 'in' | 'out'> {
  const grouped = /^(namespace|host):(.*)$/s.exec(id);
  if (grouped !== null && group !== 'workload') {
    return {
      id,
      kind: grouped[1] === 'host' ? 'host' : 'namespace',
      name: grouped[2],
      namespace: grouped[1] === 'namespace' ? grouped[2] : '',
      cluster: '',
      host: grouped[1] === 'host' ? grouped[2] : '',
      zone: grouped[1] === 'host' ? entities.zoneOfHost(grouped[2]) : '',
      address_class: '',
      members,
      first_seen: null,
      last_seen: null,
    };
  }
  const entity: Entity | undefined = entities.peek(id);
  return {
    id,
    kind: entity?.kind ?? 'unknown',
    name: entity?.name ?? (id === noId ? 'unknown' : id),
    namespace: entity?.namespace ?? '',
    cluster: entity?.cluster ?? '',
    ...entities.whereOf(id),
    address_class: entity?.details.address_class ?? '',
    members,
    first_seen: entity?.first_seen ?? null,
    last_seen: entity?.last_seen ?? null,
  };
}

/** How two graphs differ. Rates are compared, so that spans of different lengths can be. */
export function diffOf(before: Graph, after: Graph): GraphDiff {
  const old = new Map(before.edges.map((edge) => [edge.id, edge]));
  const fresh = new Map(after.edges.map((edge) => [edge.id, edge]));
  const edges: DiffEdge[] = [];
  for (const id of new Set([...old.keys(), ...fresh.keys()])) {
    const a = old.get(id);
    const b = fresh.get(id);
    const { source, destination, protocol, port } = (a ?? b) as GraphEdge;
    edges.push({
      id,
      source,
      destination,
      protocol,
      port,
      changes: changesOf(a, b),
      before: a === undefined ? null : goldenOf(a),
      after: b === undefined ? null : goldenOf(b),
    });
  }
  const oldNodes = new Map(before.nodes.map((node) => [node.id, node]));
  const newNodes = new Map(after.nodes.map((node) => [node.id, node]));
  const nodes: GraphDiff['nodes'] = [
    ...after.nodes.map((node) => ({ ...node, change: oldNodes.has(node.id) ? ('same' as const) : ('added' as const) })),
    ...before.nodes.filter((node) => !newNodes.has(node.id)).map((node) => ({ ...node, change: 'removed' as const })),
  ];
  return { before: before.span, after: after.span, group: after.group, nodes, edges };
}

function goldenOf({ id, source, destination, protocol, port, ...golden }: GraphEdge): Golden {
  return golden;
}

/** Requests that must have been seen on both sides of a comparison before latencies and errors say anything. */
const enough = 20;

function changesOf(a: GraphEdge | undefined, b: GraphEdge | undefined): EdgeChange[] {
  if (a === undefined) return ['added'];
  if (b === undefined) return ['removed'];
  const changes: EdgeChange[] = [];
  if (a.requests >= enough && b.requests >= enough) {
    // Half as much again and at least a millisecond: less is within what varies by itself.
    if (a.p95_ns !== null && b.p95_ns !== null) {
      if (b.p95_ns > a.p95_ns * 1.5 && b.p95_ns - a.p95_ns > 1e6) changes.push('slower');
      if (a.p95_ns > b.p95_ns * 1.5 && a.p95_ns - b.p95_ns > 1e6) changes.push('faster');
    }
    const wasBad = a.errors / a.requests;
    const isBad = b.errors / b.requests;
    if (isBad > wasBad * 1.5 && isBad - wasBad > 0.01) changes.push('more_errors');
    if (wasBad > isBad * 1.5 && wasBad - isBad > 0.01) changes.push('fewer_errors');
  }
  if (a.requests + b.requests >= enough) {
    if (b.rate > a.rate * 1.5) changes.push('chattier');
    if (a.rate > b.rate * 1.5) changes.push('quieter');
  }
  return changes;
}
