import type { LayoutEdge, LayoutNode, Point } from './point.ts';

const cell = 220;

/** Springs and repulsion over a grid, for maps too large for columns. Deterministic: it begins with a spiral. */
export function forced(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, Point> {
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
  const rounds = n > 1000 ? 40 : 120;
  for (let round = 0; round < rounds; round++) {
    const heat = 60 * (1 - round / rounds) + 1;
    const dx = new Float64Array(n);
    const dy = new Float64Array(n);
    const grid = gridOf(xs, ys);
    for (let i = 0; i < n; i++)
      for (const j of around(grid, xs[i], ys[i])) {
        if (i === j) continue;
        const x = xs[i] - xs[j] || 0.1 * (i - j);
        const y = ys[i] - ys[j] || 0.1;
        const force = 900 / (x * x + y * y + 100);
        dx[i] += x * force;
        dy[i] += y * force;
      }
    for (const [a, b] of pairs) {
      const x = (xs[b] - xs[a]) * 0.03;
      const y = (ys[b] - ys[a]) * 0.03;
      dx[a] += x;
      dy[a] += y;
      dx[b] -= x;
      dy[b] -= y;
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
  for (let i = 0; i < n; i++) {
    xs[i] *= 2.2;
    ys[i] *= 1.6;
  }
  partOverlaps(nodes, xs, ys);
  settle(nodes, xs, ys);
  return new Map(nodes.map((node, i) => [node.id, { x: xs[i], y: ys[i] }]));
}

/** Pushes what lies on top of one another apart, along the shorter way. */
function partOverlaps(nodes: readonly LayoutNode[], xs: Float64Array, ys: Float64Array): void {
  for (let round = 0; round < 20; round++) {
    const grid = gridOf(xs, ys);
    let moved = false;
    for (let i = 0; i < nodes.length; i++)
      for (const j of around(grid, xs[i], ys[i])) {
        if (j <= i) continue;
        const x = nodes[i].halfWidth + nodes[j].halfWidth + 18 - Math.abs(xs[i] - xs[j]);
        const y = nodes[i].halfHeight + nodes[j].halfHeight + 12 - Math.abs(ys[i] - ys[j]);
        if (x <= 0 || y <= 0) continue;
        moved = true;
        if (x < y) {
          const push = (xs[i] < xs[j] ? -x : x) / 2;
          xs[i] += push;
          xs[j] -= push;
        } else {
          const push = (ys[i] < ys[j] ? -y : y) / 2;
          ys[i] += push;
          ys[j] -= push;
        }
      }
    if (!moved) return;
  }
}

/** What still lies on something goes to the nearest free place; those in the middle stay. */
function settle(nodes: readonly LayoutNode[], xs: Float64Array, ys: Float64Array): void {
  const order = [...nodes.keys()].sort((a, b) => Math.hypot(xs[a], ys[a]) - Math.hypot(xs[b], ys[b]));
  const taken = new Map<number, number[]>();
  const isFree = (i: number, x: number, y: number): boolean => {
    for (const j of around(taken, x, y)) {
      const apartX = Math.abs(xs[j] - x) >= nodes[i].halfWidth + nodes[j].halfWidth + 4;
      if (!apartX && Math.abs(ys[j] - y) < nodes[i].halfHeight + nodes[j].halfHeight + 4) return false;
    }
    return true;
  };
  for (const i of order) {
    const [x, y] = [xs[i], ys[i]];
    for (let step = 0; step < 400; step++) {
      // Outwards in a spiral, wider than high as the nodes are.
      const [radius, angle] = [9 * Math.sqrt(step), step * 2.399963];
      xs[i] = x + radius * 2.4 * Math.cos(angle);
      ys[i] = y + radius * Math.sin(angle);
      if (isFree(i, xs[i], ys[i])) break;
    }
    const key = keyOf(xs[i], ys[i]);
    const list = taken.get(key);
    if (list === undefined) taken.set(key, [i]);
    else list.push(i);
  }
}

const keyOf = (x: number, y: number): number => Math.floor(x / cell) * 65_536 + Math.floor(y / cell);

function gridOf(xs: Float64Array, ys: Float64Array): Map<number, number[]> {
  const grid = new Map<number, number[]>();
  for (let i = 0; i < xs.length; i++) {
    const key = keyOf(xs[i], ys[i]);
    const list = grid.get(key);
    if (list === undefined) grid.set(key, [i]);
    else list.push(i);
  }
  return grid;
}

function* around(grid: ReadonlyMap<number, readonly number[]>, x: number, y: number): Generator<number> {
  for (let ox = -1; ox <= 1; ox++)
    for (let oy = -1; oy <= 1; oy++) {
      const list = grid.get(keyOf(x + ox * cell, y + oy * cell));
      if (list !== undefined) yield* list;
    }
}
