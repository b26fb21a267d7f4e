/**
 * What is drawn, made out of what the server knows: edges that differ only by port become one, hulls and collapsed
 * groups are formed, the focus is cut out, and everything gets its place.
 */
import type { Golden, GraphNode } from '../../../../src/model/api.ts';
import type { Point } from '../layout/point.ts';
import type { DataEdge, Ink, MapData } from './data.ts';
import { focusOn } from './focus.ts';
import { errorShare, mergeGolden, noGolden } from './golden.ts';
import type { HullName, Look } from './look.ts';

export interface SceneNode {
  readonly id: string;
  readonly name: string;
  readonly kind: GraphNode['kind'] | 'group';
  /** Key of the hull that it stands in, '' for none. */
  readonly hull: string;
  /** Ids of the nodes that a collapsed group stands for. */
  readonly members: readonly string[];
  readonly node: GraphNode;
  readonly ink: Ink;
  readonly in: Golden;
  readonly out: Golden;
  readonly errorShare: number;
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
}

export interface SceneEdge {
  /** The id of its only part, else `source~destination~*~protocol`. */
  readonly id: string;
  readonly source: SceneNode;
  readonly destination: SceneNode;
  /** '' where unknown, or several. */
  readonly protocol: string;
  readonly protocols: readonly string[];
  readonly parts: readonly DataEdge[];
  /** Now, or before where it is gone. */
  readonly golden: Golden;
  readonly before: Golden | null | undefined;
  readonly now: Golden | null;
  readonly ink: Ink;
  readonly changes: readonly string[];
  readonly errorShare: number;
  /** How far it bends, so that edges between the same two lie apart. */
  readonly bend: number;
}

/** Nodes that belong together, with what goes between two such groups as one. */
export interface Hull {
  readonly key: string;
  readonly title: string;
  readonly nodes: readonly SceneNode[];
}

export interface Bundle {
  readonly source: Hull;
  readonly destination: Hull;
  readonly golden: Golden;
  readonly ink: Ink;
}

export interface Scene {
  readonly compares: boolean;
  /** Seconds that were measured. */
  readonly seconds: number;
  readonly hullBy: HullName;
  /** Callers stand above those whom they ask, as on a window that is higher than wide; else left of them. */
  readonly down: boolean;
  readonly nodes: readonly SceneNode[];
  readonly edges: readonly SceneEdge[];
  readonly hulls: readonly Hull[];
  readonly bundles: readonly Bundle[];
  /** Hulls that are drawn as one node: key → title. */
  readonly collapsed: ReadonlyMap<string, string>;
}

/** Gives nodes their size and their place; knows what was where before. */
export interface Placing {
  readonly down: boolean;
  sizeOf(
    node: Pick<SceneNode, 'name' | 'in' | 'out' | 'members' | 'kind'>,
  ): readonly [halfWidth: number, halfHeight: number];
  place(
    space: string,
    nodes: readonly SceneNode[],
    edges: readonly SceneEdge[],
    hulls: readonly Hull[],
  ): ReadonlyMap<string, Point>;
}

/** What `hull: auto` means for a graph. */
export function hullOf(data: MapData, look: Look): HullName {
  if (look.hull !== 'auto') return look.hull;
  const namespaces = new Set(data.nodes.map((node) => node.namespace).filter((name) => name !== ''));
  return namespaces.size > 1 ? 'namespace' : 'none';
}

export function sceneOf(data: MapData, look: Look, placing: Placing): Scene {
  const hullBy = hullOf(data, look);
  const keyOf = (node: GraphNode): string =>
    hullBy === 'none' || node[hullBy] === '' ? '' : `${hullBy}:${node[hullBy]}`;
  const collapsedKeys = new Set(look.collapsed);
  const collapsed = new Map<string, string>();
  const groups = new Map<string, MapData['nodes'][number][]>();
  const drawnId = new Map<string, string>();
  const nodes: SceneNode[] = [];
  const make = (parts: Omit<SceneNode, 'x' | 'y' | 'halfWidth' | 'halfHeight' | 'errorShare'>): void => {
    const [halfWidth, halfHeight] = placing.sizeOf(parts);
    nodes.push({ ...parts, errorShare: errorShare(parts.in), x: 0, y: 0, halfWidth, halfHeight });
  };
  for (const node of data.nodes) {
    const key = keyOf(node);
    if (key !== '' && collapsedKeys.has(key)) {
      drawnId.set(node.id, key);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [node]);
      else group.push(node);
      continue;
    }
    drawnId.set(node.id, node.id);
    const { id, name, kind, change } = node;
    make({ id, name, kind, hull: key, members: [], node, ink: change, in: node.in, out: node.out });
  }
  for (const [key, members] of groups) {
    const title = key.slice(key.indexOf(':') + 1);
    collapsed.set(key, title);
    const ink = members.every((one) => one.change === members[0].change) ? members[0].change : 'same';
    make({
      id: key,
      name: title,
      kind: 'group',
      hull: '',
      members: members.map((one) => one.id),
      node: { ...members[0], id: key, name: title, members: members.length },
      ink,
      in: mergeGolden([noGolden, ...members.map((one) => one.in)]),
      out: mergeGolden([noGolden, ...members.map((one) => one.out)]),
    });
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const whole = { nodes, edges: mergedEdges(data.edges, drawnId, byId) };
  const isFocused = look.focus !== '' && byId.has(look.focus);
  const shown = isFocused ? focusOn(whole, look.focus, look.depth, look.direction) : whole;
  const hulls = hullsOf(shown.nodes);
  // What is in focus is laid out for itself, so that it can be read; the whole map keeps its places meanwhile.
  const space = isFocused ? `focus ${look.focus} ${look.depth} ${look.direction}` : hullBy;
  const place = placing.down ? `${space} down` : space;
  const placed = placing.place(place, shown.nodes, shown.edges, hulls);
  for (const node of shown.nodes) {
    const point = placed.get(node.id);
    node.x = point?.x ?? 0;
    node.y = point?.y ?? 0;
  }
  const seconds = Math.max((Math.min(data.span.to, Date.now()) - data.span.from) / 1000, 1);
  return {
    compares: data.compares,
    seconds,
    hullBy,
    down: placing.down,
    ...shown,
    hulls,
    bundles: bundlesOf(hulls, shown.edges),
    collapsed,
  };
}

