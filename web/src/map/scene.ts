import type { DiffEdge, Golden, Graph, GraphDiff, GraphEdge, GraphNode } from '../../../src/model/api.ts';
import { layout, type Point } from './layout.ts';

/** How an edge or node stands in a comparison of two times. */
export type Ink = 'same' | 'added' | 'removed' | 'changed';

export interface SceneNode {
  readonly id: string;
  readonly name: string;
  readonly kind: GraphNode['kind'];
  readonly namespace: string;
  /** Share of the requests it served that failed, 0..1. */
  readonly errorShare: number;
  readonly ink: Ink;
  readonly node: GraphNode;
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
}

export interface SceneEdge {
  readonly id: string;
  readonly source: SceneNode;
  readonly destination: SceneNode;
  readonly protocol: string;
  readonly port: number;
  readonly golden: Golden;
  readonly ink: Ink;
  readonly changes: readonly string[];
  /** Pixels at the middle. */
  readonly width: number;
  readonly errorShare: number;
  /** How far it bends, so that edges between the same two lie apart. */
  readonly bend: number;
}

export interface Scene {
  readonly nodes: readonly SceneNode[];
  readonly edges: readonly SceneEdge[];
}

const pinnedKey = 'wirelight-map';
const positions = new Map<string, Point>(readPinned());

function readPinned(): [string, Point][] {
  try {
    return JSON.parse(localStorage.getItem(pinnedKey) ?? '[]') as [string, Point][];
  } catch {
    return [];
  }
}

/** Remembers where everything stands, for this person. */
export function keepPositions(): void {
  const kept = [...positions].slice(-2000);
  localStorage.setItem(pinnedKey, JSON.stringify(kept));
}

/** Forgets all positions: the next picture is laid out anew. */
export function forgetPositions(): void {
  positions.clear();
  localStorage.removeItem(pinnedKey);
}

/** Moves a node for good. */
export function pin(id: string, point: Point): void {
  positions.set(id, point);
}

const measuring = document.createElement('canvas').getContext('2d');

function textWidth(text: string): number {
  if (measuring === null) return text.length * 7;
  measuring.font = '13px "Inter Variable", sans-serif';
  return measuring.measureText(text).width;
}

/** A name as it stands in its pill. */
export function shortName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names come from strangers
  const clean = name.replaceAll(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '�');
  return clean.length <= 28 ? clean : `${clean.slice(0, 15)}…${clean.slice(-11)}`;
}

function sceneNode(node: GraphNode, ink: Ink): SceneNode {
  const served = node.in;
  const load = Math.max(node.in.rate, node.out.rate);
  return {
    id: node.id,
    name: node.name,
    kind: node.kind,
    namespace: node.namespace,
    errorShare: served.requests > 0 ? served.errors / served.requests : 0,
    ink,
    node,
    x: 0,
    y: 0,
    halfWidth: textWidth(shortName(node.name)) / 2 + 20,
    halfHeight: 13 + Math.min(Math.log10(1 + load) * 3, 12),
  };
}

function place(nodes: SceneNode[], edges: readonly SceneEdge[]): Scene {
  const placed = layout(
    nodes,
    edges.map((e) => ({ source: e.source.id, destination: e.destination.id, weight: e.golden.requests })),
    positions,
  );
  for (const node of nodes) {
    const point = placed.get(node.id) ?? { x: 0, y: 0 };
    node.x = point.x;
    node.y = point.y;
    positions.set(node.id, point);
  }
  return { nodes, edges };
}

type Drawn = Pick<GraphEdge, 'id' | 'source' | 'destination' | 'protocol' | 'port'>;

function sceneEdges<E extends Drawn>(
  edges: readonly E[],
  nodes: ReadonlyMap<string, SceneNode>,
  facts: (edge: E) => { golden: Golden; ink: Ink; changes: readonly string[] },
): SceneEdge[] {
  const between = new Map<string, number>();
  const result: SceneEdge[] = [];
  for (const edge of edges) {
    const source = nodes.get(edge.source);
    const destination = nodes.get(edge.destination);
    if (source === undefined || destination === undefined) continue;
    const pair = `${edge.source} ${edge.destination}`;
    const nth = between.get(pair) ?? 0;
    between.set(pair, nth + 1);
    const { golden, ink, changes } = facts(edge);
    result.push({
      ...edge,
      source,
      destination,
      golden,
      ink,
      changes,
      width: 1 + Math.min(Math.log10(1 + Math.max(golden.rate * 10, golden.opened)), 5) * 1.1,
      errorShare: golden.requests > 0 ? golden.errors / golden.requests : 0,
      bend: (nth % 2 === 0 ? 1 : -1) * Math.ceil(nth / 2) * 16,
    });
  }
  return result;
}

/** The picture of a span. */
export function sceneOf(graph: Graph): Scene {
  const nodes = graph.nodes.map((node) => sceneNode(node, 'same'));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return place(
    nodes,
    sceneEdges(graph.edges, byId, (edge) => ({ golden: edge, ink: 'same', changes: [] })),
  );
}

/** The picture of two spans in one. */
export function sceneOfDiff(diff: GraphDiff): Scene {
  const nodes = diff.nodes.map((node) => sceneNode(node, node.change));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const edges = sceneEdges(diff.edges as readonly DiffEdge[], byId, (edge) => ({
    golden: (edge.after ?? edge.before) as Golden,
    ink: edge.changes.includes('added')
      ? 'added'
      : edge.changes.includes('removed')
        ? 'removed'
        : edge.changes.length > 0
          ? 'changed'
          : 'same',
    changes: edge.changes,
  }));
  return place(nodes, edges);
}

/** Only what reaches a node or is reached from it, in so many steps. */
export function focusOn(scene: Scene, id: string, depth: number): Scene {
  const kept = new Set([id]);
  const grow = (from: (e: SceneEdge) => string, to: (e: SceneEdge) => string): void => {
    let edge = new Set([id]);
    for (let step = 0; step < depth; step++) {
      const next = new Set<string>();
      for (const e of scene.edges) if (edge.has(from(e)) && !kept.has(to(e))) next.add(to(e));
      for (const one of next) kept.add(one);
      edge = next;
    }
  };
  grow(
    (e) => e.source.id,
    (e) => e.destination.id,
  );
  grow(
    (e) => e.destination.id,
    (e) => e.source.id,
  );
  return {
    nodes: scene.nodes.filter((node) => kept.has(node.id)),
    edges: scene.edges.filter((e) => kept.has(e.source.id) && kept.has(e.destination.id)),
  };
}
