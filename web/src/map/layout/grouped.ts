import { forced } from './forced.ts';
import { layered } from './layered.ts';
import type { LayoutEdge, LayoutNode, Point } from './point.ts';

/** Above this many nodes layers would be too long to be read. */
const mostLayered = 150;
/** Room around the nodes of a hull, and above them for its title. */
export const hullPadding = { side: 18, top: 34, bottom: 16 } as const;

/** Nodes without hulls: in layers, or by forces where there are too many. @param down layers lie below one another */
export function flat(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], down = false): Map<string, Point> {
  if (nodes.length > mostLayered) return forced(nodes, edges);
  const few = nodes.length < 12;
  return down
    ? turnedPoints(layered(turnedNodes(nodes), edges, { column: 64, row: 18, widest: few ? Infinity : 2.2 }))
    : layered(nodes, edges, { column: nodes.length < 40 ? 150 : 110, row: 20, widest: few ? Infinity : 4 });
}

function turnedNodes(nodes: readonly LayoutNode[]): LayoutNode[] {
  return nodes.map(({ id, halfWidth, halfHeight }) => ({ id, halfWidth: halfHeight, halfHeight: halfWidth }));
}

function turnedPoints(points: ReadonlyMap<string, Point>): Map<string, Point> {
  return new Map([...points].map(([id, { x, y }]) => [id, { x: y, y: x }]));
}

/** First the nodes of each hull among themselves, then the hulls as boxes: so they never lie on top of one another. */
export function grouped(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  hulls: readonly { readonly key: string; readonly nodes: readonly { readonly id: string }[] }[],
  down = false,
): Map<string, Point> {
  const hullOf = new Map(hulls.flatMap((hull) => hull.nodes.map((node): [string, string] => [node.id, hull.key])));
  const members = new Map<string, LayoutNode[]>(hulls.map((hull) => [hull.key, []]));
  const boxes: LayoutNode[] = [];
  for (const node of nodes) {
    const hull = hullOf.get(node.id);
    if (hull === undefined) boxes.push(node);
    else members.get(hull)?.push(node);
  }
  const within = new Map<string, LayoutEdge[]>();
  const between = new Map<string, LayoutEdge>();
  for (const edge of edges) {
    const source = hullOf.get(edge.source) ?? edge.source;
    const destination = hullOf.get(edge.destination) ?? edge.destination;
    if (source === destination) {
      const list = within.get(source);
      if (list === undefined) within.set(source, [edge]);
      else list.push(edge);
      continue;
    }
    const key = `${source}\0${destination}`;
    const weight = (between.get(key)?.weight ?? 0) + edge.weight;
    between.set(key, { source, destination, weight });
  }
  const inner = new Map<string, { places: Map<string, Point>; x: number; y: number }>();
  for (const [key, list] of members) {
    const own = within.get(key) ?? [];
    const places = down
      ? flat(list, own, true)
      : layered(list, own, { column: 76, row: 16, widest: list.length < 8 ? Infinity : 2.4 });
    let [x1, x2, y1, y2] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const node of list) {
      const { x, y } = places.get(node.id) ?? { x: 0, y: 0 };
      x1 = Math.min(x1, x - node.halfWidth);
      x2 = Math.max(x2, x + node.halfWidth);
      y1 = Math.min(y1, y - node.halfHeight);
      y2 = Math.max(y2, y + node.halfHeight);
    }
    inner.set(key, { places, x: (x1 + x2) / 2, y: (y1 + y2) / 2 - (hullPadding.top - hullPadding.bottom) / 2 });
    boxes.push({
      id: key,
      halfWidth: (x2 - x1) / 2 + hullPadding.side,
      halfHeight: (y2 - y1 + hullPadding.top + hullPadding.bottom) / 2,
    });
  }
  const around = [...between.values()];
  const outer = down
    ? turnedPoints(layered(turnedNodes(boxes), around, { column: 60, row: 30, widest: 2.4 }))
    : layered(boxes, around, { column: 100, row: 40, widest: 2.6 });
  const placed = new Map<string, Point>();
  for (const node of nodes) {
    const hull = hullOf.get(node.id);
    const box = outer.get(hull ?? node.id) ?? { x: 0, y: 0 };
    const own = hull === undefined ? undefined : inner.get(hull);
    const at = own?.places.get(node.id);
    placed.set(
      node.id,
      own === undefined || at === undefined ? box : { x: box.x + at.x - own.x, y: box.y + at.y - own.y },
    );
  }
  return placed;
}
