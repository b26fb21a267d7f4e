import { type Curve, curveBetween, pointAt } from './curve.ts';

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
}

/** How far an edge may swing out, the least first. */
const swings = [0, 26, -26, 52, -52, 84, -84, 124, -124, 172, -172, 230, -230];
const samples = 14;

/** A curve that passes beside what stands in between, or where that cannot be, over as little of it as possible. */
export function routed(
  a: Rectangle,
  b: Rectangle,
  bend: number,
  down: boolean,
  obstacles: readonly Rectangle[],
): Curve {
  let best: Curve | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const swing of swings) {
    const curve = curveBetween(a, b, bend + swing, down);
    const hits = hitsOf(curve, a, b, obstacles);
    if (hits === 0) return curve;
    if (hits < fewest) [best, fewest] = [curve, hits];
  }
  return best ?? curveBetween(a, b, bend, down);
}

function hitsOf(curve: Curve, a: Rectangle, b: Rectangle, obstacles: readonly Rectangle[]): number {
  const [x1, x2] = [Math.min(curve[0], curve[2], curve[4], curve[6]), Math.max(curve[0], curve[2], curve[4], curve[6])];
  const [y1, y2] = [Math.min(curve[1], curve[3], curve[5], curve[7]), Math.max(curve[1], curve[3], curve[5], curve[7])];
  let hits = 0;
  for (const node of obstacles) {
    if (node === a || node === b) continue;
    const [w, h] = [node.halfWidth + 3, node.halfHeight + 3];
    if (node.x + w < x1 || node.x - w > x2 || node.y + h < y1 || node.y - h > y2) continue;
    for (let i = 1; i < samples; i++) {
      const [x, y] = pointAt(curve, i / samples);
      if (Math.abs(x - node.x) < w && Math.abs(y - node.y) < h) hits++;
    }
  }
  return hits;
}
