/** All text of the map, in window pixels: it is never smaller than can be read, and never on top of other text. */
import { count, duration, quantityText, rate, share, size } from '../../../../src/model/format.ts';
import { hullPadding } from '../layout/grouped.ts';
import { shortName } from '../scene/names.ts';
import { type Camera, type Frame, seen } from './camera.ts';
import { isFar } from './canvas-picture.ts';
import { pointAt } from './curve.ts';
import type { Display, DrawnEdge } from './display.ts';
import type { Emphasis } from './emphasis.ts';
import { cssOf } from './inks.ts';

type Context = OffscreenCanvasRenderingContext2D;

const face = '"Inter Map", "Inter Variable", system-ui, sans-serif';
/** Names are never written smaller; where a pill is lower than that they stand beside it. */
const leastPixels = 8.5;
const busiestLabelled = 10;

/** The typeface of names at their natural size. */
export const nameFont = `13px ${face}`;

/** Rectangles that are taken already, in a grid. */
class Taken {
  readonly #cells = new Map<number, (readonly [number, number, number, number])[]>();

  /** Takes it where it is free. @returns whether it was */
  take(x1: number, y1: number, x2: number, y2: number, force = false): boolean {
    const cells = this.#around(x1, y1, x2, y2);
    if (!force)
      for (const cell of cells)
        for (const t of this.#cells.get(cell) ?? []) if (t[0] < x2 && t[2] > x1 && t[1] < y2 && t[3] > y1) return false;
    for (const cell of cells) {
      const list = this.#cells.get(cell);
      if (list === undefined) this.#cells.set(cell, [[x1, y1, x2, y2]]);
      else list.push([x1, y1, x2, y2]);
    }
    return true;
  }

  #around(x1: number, y1: number, x2: number, y2: number): number[] {
    const cells: number[] = [];
    for (let x = Math.floor(x1 / 64); x <= Math.floor(x2 / 64); x++)
      for (let y = Math.floor(y1 / 64); y <= Math.floor(y2 / 64); y++) cells.push(x * 65_536 + y);
    return cells;
  }
}

