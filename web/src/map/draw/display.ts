/** What is drawn, with form and colour: the same for canvas, WebGL and SVG. */
import { hullPadding } from '../layout/grouped.ts';
import { errorShare, noGolden, strength } from '../scene/golden.ts';
import type { Look } from '../scene/look.ts';
import type { Bundle, Hull, Scene, SceneEdge, SceneNode } from '../scene/scene.ts';
import type { Box } from './camera.ts';
import { type Curve, curveBetween } from './curve.ts';
import { type Inks, mixed, type Rgb } from './inks.ts';
import { routed } from './route.ts';

export interface DrawnEdge {
  readonly edge: SceneEdge;
  readonly golden: SceneEdge['golden'];
  curve: Curve;
  readonly width: number;
  readonly colour: Rgb;
  readonly opacity: number;
  readonly dashed: boolean;
  /** Share of its far end that is in the colour of errors, 0..1. */
  readonly bad: number;
}

export type NodeShape = 'pill' | 'hexagon' | 'square' | 'box' | 'stack';

export interface DrawnNode {
  readonly node: SceneNode;
  readonly shape: NodeShape;
  readonly fill: Rgb;
  readonly stroke: Rgb;
  readonly dashed: boolean;
  readonly opacity: number;
  readonly bad: number;
}

export interface DrawnHull {
  readonly hull: Hull;
  readonly box: Box;
}

export interface DrawnBundle {
  readonly bundle: Bundle;
  readonly curve: Curve;
  readonly width: number;
  readonly colour: Rgb;
  readonly bad: number;
}

export interface Display {
  readonly scene: Scene;
  readonly inks: Inks;
  readonly edges: readonly DrawnEdge[];
  readonly nodes: readonly DrawnNode[];
  readonly hulls: readonly DrawnHull[];
  readonly bundles: readonly DrawnBundle[];
  readonly bounds: Box;
}

/** Which of two compared spans is drawn; 'both' for one picture of both, and where nothing is compared. */
export type Side = 'both' | 'before' | 'now';

/** Gives everything its form and colour. */
export function displayOf(scene: Scene, look: Look, inks: Inks, side: Side = 'both'): Display {
  const nodes: DrawnNode[] = [];
  for (const node of scene.nodes) {
    if ((side === 'before' && node.ink === 'added') || (side === 'now' && node.ink === 'removed')) continue;
    nodes.push(drawnNode(node, inks, side));
  }
  const edges: DrawnEdge[] = [];
  for (const edge of scene.edges) {
    const golden = side === 'before' ? edge.before : side === 'now' ? edge.now : edge.golden;
    if (golden === null || golden === undefined) continue;
    const plain = side !== 'both' || edge.ink === 'same';
    const bad = errorShare(golden);
    edges.push({
      edge,
      golden,
      curve: curveOf(edge, scene),
      width: 1.1 + strength(golden, look.width, scene.seconds) * 5.5,
      colour: plain ? ramp(golden, look, scene.seconds, inks) : changeColour(edge, inks),
      opacity: plain ? (scene.compares && side === 'both' ? 0.42 : 0.78) : 0.95,
      dashed: edge.protocol === '' && edge.protocols.length === 1 ? true : !plain && edge.ink === 'removed',
      bad,
    });
  }
  const hulls = scene.hulls.length > 1 ? scene.hulls.map((hull) => ({ hull, box: hullBox(hull) })) : [];
  const boxes = new Map(hulls.map(({ hull, box }) => [hull.key, rectangleOf(box)]));
  const bundles = scene.bundles.flatMap((bundle): DrawnBundle[] => {
    const source = boxes.get(bundle.source.key);
    const destination = boxes.get(bundle.destination.key);
    if (source === undefined || destination === undefined) return [];
    const same = bundle.ink === 'same' || side !== 'both';
    return [
      {
        bundle,
        curve: curveBetween(source, destination, 0, scene.down),
        width: 1.4 + strength(bundle.golden, look.width, scene.seconds) * 7,
        colour: same
          ? ramp(bundle.golden, look, scene.seconds, inks)
          : bundle.ink === 'added'
            ? inks.new
            : bundle.ink === 'removed'
              ? inks.gone
              : inks['text-1'],
        bad: errorShare(bundle.golden),
      },
    ];
  });
  // The most first.
  bundles.sort((a, b) => b.width - a.width);
  return { scene, inks, edges, nodes, hulls, bundles, bounds: boundsOf(scene, hulls) };
}

