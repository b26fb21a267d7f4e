import type { LayoutEdge, LayoutNode, Point } from './point.ts';

/** Room between what is placed. */
export interface Gaps {
  readonly column: number;
  readonly row: number;
  /** How much wider than high it may become before columns are filled evenly instead of by rank. */
  readonly widest: number;
}

/** With more edges than this no room is left for them between nodes. */
const mostRouted = 200;
/** Half the height of the lane of an edge that passes a column. */
const lane = 9;

/** Columns by the longest way from a caller that nobody calls; cycles are cut at the weaker edge. Deterministic. */
export function layered(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], gaps: Gaps): Map<string, Point> {
  const columns = columnsOf(nodes, edges, gaps);
  const routed = edges.length > mostRouted ? [] : addLanes(columns, edges);
  untangle(columns, [...edges, ...routed.flatMap((route) => route.steps)]);
  const placed = new Map<string, Point>();
  let x = 0;
  for (const column of columns) {
    const widest = Math.max(...column.map((node) => node.halfWidth), 0);
    const height = column.reduce((sum, node) => sum + 2 * node.halfHeight + gaps.row, -gaps.row);
    let y = -height / 2;
    x += widest;
    for (const node of column) {
      placed.set(node.id, { x, y: y + node.halfHeight });
      y += 2 * node.halfHeight + gaps.row;
    }
    x += widest + gaps.column;
  }
  for (const { lanes } of routed) for (const id of lanes) placed.delete(id);
  return placed;
}

interface Route {
  readonly lanes: readonly string[];
  readonly steps: readonly LayoutEdge[];
}

/** Gives each edge that passes columns a place in them, as if it were a low node. */
function addLanes(columns: LayoutNode[][], edges: readonly LayoutEdge[]): Route[] {
  const columnOf = new Map(columns.flatMap((column, at) => column.map((node): [string, number] => [node.id, at])));
  const routes: Route[] = [];
  const known = new Set<string>();
  for (const edge of edges) {
    const [from, to] = [columnOf.get(edge.source), columnOf.get(edge.destination)];
    const key = `${edge.source}\0${edge.destination}`;
    if (from === undefined || to === undefined || Math.abs(to - from) < 2 || known.has(key)) continue;
    known.add(key);
    const way = Math.sign(to - from);
    const lanes: string[] = [];
    for (let at = from + way; at !== to; at += way) {
      const id = `${key}\0${at}`;
      columns[at].push({ id, halfWidth: 0, halfHeight: lane });
      lanes.push(id);
    }
    const stops = [edge.source, ...lanes, edge.destination];
    const steps = stops.slice(1).map((stop, i) => ({ source: stops[i], destination: stop, weight: edge.weight }));
    routes.push({ lanes, steps });
  }
  return routes;
}

/** Nodes by column. Where that gives something much longer than wide or the other way, columns are filled evenly by rank. */
function columnsOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], gaps: Gaps): LayoutNode[][] {
  const rankOf = ranks(nodes, edges);
  const natural: LayoutNode[][] = [];
  for (const node of nodes) {
    const rank = rankOf.get(node.id) ?? 0;
    while (natural.length <= rank) natural.push([]);
    natural[rank].push(node);
  }
  const columns = natural.filter((column) => column.length > 0);
  const heightOf = (column: readonly LayoutNode[]): number =>
    column.reduce((sum, node) => sum + 2 * node.halfHeight + gaps.row, 0);
  const widthOf = (column: readonly LayoutNode[]): number =>
    2 * Math.max(...column.map((node) => node.halfWidth), 0) + gaps.column;
  const tall = Math.max(...columns.map(heightOf), 1);
  const wide = columns.reduce((sum, column) => sum + widthOf(column), 0);
  const isRibbon = wide / tall > gaps.widest;
  if (!isRibbon && (wide / tall > 0.6 || nodes.length < 12)) return columns;
  const meanWidth = wide / columns.length;
  const total = columns.reduce((sum, column) => sum + heightOf(column), 0);
  const count = Math.max(Math.round(Math.sqrt((total * 1.6) / meanWidth)), 1);
  const most = total / count;
  const even: LayoutNode[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const column of columns) {
    // A column of its own begins with each rank, unless the ranks are so short that the whole would be a ribbon.
    if (!isRibbon) filled = Number.POSITIVE_INFINITY;
    for (const node of column) {
      const height = 2 * node.halfHeight + gaps.row;
      if (filled + height / 2 > most) {
        even.push([]);
        filled = 0;
      }
      even[even.length - 1].push(node);
      filled += height;
    }
  }
  return even;
}

