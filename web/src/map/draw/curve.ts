/** Ends and control points of a cubic Bézier curve: x1, y1, cx1, cy1, cx2, cy2, x2, y2. */
export type Curve = readonly [number, number, number, number, number, number, number, number];

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
}

/**
 * From the side of one rectangle to the side of another.
 *
 * @param bend how far it swings out, so that parallels lie apart
 * @param down callers stand above those whom they ask, not left of them
 */
export function curveBetween(a: Rectangle, b: Rectangle, bend: number, down = false): Curve {
  if (down && a !== b) {
    const [y1, x1, y2, x2, y3, x3, y4, x4] = curveBetween(turned(a), turned(b), bend);
    return [x1, y1, x2, y2, x3, y3, x4, y4];
  }
  if (a === b) {
    const x = a.x + a.halfWidth - 12;
    const y = a.y - a.halfHeight;
    return [x, y, x + 44, y - 50, x - 52, y - 50, x - 26, y];
  }
  const rightwards = b.x - b.halfWidth > a.x + a.halfWidth - 8;
  const leftwards = b.x + b.halfWidth < a.x - a.halfWidth + 8;
  if (rightwards || leftwards) {
    const way = rightwards ? 1 : -1;
    const x1 = a.x + way * a.halfWidth;
    const x2 = b.x - way * b.halfWidth;
    const pull = way * Math.max(Math.abs(x2 - x1) * 0.45, 24);
    const start = clamp(bend * 0.4, a.halfHeight * 0.5);
    const end = clamp(bend * 0.4, b.halfHeight * 0.5);
    return [x1, a.y + start, x1 + pull, a.y + bend, x2 - pull, b.y + bend, x2, b.y + end];
  }
  // One above the other: out at the side and in again.
  const way = Math.sign(b.y - a.y) || 1;
  const x1 = a.x + clamp(24 + bend, a.halfWidth * 0.6);
  const x2 = b.x + clamp(24 + bend, b.halfWidth * 0.6);
  const y1 = a.y + way * a.halfHeight;
  const y2 = b.y - way * b.halfHeight;
  const pull = Math.max(Math.abs(y2 - y1) * 0.45, 12);
  const side = Math.min(Math.abs(y2 - y1) * 0.25, 90) + Math.abs(bend);
  return [x1, y1, x1 + side, y1 + way * pull, x2 + side, y2 - way * pull, x2, y2];
}

function turned({ x, y, halfWidth, halfHeight }: Rectangle): Rectangle {
  return { x: y, y: x, halfWidth: halfHeight, halfHeight: halfWidth };
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}

/** The point of a curve at t, 0..1. */
export function pointAt(c: Curve, t: number): readonly [number, number] {
  const u = 1 - t;
  const [a, b, d, e] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return [a * c[0] + b * c[2] + d * c[4] + e * c[6], a * c[1] + b * c[3] + d * c[5] + e * c[7]];
}

/** How far a point is from a curve; Infinity where it is further than `reach` from the box around it. */
export function distance(c: Curve, x: number, y: number, reach: number): number {
  if (x < Math.min(c[0], c[2], c[4], c[6]) - reach || x > Math.max(c[0], c[2], c[4], c[6]) + reach) return Infinity;
  if (y < Math.min(c[1], c[3], c[5], c[7]) - reach || y > Math.max(c[1], c[3], c[5], c[7]) + reach) return Infinity;
  let nearest = Infinity;
  let [px, py] = pointAt(c, 0);
  for (let i = 1; i <= 20; i++) {
    const [qx, qy] = pointAt(c, i / 20);
    const [dx, dy] = [qx - px, qy - py];
    const along = Math.min(Math.max(((x - px) * dx + (y - py) * dy) / (dx * dx + dy * dy || 1), 0), 1);
    nearest = Math.min(nearest, Math.hypot(x - px - along * dx, y - py - along * dy));
    [px, py] = [qx, qy];
  }
  return nearest;
}