export function drawLabels(context: Context, display: Display, camera: Camera, frame: Frame, emphasis: Emphasis): void {
  const { inks } = display;
  const view = seen(camera, frame);
  const taken = new Taken();
  const [dx, dy, k] = [frame.x + camera.x, frame.y + camera.y, camera.scale];
  context.save();
  context.beginPath();
  context.rect(frame.x, frame.y, frame.width, frame.height);
  context.clip();
  context.textBaseline = 'middle';
  const far = isFar(display, camera);

  // Titles of hulls.
  context.textAlign = 'left';
  for (const { hull, box } of [...display.hulls].sort((a, b) => b.hull.nodes.length - a.hull.nodes.length)) {
    if (box.x2 < view.x1 || box.x1 > view.x2 || box.y2 < view.y1 || box.y1 > view.y2) continue;
    const big = far ? 12.5 : 12;
    context.font = `${far ? 600 : 500} ${big}px ${face}`;
    // Inside where there is room above the nodes, else above the hull.
    const above = far || hullPadding.top * k < 19;
    const x = dx + box.x1 * k + (above ? 2 : 12 * k);
    const y = dy + box.y1 * k + (above ? -8 : Math.max(hullTitleMiddle * k, 9));
    const text = far ? shortName(hull.title) : `${shortName(hull.title)}  ${hull.nodes.length}`;
    const w = context.measureText(text).width;
    if (!far && w + 16 > (box.x2 - box.x1) * k) continue;
    if (!taken.take(x - 3, y - 8, x + w + 3, y + 8)) continue;
    if (far) halo(context, text, x, y, cssOf(inks['surface-0'], 0.85));
    context.fillStyle = cssOf(far ? inks['text-1'] : inks['text-3']);
    context.fillText(text, x, y);
  }

  // Names of nodes: in their pills, or beside them where these are too small, the busiest first.
  const inPill = 28 * k >= leastPixels + 1;
  const pixels = Math.min(Math.max(13 * k, leastPixels), 17);
  context.textAlign = 'center';
  for (const { node } of display.nodes) {
    const { x, y, halfWidth: w, halfHeight: h } = node;
    if (x + w < view.x1 || x - w > view.x2 || y + h < view.y1 || y - h > view.y2) continue;
    if (!far || inPill) taken.take(dx + (x - w) * k, dy + (y - h) * k, dx + (x + w) * k, dy + (y + h) * k, true);
    if (!inPill) continue;
    const faded = emphasis.nodes !== undefined && !emphasis.nodes.has(node.id);
    context.font = `${pixels}px ${face}`;
    context.fillStyle = cssOf(inks['text-1'], faded ? 0.5 : node.ink === 'removed' ? 0.7 : 1);
    const shift = (node.errorShare > 0 ? 6 : 0) - (node.kind === 'group' ? 8 : 0);
    const room = (2 * w - 20) * k + 6 - (node.errorShare > 0 ? 12 * k : 0) - (node.kind === 'group' ? 20 * k : 0);
    const name = 13 * k >= leastPixels ? shortName(node.name) : cutTo(context, shortName(node.name), room);
    context.fillText(name, dx + (x + shift) * k, dy + y * k + 0.5);
    if (node.kind === 'group') {
      context.fillStyle = cssOf(inks['text-3'], faded ? 0.5 : 1);
      context.textAlign = 'right';
      context.fillText(quantityText(count(node.members.length)), dx + (x + w - 12) * k, dy + y * k + 0.5);
      context.textAlign = 'center';
    }
  }
  if (!inPill) {
    const weight = (id: string, load: number): number =>
      id === emphasis.selected || id === emphasis.hovered
        ? Infinity
        : emphasis.nodes?.has(id) === true
          ? 1e12 + load
          : load;
    const ranked = display.nodes
      .filter(({ node }) => emphasis.nodes === undefined || emphasis.nodes.has(node.id))
      .map(({ node }) => ({ node, load: weight(node.id, node.in.rate + node.out.rate + 0.001 * node.in.bytes_in) }))
      .sort((a, b) => b.load - a.load)
      .slice(0, far && emphasis.nodes === undefined ? 0 : 140);
    context.font = `11px ${face}`;
    for (const { node } of ranked) {
      const [x, y] = [dx + node.x * k, dy + (node.y + node.halfHeight) * k + 8];
      if (x < frame.x || x > frame.x + frame.width || y < frame.y || y > frame.y + frame.height) continue;
      const text = shortName(node.name);
      const w = context.measureText(text).width / 2 + 2;
      if (!taken.take(x - w, y - 7, x + w, y + 7)) continue;
      halo(context, text, x, y, cssOf(inks['surface-0'], 0.85));
      context.fillStyle = cssOf(inks['text-2']);
      context.fillText(text, x, y);
    }
  }
  if (k > 0.45 || emphasis.edges !== undefined) edgeLabels(context, display, camera, frame, emphasis, taken);
  context.restore();
}

/** As much of a name as there is room for. */
function cutTo(context: Context, name: string, room: number): string {
  const whole = context.measureText(name).width;
  if (whole <= room) return name;
  const signs = [...name];
  const kept = Math.floor((signs.length * room) / whole) - 1;
  if (kept < 3) return '';
  // Both ends stay readable.
  const front = Math.ceil(kept / 2);
  return `${signs.slice(0, front).join('')}…${signs.slice(signs.length - (kept - front)).join('')}`;
}

/** Where in its padding the title of a hull stands. */
const hullTitleMiddle = 17;

