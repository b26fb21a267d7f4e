import type { LayoutEdge, LayoutNode, Point } from './point.ts';

const columnGap = 110;
const rowGap = 14;

/**
 * The new nodes of a map that is otherwise known: what is there stays; each new one stands where it is wished for, else
 * beside a neighbour, at the first free place.
 */
export function addTo(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  known: ReadonlyMap<string, Point>,
  wishes: ReadonlyMap<string, Point>,
): Map<string, Point> {
  const placed = new Map<string, Point>();
  const sizes = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) {
    const at = known.get(node.id);
    if (at !== undefined) placed.set(node.id, at);
  }
  const isFree = (point: Point, node: LayoutNode): boolean => {
    for (const [id, other] of placed) {
      const size = sizes.get(id);
      if (size === undefined) continue;
      const apartX = Math.abs(other.x - point.x) >= size.halfWidth + node.halfWidth + 20;
      const apartY = Math.abs(other.y - point.y) >= size.halfHeight + node.halfHeight + rowGap;
      if (!apartX && !apartY) return false;
    }
    return true;
  };
  const fresh = nodes.filter((node) => !placed.has(node.id));
  const touching = new Map<string, LayoutEdge[]>(fresh.map((node) => [node.id, []]));
  for (const edge of edges) {
    touching.get(edge.source)?.push(edge);
    touching.get(edge.destination)?.push(edge);
  }
  for (const node of fresh) {
    let wish = wishes.get(node.id);
    for (const edge of wish === undefined ? (touching.get(node.id) ?? []) : []) {
      const before = edge.destination === node.id ? placed.get(edge.source) : undefined;
      const after = edge.source === node.id ? placed.get(edge.destination) : undefined;
      const near = sizes.get(before === undefined ? edge.destination : edge.source);
      const away = columnGap + node.halfWidth + (near?.halfWidth ?? 0);
      if (before !== undefined) wish = { x: before.x + away, y: before.y };
      else if (after !== undefined) wish = { x: after.x - away, y: after.y };
      else continue;
      break;
    }
    const from = wish ?? { x: 0, y: 0 };
    for (let step = 0; ; step++) {
      const sign = step % 2 === 0 ? 1 : -1;
      const point = { x: from.x, y: from.y + sign * Math.ceil(step / 2) * (node.halfHeight + rowGap) };
      if (step > 400 || isFree(point, node)) {
        placed.set(node.id, point);
        break;
      }
    }
  }
  return placed;
}
