import { duration, quantityText, rate } from '../../../src/model/format.ts';
import { color } from '../frame/theme.ts';
import type { Scene, SceneEdge, SceneNode } from './scene.ts';
import { shortName } from './scene.ts';

/** How the plane lies under the window: screen = world * scale + offset. */
export interface Camera {
  x: number;
  y: number;
  scale: number;
}

/** What is drawn with more weight. */
export interface Emphasis {
  readonly hovered: string;
  readonly selected: string;
  /** Nodes whose names match a search; undefined: no search. */
  readonly found: ReadonlySet<string> | undefined;
}

interface Inks {
  readonly [role: string]: string;
}

function inks(): Inks {
  const roles = [
    'surface-0',
    'surface-1',
    'surface-2',
    'line',
    'text-1',
    'text-2',
    'text-3',
    'accent',
    'error',
    'slow',
    'new',
    'gone',
  ];
  return Object.fromEntries(roles.map((role) => [role, color(role)]));
}

let palette: Inks | undefined;
window.addEventListener('theme', () => {
  palette = undefined;
});

/** Control point and ends of an edge's curve, from the side of one pill to the side of the other. */
export function curve(edge: SceneEdge): readonly [number, number, number, number, number, number, number, number] {
  const { source: a, destination: b, bend } = edge;
  if (a === b) {
    const x = a.x + a.halfWidth - 10;
    return [
      x,
      a.y - a.halfHeight,
      x + 46,
      a.y - a.halfHeight - 54,
      x - 46,
      a.y - a.halfHeight - 54,
      x - 26,
      a.y - a.halfHeight,
    ];
  }
  const rightwards = b.x > a.x + 20;
  const leftwards = b.x < a.x - 20;
  const x1 = a.x + (rightwards ? a.halfWidth : leftwards ? -a.halfWidth : 0);
  const x2 = b.x + (rightwards ? -b.halfWidth : leftwards ? b.halfWidth : 0);
  const level = !rightwards && !leftwards;
  const y1 = a.y + (level ? Math.sign(b.y - a.y) * a.halfHeight : 0);
  const y2 = b.y - (level ? Math.sign(b.y - a.y) * b.halfHeight : 0);
  const pull = level ? 0 : Math.max(Math.abs(x2 - x1) * 0.45, 30) * (rightwards ? 1 : -1);
  const side = level ? 40 + bend : bend;
  return [
    x1,
    y1,
    x1 + pull + (level ? side : 0),
    y1 + (level ? 0 : side),
    x2 - pull + (level ? side : 0),
    y2 + (level ? 0 : side),
    x2,
    y2,
  ];
}

/** Colour of an edge: grey where nothing is slow, then a ramp of one hue by p95. */
function edgeColor(edge: SceneEdge, ink: Inks): string {
  if (edge.ink === 'added') return ink.new;
  if (edge.ink === 'removed') return ink.gone;
  if (edge.ink === 'changed') return ink.accent;
  const p95 = edge.golden.p95_ns;
  if (p95 === null) return ink['text-3'];
  const heat = Math.min(Math.max((Math.log10(p95) - 6.7) / 2.6, 0), 1); // 5 ms .. 2 s
  return heat === 0 ? ink['text-3'] : `color-mix(in oklch, ${ink['text-3']}, ${ink.slow} ${Math.round(heat * 100)}%)`;
}

/** Draws the map. @returns milliseconds it took */
export function draw(canvas: HTMLCanvasElement, scene: Scene, camera: Camera, emphasis: Emphasis): number {
  const began = performance.now();
  const ratio = window.devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext('2d');
  if (context === null) return 0;
  palette ??= inks();
  const ink = palette;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.translate(camera.x, camera.y);
  context.scale(camera.scale, camera.scale);
  const left = -camera.x / camera.scale;
  const top = -camera.y / camera.scale;
  const right = left + width / camera.scale;
  const bottom = top + height / camera.scale;
  const near = nearby(scene, emphasis);

  drawGroups(context, scene, ink);
  for (const edge of scene.edges) {
    const [x1, y1, , , , , x2, y2] = curve(edge);
    if (Math.max(x1, x2) < left || Math.min(x1, x2) > right || Math.max(y1, y2) < top - 80 || Math.min(y1, y2) > bottom)
      continue;
    drawEdge(context, edge, ink, near === undefined || near.edges.has(edge.id), camera.scale);
  }
  const detailed = camera.scale > 0.35;
  for (const node of scene.nodes) {
    if (node.x + node.halfWidth < left || node.x - node.halfWidth > right) continue;
    if (node.y + node.halfHeight < top || node.y - node.halfHeight > bottom) continue;
    const faded = (near !== undefined && !near.nodes.has(node.id)) || emphasis.found?.has(node.id) === false;
    drawNode(context, node, ink, emphasis, faded, detailed);
  }
  if (camera.scale > 0.5) drawLabels(context, scene, ink, near);
  return performance.now() - began;
}