/** Measures of edges that matter, and the protocol as a small mark where there is room. */
function edgeLabels(
  context: Context,
  display: Display,
  camera: Camera,
  frame: Frame,
  emphasis: Emphasis,
  taken: Taken,
): void {
  const { inks } = display;
  const inSight = (x: number, y: number): boolean =>
    x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height;
  // The whole label where there is room, else less of it.
  const put = (
    drawn: DrawnEdge,
    texts: readonly string[],
    colour: string,
    font: string,
    places: readonly number[],
  ): void => {
    context.font = font;
    for (const text of texts) {
      const w = context.measureText(text).width / 2 + 4;
      for (const t of places) {
        const [px, py] = pointAt(drawn.curve, t);
        const [x, y] = [frame.x + camera.x + px * camera.scale, frame.y + camera.y + py * camera.scale];
        if (!inSight(x, y) || !taken.take(x - w, y - 8, x + w, y + 8)) continue;
        context.fillStyle = cssOf(inks['surface-0'], 0.88);
        context.beginPath();
        context.roundRect(x - w, y - 7.5, 2 * w, 15, 4);
        context.fill();
        context.fillStyle = colour;
        context.fillText(text, x, y + 0.5);
        return;
      }
    }
  };
  const load = (drawn: DrawnEdge): number => drawn.golden.rate * 1e6 + drawn.golden.bytes_in + drawn.golden.bytes_out;
  const changed = display.scene.compares
    ? display.edges
        .filter((drawn) => drawn.edge.changes.length > 0)
        .sort((a, b) => load(b) - load(a))
        .slice(0, 40)
    : [];
  const main =
    emphasis.edges !== undefined && emphasis.edges.size > 0
      ? display.edges.filter(({ edge }) => emphasis.edges?.has(edge.id)).slice(0, 60)
      : display.scene.compares
        ? changed
        : display.edges
            .filter((drawn) => drawn.golden.rate > 0)
            .sort((a, b) => load(b) - load(a))
            .slice(0, busiestLabelled);
  const labelled = new Set(main);
  for (const drawn of labelled)
    put(drawn, labelsOf(drawn), cssOf(inks['text-2']), `11px ${face}`, [0.5, 0.4, 0.62, 0.3, 0.72]);
  if (camera.scale < 0.55 || display.edges.length > 400 || display.scene.compares) return;
  for (const drawn of display.edges) {
    if (labelled.has(drawn)) continue;
    const faded = emphasis.edges !== undefined && !emphasis.edges.has(drawn.edge.id);
    if (!faded) put(drawn, [markOf(drawn.edge)], cssOf(inks['text-3']), `10px ${face}`, [0.5, 0.42, 0.6]);
  }
}

/** The protocol of an edge in a word. */
export function markOf(edge: DrawnEdge['edge']): string {
  if (edge.protocols.length > 1) return `${edge.protocols.length} protocols`;
  if (edge.protocol !== '') return edge.protocol;
  return edge.parts.length > 1
    ? `${edge.parts.length} ports`
    : edge.parts[0].port > 0
      ? `:${edge.parts[0].port}`
      : 'tcp';
}

/** What is said of an edge, from all of it to the least. */
function labelsOf(drawn: DrawnEdge): string[] {
  const { golden, edge } = drawn;
  const words = edge.changes.map((change) => change.replaceAll('_', ' '));
  const mark = markOf(edge);
  const much =
    golden.rate > 0
      ? [quantityText(rate(golden.rate))]
      : golden.bytes_in + golden.bytes_out > 0
        ? [quantityText(size(golden.bytes_in + golden.bytes_out))]
        : [];
  const slow = golden.p95_ns === null ? [] : [quantityText(duration(golden.p95_ns))];
  const bad = drawn.bad > 0 ? [`${quantityText(share(drawn.bad))} failed`] : [];
  const join = (...parts: readonly (readonly string[])[]): string => parts.flat().join(' · ');
  return [
    join(words, [mark], much, slow, bad),
    ...(bad.length > 0 ? [join(words, much, bad)] : [join(words, [mark], much)]),
    ...(bad.length > 0 ? [join(words, bad)] : words.length > 0 ? [join(words)] : []),
    mark,
  ];
}

function halo(context: Context, text: string, x: number, y: number, colour: string): void {
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = colour;
  context.strokeText(text, x, y);
}