/** Follows nodes that were moved. */
export function moveEdges(display: Display, id: string): void {
  for (const drawn of display.edges) {
    const { edge } = drawn;
    if (edge.source.id === id || edge.destination.id === id) drawn.curve = curveOf(edge, display.scene);
  }
}

/** In small maps edges go around nodes; in large ones nobody could tell, and it would take long. */
function curveOf({ source, destination, bend }: SceneEdge, { nodes, edges, down }: Scene): Curve {
  return nodes.length <= 90 && edges.length <= 220 && source !== destination
    ? routed(source, destination, bend, down, nodes)
    : curveBetween(source, destination, bend, down);
}

function drawnNode(node: SceneNode, inks: Inks, side: Side): DrawnNode {
  const outside = node.kind === 'domain' || node.kind === 'address' || node.kind === 'unknown';
  const changed = side === 'both' ? node.ink : 'same';
  return {
    node,
    shape:
      node.kind === 'domain'
        ? 'hexagon'
        : node.kind === 'group' || node.kind === 'namespace'
          ? 'stack'
          : node.kind === 'host'
            ? 'box'
            : outside
              ? 'square'
              : 'pill',
    fill: outside ? inks['surface-0'] : inks['surface-2'],
    stroke:
      changed === 'added'
        ? inks.new
        : outside || changed === 'removed'
          ? inks['text-3']
          : mixed(inks.line, inks['text-3'], 0.25),
    dashed: changed === 'removed' || node.kind === 'unknown' || node.kind === 'address',
    opacity: changed === 'removed' ? 0.65 : 1,
    bad: node.errorShare,
  };
}

/** One hue from quiet to much: violet for slow, vermilion for failed, light for busy. */
function ramp(golden: SceneEdge['golden'], look: Look, seconds: number, inks: Inks): Rgb {
  const hot = look.colour === 'p95' ? inks.slow : look.colour === 'errors' ? inks.error : inks['text-1'];
  const share = strength(golden ?? noGolden, look.colour, seconds);
  return mixed(inks['text-3'], hot, look.colour === 'errors' && share > 0 ? Math.max(share, 0.5) : share);
}

/** The third ink says the direction of a change: violet slower, vermilion more failures, light for the rest. */
function changeColour(edge: SceneEdge, inks: Inks): Rgb {
  if (edge.ink === 'added') return inks.new;
  if (edge.ink === 'removed') return inks.gone;
  if (edge.changes.includes('more_errors')) return inks.error;
  if (edge.changes.includes('slower')) return inks.slow;
  return inks['text-1'];
}

function hullBox({ nodes }: Hull): Box {
  let [x1, x2, y1, y2] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const node of nodes) {
    x1 = Math.min(x1, node.x - node.halfWidth);
    x2 = Math.max(x2, node.x + node.halfWidth);
    y1 = Math.min(y1, node.y - node.halfHeight);
    y2 = Math.max(y2, node.y + node.halfHeight);
  }
  const { side, top, bottom } = hullPadding;
  return { x1: x1 - side, x2: x2 + side, y1: y1 - top, y2: y2 + bottom };
}

function rectangleOf({ x1, x2, y1, y2 }: Box) {
  return { x: (x1 + x2) / 2, y: (y1 + y2) / 2, halfWidth: (x2 - x1) / 2, halfHeight: (y2 - y1) / 2 };
}

function boundsOf(scene: Scene, hulls: readonly DrawnHull[]): Box {
  let [x1, x2, y1, y2] = [Infinity, -Infinity, Infinity, -Infinity];
  const take = (box: Box): void => {
    x1 = Math.min(x1, box.x1);
    x2 = Math.max(x2, box.x2);
    y1 = Math.min(y1, box.y1);
    y2 = Math.max(y2, box.y2);
  };
  for (const { x, y, halfWidth: w, halfHeight: h } of scene.nodes) take({ x1: x - w, x2: x + w, y1: y - h, y2: y + h });
  for (const { box } of hulls) take(box);
  return Number.isFinite(x1) ? { x1, y1, x2, y2 } : { x1: 0, y1: 0, x2: 1, y2: 1 };
}