/** Barycentres, back and forth, untangle most crossings. */
function untangle(columns: LayoutNode[][], edges: readonly LayoutEdge[]): void {
  const order = new Map<string, number>();
  const number = (column: readonly LayoutNode[]): void => {
    for (const [i, node] of column.entries()) order.set(node.id, i - column.length / 2);
  };
  for (const column of columns) number(column);
  const neighbours = new Map<string, string[]>();
  const join = (a: string, b: string): void => {
    const list = neighbours.get(a);
    if (list === undefined) neighbours.set(a, [b]);
    else list.push(b);
  };
  for (const { source, destination } of edges) {
    if (source === destination || !order.has(source) || !order.has(destination)) continue;
    join(source, destination);
    join(destination, source);
  }
  for (let round = 0; round < 8; round++) {
    const sweep = round % 2 === 0 ? columns : [...columns].reverse();
    for (const column of sweep) {
      const wish = new Map(
        column.map((node): [string, number] => {
          const around = neighbours.get(node.id);
          if (around === undefined) return [node.id, order.get(node.id) ?? 0];
          return [node.id, around.reduce((sum, id) => sum + (order.get(id) ?? 0), 0) / around.length];
        }),
      );
      column.sort((a, b) => (wish.get(a.id) ?? 0) - (wish.get(b.id) ?? 0) || (a.id < b.id ? -1 : 1));
      number(column);
    }
  }
}

function ranks(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, number> {
  const known = new Set(nodes.map((node) => node.id));
  const inside = edges.filter((e) => e.source !== e.destination && known.has(e.source) && known.has(e.destination));
  const out = new Map<string, LayoutEdge[]>();
  for (const edge of inside.toSorted((a, b) => b.weight - a.weight)) {
    const list = out.get(edge.source);
    if (list === undefined) out.set(edge.source, [edge]);
    else list.push(edge);
  }
  const called = new Set(inside.map((edge) => edge.destination));
  const roots = [...nodes.filter((node) => !called.has(node.id)), ...nodes.filter((node) => called.has(node.id))];
  const { forward, order } = withoutCycles(roots, out);
  const rank = new Map(nodes.map((node) => [node.id, 0]));
  // In topological order each edge is looked at once.
  for (const id of order)
    for (const edge of forward.get(id) ?? [])
      rank.set(edge.destination, Math.max(rank.get(edge.destination) ?? 0, (rank.get(id) ?? 0) + 1));
  // Who is called by nobody stands beside whom it calls, not far away on the left.
  for (const node of nodes) {
    if (called.has(node.id)) continue;
    const next = (forward.get(node.id) ?? []).map((edge) => rank.get(edge.destination) ?? 1);
    if (next.length > 0) rank.set(node.id, Math.min(...next) - 1);
  }
  return rank;
}

/** Depth first, without recursion; edges that close a cycle are left out. */
function withoutCycles(
  roots: readonly LayoutNode[],
  out: ReadonlyMap<string, LayoutEdge[]>,
): { forward: Map<string, LayoutEdge[]>; order: string[] } {
  const state = new Map<string, 'open' | 'done'>();
  const forward = new Map<string, LayoutEdge[]>();
  const finished: string[] = [];
  for (const root of roots) {
    if (state.has(root.id)) continue;
    const stack: { id: string; next: number }[] = [{ id: root.id, next: 0 }];
    state.set(root.id, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const edge = out.get(top.id)?.[top.next++];
      if (edge === undefined) {
        state.set(top.id, 'done');
        finished.push(top.id);
        stack.pop();
        continue;
      }
      const there = state.get(edge.destination);
      if (there === 'open') continue;
      const list = forward.get(top.id);
      if (list === undefined) forward.set(top.id, [edge]);
      else list.push(edge);
      if (there === undefined) {
        state.set(edge.destination, 'open');
        stack.push({ id: edge.destination, next: 0 });
      }
    }
  }
  return { forward, order: finished.reverse() };
}