function mergedEdges(
  edges: readonly DataEdge[],
  drawnId: ReadonlyMap<string, string>,
  nodes: ReadonlyMap<string, SceneNode>,
): SceneEdge[] {
  const merged = new Map<string, DataEdge[]>();
  for (const edge of edges) {
    const source = drawnId.get(edge.source);
    const destination = drawnId.get(edge.destination);
    if (source === undefined || destination === undefined) continue;
    const grouped = source !== edge.source || destination !== edge.destination;
    // Within a collapsed group nothing is drawn.
    if (grouped && source === destination) continue;
    const key = `${source}~${destination}~*~${grouped ? '*' : edge.protocol}`;
    const list = merged.get(key);
    if (list === undefined) merged.set(key, [edge]);
    else list.push(edge);
  }
  const between = new Map<string, number>();
  const result: SceneEdge[] = [];
  for (const [key, parts] of merged) {
    const first = parts[0];
    const source = nodes.get(drawnId.get(first.source) ?? '');
    const destination = nodes.get(drawnId.get(first.destination) ?? '');
    if (source === undefined || destination === undefined) continue;
    const pair = `${source.id} ${destination.id}`;
    const nth = between.get(pair) ?? 0;
    between.set(pair, nth + 1);
    const own = source.id === first.source && destination.id === first.destination;
    const nows = parts.flatMap((part) => (part.now === null ? [] : [part.now]));
    const befores = parts.flatMap((part) => (part.before === null || part.before === undefined ? [] : [part.before]));
    const now = nows.length === 0 ? null : mergeGolden(nows);
    const before = first.before === undefined ? undefined : befores.length === 0 ? null : mergeGolden(befores);
    const golden = now ?? before ?? noGolden;
    const protocols = [...new Set(parts.map((part) => part.protocol))];
    const changes = changesOf(parts, now, before);
    result.push({
      id: own && parts.length === 1 ? first.id : key,
      source,
      destination,
      protocol: protocols.length === 1 ? protocols[0] : '',
      protocols,
      parts,
      golden,
      before,
      now,
      changes,
      ink: inkOf(changes),
      errorShare: errorShare(golden),
      bend: (nth % 2 === 0 ? 1 : -1) * Math.ceil(nth / 2) * 18,
    });
  }
  return result;
}

/** Of several ports together: added where none was there, removed where none is; else all that any of them changed. */
function changesOf(parts: readonly DataEdge[], now: Golden | null, before: Golden | null | undefined): string[] {
  if (parts.length === 1) return [...parts[0].changes];
  if (before === null) return ['added'];
  if (now === null) return ['removed'];
  const all = parts.flatMap((part) => part.changes);
  return [...new Set<string>(all.filter((change) => change !== 'added' && change !== 'removed'))];
}

function inkOf(changes: readonly string[]): Ink {
  if (changes.includes('added')) return 'added';
  if (changes.includes('removed')) return 'removed';
  return changes.length > 0 ? 'changed' : 'same';
}

function hullsOf(nodes: readonly SceneNode[]): Hull[] {
  const lists = new Map<string, SceneNode[]>();
  for (const node of nodes) {
    if (node.hull === '') continue;
    const list = lists.get(node.hull);
    if (list === undefined) lists.set(node.hull, [node]);
    else list.push(node);
  }
  return [...lists].map(([key, list]) => ({ key, title: key.slice(key.indexOf(':') + 1), nodes: list }));
}

/** What goes between hulls, as one line for each direction. */
function bundlesOf(hulls: readonly Hull[], edges: readonly SceneEdge[]): Bundle[] {
  if (hulls.length < 2) return [];
  const byKey = new Map(hulls.map((hull) => [hull.key, hull]));
  const lists = new Map<string, SceneEdge[]>();
  for (const edge of edges) {
    const { source, destination } = edge;
    if (source.hull === '' || destination.hull === '' || source.hull === destination.hull) continue;
    const key = `${source.hull}\0${destination.hull}`;
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [edge]);
    else list.push(edge);
  }
  const bundles: Bundle[] = [];
  for (const list of lists.values()) {
    const source = byKey.get(list[0].source.hull);
    const destination = byKey.get(list[0].destination.hull);
    if (source === undefined || destination === undefined) continue;
    const golden = mergeGolden(list.map((edge) => edge.golden));
    const ink = list.every((edge) => edge.ink === list[0].ink) ? list[0].ink : 'same';
    bundles.push({ source, destination, golden, ink });
  }
  return bundles;
}
