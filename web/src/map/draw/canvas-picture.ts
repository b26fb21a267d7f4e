/** Draws with Canvas2D, in a worker. Many edges at once are drawn in few strokes: 10,000 take some 20 ms. */
import { type Camera, type Frame, seen } from './camera.ts';
import { type Curve, pointAt } from './curve.ts';
import type { Display, DrawnEdge, DrawnNode } from './display.ts';
import type { Emphasis } from './emphasis.ts';
import { cssOf, type Rgb } from './inks.ts';

type Context = OffscreenCanvasRenderingContext2D;

/** With more edges than this in sight, each is a plain line. */
const mostPretty = 1200;
/** Edges a stroke: longer paths get slower again. */
const edgesPerStroke = 400;
/** So many bundles show how much they carry; the rest only that they are there. */
export const ribbonBundles = 60;

/** True where hulls are so small that only what goes between them can be told. */
export function isFar(display: Display, camera: Camera): boolean {
  return display.bundles.length > 0 && camera.scale < 0.24 && display.edges.length > 300;
}

/** Hulls, edges and nodes; no text. */
export function drawPicture(
  context: Context,
  display: Display,
  camera: Camera,
  frame: Frame,
  emphasis: Emphasis,
): void {
  const { inks } = display;
  const view = seen(camera, frame);
  context.save();
  context.beginPath();
  context.rect(frame.x, frame.y, frame.width, frame.height);
  context.clip();
  context.translate(frame.x + camera.x, frame.y + camera.y);
  context.scale(camera.scale, camera.scale);
  for (const { box } of display.hulls) {
    context.fillStyle = cssOf(inks['surface-2'], 0.32);
    context.strokeStyle = cssOf(inks.line, 0.7);
    context.lineWidth = 1 / camera.scale;
    context.beginPath();
    context.roundRect(box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1, 14);
    context.fill();
    context.stroke();
  }
  const far = isFar(display, camera);
  if (far) drawBundles(context, display, camera.scale, emphasis.nodes !== undefined);
  const visible: DrawnEdge[] = [];
  for (const drawn of display.edges) {
    const { curve: c, edge } = drawn;
    if (Math.max(c[0], c[2], c[4], c[6]) < view.x1 || Math.min(c[0], c[2], c[4], c[6]) > view.x2) continue;
    if (Math.max(c[1], c[3], c[5], c[7]) < view.y1 || Math.min(c[1], c[3], c[5], c[7]) > view.y2) continue;
    const strong = emphasis.edges?.has(edge.id) === true;
    if (
      far &&
      !strong &&
      edge.source.hull !== edge.destination.hull &&
      edge.source.hull !== '' &&
      edge.destination.hull !== ''
    )
      continue;
    visible.push(drawn);
  }
  if (visible.length > mostPretty) drawMany(context, visible, camera.scale, emphasis, inks.error);
  else
    for (const drawn of visible) {
      const strong = emphasis.edges === undefined || emphasis.edges.has(drawn.edge.id);
      drawEdge(context, drawn, camera.scale, strong ? drawn.opacity : 0.2, inks.error);
    }
  const small = camera.scale < 0.2;
  for (const drawn of display.nodes) {
    const { x, y, halfWidth: w, halfHeight: h } = drawn.node;
    if (x + w < view.x1 || x - w > view.x2 || y + h < view.y1 || y - h > view.y2) continue;
    const faded = emphasis.nodes !== undefined && !emphasis.nodes.has(drawn.node.id);
    if (small) drawDot(context, drawn, faded, display, emphasis);
    else drawNode(context, drawn, faded, display, emphasis, camera.scale);
  }
  context.restore();
}

/** What goes between hulls: the most of it as ribbons, the rest as thin lines. */
function drawBundles(context: Context, { bundles, inks }: Display, scale: number, faded: boolean): void {
  context.strokeStyle = cssOf(inks['text-3'], faded ? 0.04 : 0.13);
  context.lineWidth = 0.8 / scale;
  for (let at = ribbonBundles; at < bundles.length; at += edgesPerStroke) {
    context.beginPath();
    for (const { curve: c } of bundles.slice(at, at + edgesPerStroke)) {
      context.moveTo(c[0], c[1]);
      context.bezierCurveTo(c[2], c[3], c[4], c[5], c[6], c[7]);
    }
    context.stroke();
  }
  for (const { curve, width, colour, bad } of bundles.slice(0, ribbonBundles).reverse())
    ribbon(context, curve, Math.max(width, 0.8) / scale, colour, faded ? 0.1 : 0.55, bad, inks.error);
}