interface Near {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

/** What belongs to the hovered or selected thing; undefined where nothing is. */
function nearby(scene: Scene, { hovered, selected }: Emphasis): Near | undefined {
  const id = hovered || selected;
  if (id === '') return undefined;
  const nodes = new Set<string>();
  const edges = new Set<string>();
  for (const edge of scene.edges) {
    if (edge.id !== id && edge.source.id !== id && edge.destination.id !== id) continue;
    edges.add(edge.id);
    nodes.add(edge.source.id).add(edge.destination.id);
  }
  if (scene.nodes.some((node) => node.id === id)) nodes.add(id);
  return nodes.size === 0 ? undefined : { nodes, edges };
}

/** Namespaces as soft hulls with a title. */
function drawGroups(context: CanvasRenderingContext2D, scene: Scene, ink: Inks): void {
  const groups = new Map<string, SceneNode[]>();
  for (const node of scene.nodes) {
    if (node.namespace === '') continue;
    const list = groups.get(node.namespace);
    if (list === undefined) groups.set(node.namespace, [node]);
    else list.push(node);
  }
  if (groups.size < 2) return;
  for (const [name, nodes] of groups) {
    const x1 = Math.min(...nodes.map((n) => n.x - n.halfWidth)) - 16;
    const x2 = Math.max(...nodes.map((n) => n.x + n.halfWidth)) + 16;
    const y1 = Math.min(...nodes.map((n) => n.y - n.halfHeight)) - 28;
    const y2 = Math.max(...nodes.map((n) => n.y + n.halfHeight)) + 14;
    context.globalAlpha = 0.35;
    context.fillStyle = ink['surface-2'];
    context.beginPath();
    context.roundRect(x1, y1, x2 - x1, y2 - y1, 14);
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = ink['text-3'];
    context.font = '12px "Inter Variable", sans-serif';
    context.textAlign = 'left';
    context.fillText(shortName(name), x1 + 12, y1 + 17);
  }
}

function drawEdge(context: CanvasRenderingContext2D, edge: SceneEdge, ink: Inks, strong: boolean, scale: number): void {
  const [x1, y1, cx1, cy1, cx2, cy2, x2, y2] = curve(edge);
  const thin = Math.max(edge.width, 0.8 / scale);
  context.globalAlpha = strong ? (edge.ink === 'same' ? 0.72 : 0.95) : 0.12;
  context.strokeStyle = edgeColor(edge, ink);
  context.lineCap = 'round';
  // Only TCP or UDP was understood, or it is gone: dashed.
  const dashed = edge.protocol === '' || edge.ink === 'removed';
  context.setLineDash(dashed ? [5, 6] : []);
  context.lineWidth = thin;
  context.beginPath();
  context.moveTo(x1, y1);
  context.bezierCurveTo(cx1, cy1, cx2, cy2, x2, y2);
  context.stroke();
  context.setLineDash([]);
  // The direction: a taper into the callee rather than a big arrow.
  const angle = Math.atan2(y2 - cy2, x2 - cx2);
  const size = 4 + thin * 1.1;
  context.fillStyle = edge.errorShare > 0 ? ink.error : edgeColor(edge, ink);
  context.beginPath();
  context.moveTo(x2, y2);
  context.lineTo(x2 - Math.cos(angle - 0.38) * size * 1.7, y2 - Math.sin(angle - 0.38) * size * 1.7);
  context.lineTo(x2 - Math.cos(angle + 0.38) * size * 1.7, y2 - Math.sin(angle + 0.38) * size * 1.7);
  context.fill();
  if (edge.errorShare > 0) {
    // Failed requests as a vermilion share of the far end.
    const share = Math.min(Math.max(edge.errorShare, 0.06), 1) * 0.5;
    context.strokeStyle = ink.error;
    context.lineWidth = thin + 0.6;
    context.beginPath();
    for (let i = 0; i <= 10; i++) {
      const t = 1 - share + (share * i) / 10;
      const u = 1 - t;
      const x = u * u * u * x1 + 3 * u * u * t * cx1 + 3 * u * t * t * cx2 + t * t * t * x2;
      const y = u * u * u * y1 + 3 * u * u * t * cy1 + 3 * u * t * t * cy2 + t * t * t * y2;
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** Kinds differ in shape: workloads are pills, outside names are hexagons of a sort, addresses have square corners. */
function drawNode(
  context: CanvasRenderingContext2D,
  node: SceneNode,
  ink: Inks,
  { hovered, selected }: Emphasis,
  faded: boolean,
  detailed: boolean,
): void {
  const { x, y, halfWidth: w, halfHeight: h } = node;
  const outside = node.kind === 'domain' || node.kind === 'address' || node.kind === 'unknown';
  context.globalAlpha = faded ? 0.2 : node.ink === 'removed' ? 0.6 : 1;
  context.fillStyle = outside ? ink['surface-0'] : ink['surface-2'];
  context.strokeStyle =
    node.id === selected || node.id === hovered
      ? ink.accent
      : node.ink === 'added'
        ? ink.new
        : outside
          ? ink['text-3']
          : ink.line;
  context.lineWidth = node.id === selected ? 2 : 1.2;
  context.setLineDash(node.ink === 'removed' ? [4, 4] : []);
  context.beginPath();
  if (node.kind === 'domain') {
    context.moveTo(x - w, y);
    context.lineTo(x - w + 9, y - h);
    context.lineTo(x + w - 9, y - h);
    context.lineTo(x + w, y);
    context.lineTo(x + w - 9, y + h);
    context.lineTo(x - w + 9, y + h);
    context.closePath();
  } else context.roundRect(x - w, y - h, 2 * w, 2 * h, outside ? 4 : node.kind === 'host' ? 7 : h);
  context.fill();
  context.stroke();
  context.setLineDash([]);
  if (node.errorShare > 0) {
    // A thin ring for the share of errors that it serves.
    context.strokeStyle = ink.error;
    context.lineWidth = 2.2;
    context.beginPath();
    context.arc(x - w + 12, y, 5, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Math.max(node.errorShare, 0.04));
    context.stroke();
  }
  if (detailed) {
    context.fillStyle = ink['text-1'];
    context.font = '13px "Inter Variable", sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(shortName(node.name), x + (node.errorShare > 0 ? 5 : 0), y + 0.5);
    context.textBaseline = 'alphabetic';
  }
  context.globalAlpha = 1;
}

/** Rate and p95 of the edges that matter: the hovered or selected ones, else the busiest, never on top of one another. */
function drawLabels(context: CanvasRenderingContext2D, scene: Scene, ink: Inks, near: Near | undefined): void {
  const wanted =
    near === undefined
      ? [...scene.edges].sort((a, b) => b.golden.rate - a.golden.rate).slice(0, 12)
      : scene.edges.filter((e) => near.edges.has(e.id));
  const taken: [number, number, number, number][] = scene.nodes.map((n) => [
    n.x - n.halfWidth,
    n.y - n.halfHeight,
    n.x + n.halfWidth,
    n.y + n.halfHeight,
  ]);
  context.font = '11px "Inter Variable", sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const edge of wanted) {
    const parts = [edge.protocol || (edge.port > 0 ? `:${edge.port}` : 'tcp')];
    if (edge.golden.rate > 0) parts.push(quantityText(rate(edge.golden.rate)));
    if (edge.golden.p95_ns !== null) parts.push(quantityText(duration(edge.golden.p95_ns)));
    const text =
      edge.changes.length > 0
        ? `${edge.changes.join(', ').replaceAll('_', ' ')} · ${parts.join(' · ')}`
        : parts.join(' · ');
    const [x1, y1, cx1, cy1, cx2, cy2, x2, y2] = curve(edge);
    const x = (x1 + 3 * cx1 + 3 * cx2 + x2) / 8;
    const y = (y1 + 3 * cy1 + 3 * cy2 + y2) / 8;
    const w = context.measureText(text).width / 2 + 5;
    const box: [number, number, number, number] = [x - w, y - 8, x + w, y + 8];
    if (taken.some((t) => t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1])) continue;
    taken.push(box);
    context.fillStyle = ink['surface-0'];
    context.globalAlpha = 0.85;
    context.fillRect(x - w, y - 8, 2 * w, 16);
    context.globalAlpha = 1;
    context.fillStyle = ink['text-2'];
    context.fillText(text, x, y + 0.5);
  }
  context.textBaseline = 'alphabetic';
}
