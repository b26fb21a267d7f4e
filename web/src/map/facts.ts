import type { EdgeFacts, Facts } from './messages.ts';
import type { MapData } from './scene/data.ts';
import { mergeGolden, noGolden } from './scene/golden.ts';
import type { Scene, SceneEdge } from './scene/scene.ts';

/** An edge as lists show it. */
export function edgeFacts(edge: SceneEdge): EdgeFacts {
  return {
    id: edge.id,
    source: { id: edge.source.id, name: edge.source.name },
    destination: { id: edge.destination.id, name: edge.destination.name },
    protocol: edge.protocol,
    protocols: edge.protocols,
    ports: [...new Set(edge.parts.map((part) => part.port))].sort((a, b) => a - b).slice(0, 200),
    golden: edge.golden,
    before: edge.before,
    changes: edge.changes,
  };
}

/** All edges, the most important first: for the table. */
export function rowsOf(scene: Scene, most: number): EdgeFacts[] {
  const weight = (edge: SceneEdge): number =>
    (edge.changes.length > 0 ? 1e15 : 0) + edge.golden.requests * 1e6 + edge.golden.bytes_out + edge.golden.bytes_in;
  return scene.edges
    .toSorted((a, b) => weight(b) - weight(a))
    .slice(0, most)
    .map(edgeFacts);
}

/** What the panel shows of a node, a collapsed group or an edge. */
export function factsOf(id: string, scene: Scene, data: MapData): Facts {
  if (id === '') return { kind: 'none' };
  const edge = scene.edges.find((one) => one.id === id || one.parts.some((part) => part.id === id));
  if (edge !== undefined) {
    const names = new Map(data.nodes.map((node) => [node.id, node.name]));
    return {
      kind: 'edge',
      edge: edgeFacts(edge),
      parts: edge.parts
        .toSorted((a, b) => (b.now ?? noGolden).requests - (a.now ?? noGolden).requests)
        .slice(0, 100)
        .map((part) => ({ ...part, names: `${names.get(part.source) ?? ''} → ${names.get(part.destination) ?? ''}` })),
    };
  }
  const node = scene.nodes.find((one) => one.id === id);
  if (node === undefined) return { kind: 'none' };
  const byRate = (a: SceneEdge, b: SceneEdge): number => b.golden.rate - a.golden.rate;
  const incoming = scene.edges.filter((one) => one.destination === node).toSorted(byRate);
  const outgoing = scene.edges.filter((one) => one.source === node).toSorted(byRate);
  const isGroup = node.kind === 'group';
  const members = new Map(data.nodes.map((one) => [one.id, one]));
  return {
    kind: 'node',
    id,
    node: node.node,
    hull: node.hull,
    members: node.members.flatMap((member) => {
      const one = members.get(member);
      return one === undefined ? [] : [{ id: one.id, name: one.name, rate: Math.max(one.in.rate, one.out.rate) }];
    }),
    // Of a group only what crosses its border.
    in: isGroup ? mergeGolden([noGolden, ...incoming.map((one) => one.golden)]) : node.in,
    out: isGroup ? mergeGolden([noGolden, ...outgoing.map((one) => one.golden)]) : node.out,
    incoming: incoming.slice(0, 50).map(edgeFacts),
    outgoing: outgoing.slice(0, 50).map(edgeFacts),
  };
}