/** Many edges: lines, all of a kind in one stroke; those that stand out as curves on top of them. */
function drawMany(context: Context, edges: readonly DrawnEdge[], scale: number, emphasis: Emphasis, error: Rgb): void {
  const kinds = new Map<string, DrawnEdge[]>();
  const strong: DrawnEdge[] = [];
  for (const drawn of edges) {
    if (emphasis.edges?.has(drawn.edge.id) === true) {
      strong.push(drawn);
      continue;
    }
    const [r, g, b] = drawn.colour;
    const key = `${r >> 5},${g >> 5},${b >> 5},${Math.round(drawn.width)}`;
    const list = kinds.get(key);
    if (list === undefined) kinds.set(key, [drawn]);
    else list.push(drawn);
  }
  context.lineCap = 'butt';
  for (const list of kinds.values()) {
    context.strokeStyle = cssOf(list[0].colour, emphasis.edges === undefined ? 0.3 : 0.06);
    context.lineWidth = Math.max(list[0].width * 0.5, 0.7 / scale);
    for (let at = 0; at < list.length; at += edgesPerStroke) {
      context.beginPath();
      for (const { curve: c } of list.slice(at, at + edgesPerStroke)) {
        context.moveTo(c[0], c[1]);
        context.lineTo(c[6], c[7]);
      }
      context.stroke();
    }
  }
  for (const drawn of strong) drawEdge(context, drawn, scale, drawn.opacity, error);
}

function drawEdge(context: Context, drawn: DrawnEdge, scale: number, opacity: number, error: Rgb): void {
  const { curve: c, colour } = drawn;
  const width = Math.max(drawn.width, 0.9 / scale);
  if (drawn.dashed) {
    context.strokeStyle = cssOf(colour, opacity);
    context.lineWidth = Math.max(width * 0.8, 0.9 / scale);
    context.setLineDash([6, 5]);
    context.beginPath();
    context.moveTo(c[0], c[1]);
    context.bezierCurveTo(c[2], c[3], c[4], c[5], c[6], c[7]);
    context.stroke();
    context.setLineDash([]);
  } else ribbon(context, c, width, colour, opacity, drawn.bad, error);
  arrow(context, c, width, drawn.bad > 0 ? error : colour, opacity);
}

/** A line that is wide where it begins and thin where it ends, so that its direction can be seen; its far end in the colour of errors. */
function ribbon(
  context: Context,
  c: Curve,
  width: number,
  colour: Rgb,
  opacity: number,
  bad: number,
  error: Rgb,
): void {
  const fill = (from: number, to: number, ink: Rgb, alpha: number): void => {
    const steps = 14;
    const left: number[] = [];
    const right: number[] = [];
    for (let i = 0; i <= steps; i++) {
      const t = from + ((to - from) * i) / steps;
      const [x, y] = pointAt(c, t);
      const [ax, ay] = pointAt(c, Math.max(t - 0.01, 0));
      const [bx, by] = pointAt(c, Math.min(t + 0.01, 1));
      const length = Math.hypot(bx - ax, by - ay) || 1;
      const half = (width * (1 - 0.62 * t)) / 2;
      const [nx, ny] = [(-(by - ay) / length) * half, ((bx - ax) / length) * half];
      left.push(x + nx, y + ny);
      right.push(x - nx, y - ny);
    }
    context.fillStyle = cssOf(ink, alpha);
    context.beginPath();
    context.moveTo(left[0], left[1]);
    for (let i = 2; i < left.length; i += 2) context.lineTo(left[i], left[i + 1]);
    for (let i = right.length - 2; i >= 0; i -= 2) context.lineTo(right[i], right[i + 1]);
    context.closePath();
    context.fill();
  };
  fill(0, 1, colour, opacity);
  if (bad > 0) fill(1 - Math.min(Math.max(bad, 0.08), 1) * 0.55, 1, error, Math.max(opacity, 0.15));
}

function arrow(context: Context, c: Curve, width: number, colour: Rgb, opacity: number): void {
  const angle = Math.atan2(c[7] - c[5], c[6] - c[4]);
  const size = 5 + width * 1.1;
  context.fillStyle = cssOf(colour, opacity);
  context.beginPath();
  context.moveTo(c[6], c[7]);
  context.lineTo(c[6] - Math.cos(angle - 0.36) * size, c[7] - Math.sin(angle - 0.36) * size);
  context.lineTo(c[6] - Math.cos(angle + 0.36) * size, c[7] - Math.sin(angle + 0.36) * size);
  context.fill();
}

