/** Where the nodes of a map stand: callers left, callees right, and where they stood before wherever that is known. */

export interface LayoutNode {
  readonly id: string;
  /** Half the width and half the height of its pill. */
  readonly halfWidth: number;
  readonly halfHeight: number;
}

export interface LayoutEdge {
  readonly source: string;
  readonly destination: string;
  readonly weight: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const COLUMN_GAP = 110;
const ROW_GAP = 16;
/** Above this the layers would be too long to be read. */
const MOST_LAYERED = 150;

/**
 * Places every node. Those in `known` stay where they are; new ones come next to their neighbours where there are any
 * known, else the whole map is laid out.
 */
export function layout(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  known: ReadonlyMap<string, Point>,
): Map<string, Point> {
  const kept = nodes.filter((node) => known.has(node.id));
  if (kept.length > 0 && kept.length >= nodes.length * 0.5) return addTo(nodes, edges, known);
  return nodes.length <= MOST_LAYERED ? layered(nodes, edges) : forced(nodes, edges);
}

/** The new nodes of a map that is otherwise known: in the column beside their neighbour, at the first free place. */
function addTo(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  known: ReadonlyMap<string, Point>,
): Map<string, Point> {
  const placed = new Map<string, Point>();
  for (const node of nodes) {
    const at = known.get(node.id);
    if (at !== undefined) placed.set(node.id, at);
  }
  const sizes = new Map(nodes.map((node) => [node.id, node]));
  const isFree = (point: Point, node: LayoutNode): boolean => {
    for (const [id, other] of placed) {
      const size = sizes.get(id);
      if (size === undefined) continue;
      const apartX = Math.abs(other.x - point.x) >= size.halfWidth + node.halfWidth + 20;
      const apartY = Math.abs(other.y - point.y) >= size.halfHeight + node.halfHeight + ROW_GAP * 0.75;
      if (!apartX && !apartY) return false;
    }
    return true;
  };
  const settle = (node: LayoutNode): void => {
    let wish: Point = { x: 0, y: 0 };
    for (const edge of edges) {
      const before = edge.destination === node.id ? placed.get(edge.source) : undefined;
      const after = edge.source === node.id ? placed.get(edge.destination) : undefined;
      if (before !== undefined) wish = { x: before.x + COLUMN_GAP + 2 * node.halfWidth, y: before.y };
      else if (after !== undefined) wish = { x: after.x - COLUMN_GAP - 2 * node.halfWidth, y: after.y };
      else continue;
      break;
    }
    for (let step = 0; ; step++) {
      const sign = step % 2 === 0 ? 1 : -1;
      const point = { x: wish.x, y: wish.y + sign * Math.ceil(step / 2) * (2 * node.halfHeight + ROW_GAP) };
      if (step > 400 || isFree(point, node)) {
        placed.set(node.id, point);
        return;
      }
    }
  };
  for (const node of nodes) if (!placed.has(node.id)) settle(node);
  return placed;
}

/** Columns by the longest way from a caller that nobody calls; cycles are cut at the weaker edge. */
function layered(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, Point> {
  const columnOf = ranks(nodes, edges);
  const columns: LayoutNode[][] = [];
  for (const node of nodes) {
    const column = columnOf.get(node.id) ?? 0;
    while (columns.length <= column) columns.push([]);
    columns[column].push(node);
  }
  const order = new Map<string, number>();
  const rank = (column: readonly LayoutNode[]): void => {
    for (const [i, node] of column.entries()) order.set(node.id, i);
  };
  for (const column of columns) rank(column);
  const neighbours = new Map<string, string[]>();
  for (const { source, destination } of edges) {
    if (source === destination) continue;
    neighbours.set(source, [...(neighbours.get(source) ?? []), destination]);
    neighbours.set(destination, [...(neighbours.get(destination) ?? []), source]);
  }
  // Barycentres, back and forth, untangle most crossings.
  for (let round = 0; round < 8; round++) {
    const sweep = round % 2 === 0 ? columns : [...columns].reverse();
    for (const column of sweep) {
      const wish = new Map(
        column.map((node): [string, number] => {
          const around = (neighbours.get(node.id) ?? []).map((id) => order.get(id) ?? 0);
          const own = order.get(node.id) ?? 0;
          return [node.id, around.length === 0 ? own : around.reduce((a, b) => a + b, 0) / around.length];
        }),
      );
      column.sort((a, b) => (wish.get(a.id) ?? 0) - (wish.get(b.id) ?? 0) || (a.id < b.id ? -1 : 1));
      rank(column);
    }
  }
  const placed = new Map<string, Point>();
  let x = 0;
  for (const column of columns) {
    const widest = Math.max(...column.map((node) => node.halfWidth), 0);
    const height = column.reduce((sum, node) => sum + 2 * node.halfHeight + ROW_GAP, -ROW_GAP);
    let y = -height / 2;
    x += widest;
    for (const node of column) {
      placed.set(node.id, { x, y: y + node.halfHeight });
      y += 2 * node.halfHeight + ROW_GAP;
    }
    x += widest + COLUMN_GAP;
  }
  return placed;
}

function ranks(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, number> {
  const out = new Map<string, LayoutEdge[]>();
  for (const edge of [...edges].sort((a, b) => b.weight - a.weight))
    if (edge.source !== edge.destination) out.set(edge.source, [...(out.get(edge.source) ?? []), edge]);
  const state = new Map<string, 'open' | 'done'>();
  const forward: LayoutEdge[] = [];
  const visit = (id: string): void => {
    state.set(id, 'open');
    for (const edge of out.get(id) ?? []) {
      const there = state.get(edge.destination);
      if (there === 'open') continue; // closes a cycle
      forward.push(edge);
      if (there === undefined) visit(edge.destination);
    }
    state.set(id, 'done');
  };
  const called = new Set(edges.filter((e) => e.source !== e.destination).map((e) => e.destination));
  for (const node of nodes) if (!called.has(node.id) && !state.has(node.id)) visit(node.id);
  for (const node of nodes) if (!state.has(node.id)) visit(node.id);
  const rank = new Map(nodes.map((node) => [node.id, 0]));
  for (let round = 0; round < nodes.length; round++) {
    let changed = false;
    for (const { source, destination } of forward) {
      const wanted = (rank.get(source) ?? 0) + 1;
      if (wanted > (rank.get(destination) ?? 0)) {
        rank.set(destination, wanted);
        changed = true;
      }
    }
    if (!changed) break;
  }
  return rank;
}

/** Springs and repulsion over a grid, for maps too large for columns. Deterministic: the start is a spiral by id. */
function forced(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, Point> {
  const n = nodes.length;
  const index = new Map(nodes.map((node, i) => [node.id, i]));
  const xs = new Float64Array(n);
  const ys = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const radius = 60 * Math.sqrt(i + 1);
    xs[i] = radius * Math.cos(i * 2.399963);
    ys[i] = radius * Math.sin(i * 2.399963) * 0.7;
  }
  const pairs = edges
    .map((e): readonly [number, number] => [index.get(e.source) ?? -1, index.get(e.destination) ?? -1])
    .filter(([a, b]) => a >= 0 && b >= 0 && a !== b);
  const cell = 220;
  const rounds = n > 1000 ? 40 : 120;
  for (let round = 0; round < rounds; round++) {
    const heat = 60 * (1 - round / rounds) + 1;
    const dx = new Float64Array(n);
    const dy = new Float64Array(n);
    const grid = new Map<number, number[]>();
    const keyOf = (i: number, ox = 0, oy = 0): number =>
      (Math.floor(xs[i] / cell) + ox) * 65_536 + Math.floor(ys[i] / cell) + oy;
    for (let i = 0; i < n; i++) {
      const list = grid.get(keyOf(i));
      if (list === undefined) grid.set(keyOf(i), [i]);
      else list.push(i);
    }
    for (let i = 0; i < n; i++)
      for (let ox = -1; ox <= 1; ox++)
        for (let oy = -1; oy <= 1; oy++)
          for (const j of grid.get(keyOf(i, ox, oy)) ?? []) {
            if (i === j) continue;
            const x = xs[i] - xs[j] || 0.1 * (i - j);
            const y = ys[i] - ys[j] || 0.1;
            const force = 9000 / (x * x + y * y + 100);
            dx[i] += x * force * 0.1;
            dy[i] += y * force * 0.1;
          }
    for (const [a, b] of pairs) {
      const x = xs[b] - xs[a];
      const y = ys[b] - ys[a];
      dx[a] += x * 0.03;
      dy[a] += y * 0.03;
      dx[b] -= x * 0.03;
      dy[b] -= y * 0.03;
    }
    for (let i = 0; i < n; i++) {
      dx[i] -= xs[i] * 0.002;
      dy[i] -= ys[i] * 0.003;
      const length = Math.hypot(dx[i], dy[i]) || 1;
      const step = Math.min(length, heat) / length;
      xs[i] += dx[i] * step;
      ys[i] += dy[i] * step;
    }
  }
  return new Map(nodes.map((node, i) => [node.id, { x: xs[i], y: ys[i] }]));
}