/** The outline of a node: workloads are pills, domains hexagons, addresses square, hosts boxes. */
export function outline(context: Context, { shape, node }: DrawnNode, grow = 0): void {
  const [x, y, w, h] = [node.x, node.y, node.halfWidth + grow, node.halfHeight + grow];
  context.beginPath();
  if (shape === 'hexagon') {
    context.moveTo(x - w, y);
    context.lineTo(x - w + 10, y - h);
    context.lineTo(x + w - 10, y - h);
    context.lineTo(x + w, y);
    context.lineTo(x + w - 10, y + h);
    context.lineTo(x - w + 10, y + h);
    context.closePath();
  } else context.roundRect(x - w, y - h, 2 * w, 2 * h, shape === 'pill' ? h : shape === 'square' ? 3 : 9);
}

function drawDot(context: Context, drawn: DrawnNode, faded: boolean, { inks }: Display, emphasis: Emphasis): void {
  const { node } = drawn;
  const chosen = node.id === emphasis.selected || node.id === emphasis.hovered;
  const colour = chosen
    ? inks.accent
    : drawn.bad > 0.01
      ? inks.error
      : node.ink === 'added'
        ? inks.new
        : inks['text-3'];
  context.fillStyle = cssOf(colour, faded ? 0.15 : 0.85);
  context.beginPath();
  context.roundRect(
    node.x - node.halfWidth * 0.7,
    node.y - node.halfHeight * 0.8,
    node.halfWidth * 1.4,
    node.halfHeight * 1.6,
    node.halfHeight * 0.8,
  );
  context.fill();
}

function drawNode(
  context: Context,
  drawn: DrawnNode,
  faded: boolean,
  { inks }: Display,
  emphasis: Emphasis,
  scale: number,
): void {
  const { node } = drawn;
  const chosen = node.id === emphasis.selected || node.id === emphasis.hovered;
  context.globalAlpha = faded ? 0.4 : drawn.opacity;
  if (drawn.shape === 'stack') {
    // A second sheet behind it: there is more inside.
    context.fillStyle = cssOf(inks['surface-1']);
    context.strokeStyle = cssOf(drawn.stroke);
    context.lineWidth = 1 / scale;
    context.beginPath();
    context.roundRect(
      node.x - node.halfWidth + 5,
      node.y - node.halfHeight - 4,
      2 * node.halfWidth - 10,
      2 * node.halfHeight,
      9,
    );
    context.fill();
    context.stroke();
  }
  context.fillStyle = cssOf(drawn.fill);
  context.strokeStyle = cssOf(chosen ? inks.accent : drawn.stroke);
  context.lineWidth = node.id === emphasis.selected ? 2 : Math.max(1.2, 0.8 / scale);
  context.setLineDash(drawn.dashed ? [4, 3.5] : []);
  outline(context, drawn);
  context.fill();
  context.stroke();
  context.setLineDash([]);
  if (drawn.bad > 0) {
    // A thin ring for the share of errors that it serves.
    const [cx, r] = [node.x - node.halfWidth + 14, 4.5];
    context.lineWidth = 2.2;
    context.strokeStyle = cssOf(inks.error, 0.28);
    context.beginPath();
    context.arc(cx, node.y, r, 0, 2 * Math.PI);
    context.stroke();
    context.strokeStyle = cssOf(inks.error);
    context.beginPath();
    context.arc(cx, node.y, r, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Math.max(drawn.bad, 0.06));
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** What travels along the edge that is looked at. @param phase 0..1 */
export function drawTraffic(
  context: Context,
  display: Display,
  camera: Camera,
  frame: Frame,
  id: string,
  phase: number,
): void {
  context.save();
  context.translate(frame.x + camera.x, frame.y + camera.y);
  context.scale(camera.scale, camera.scale);
  context.fillStyle = cssOf(display.inks.accent, 0.9);
  for (const { edge, curve, width } of display.edges) {
    if (edge.id !== id && edge.source.id !== id && edge.destination.id !== id) continue;
    for (let i = 0; i < 3; i++) {
      const [x, y] = pointAt(curve, (phase + i / 3) % 1);
      context.beginPath();
      context.arc(x, y, Math.min(Math.max(width * 0.45 * camera.scale, 1.8), 3.2) / camera.scale, 0, 7);
      context.fill();
    }
  }
  context.restore();
}
