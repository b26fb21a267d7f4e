import { shortName } from '../scene/names.ts';
import type { Hull, Placing, SceneEdge, SceneNode } from '../scene/scene.ts';
import { addTo } from './add-to.ts';
import { flat, grouped } from './grouped.ts';
import type { Point } from './point.ts';

/** Where things stood, by space and node: what a person's browser remembers. `pinned`: moved there by hand. */
export type KeptPlaces = readonly (readonly [space: string, id: string, x: number, y: number, pinned: boolean])[];

/** Of larger maps only what was moved by hand is remembered. */
const mostKept = 600;
/** Below so many nodes a map that doubles is laid out anew: it was not yet a picture that anybody keeps in mind. */
const young = 24;

/**
 * Where everything stands. Each way of grouping is a space of its own; in a space nothing that has a place ever moves by
 * itself, also not when it vanishes and comes again.
 */
export class Places implements Placing {
  down = false;
  readonly #spaces = new Map<string, Map<string, Point>>();
  readonly #pinned = new Map<string, Map<string, Point>>();
  readonly #textWidth: (text: string) => number;
  readonly #widths = new Map<string, number>();
  /** Nodes of a space when it was laid out last. */
  readonly #laidOut = new Map<string, number>();

  /** @param textWidth pixels of a name in its pill */
  constructor(textWidth: (text: string) => number, kept: KeptPlaces) {
    this.#textWidth = textWidth;
    for (const [space, id, x, y, pinned] of kept) {
      if (pinned) this.pin(space, id, { x, y });
      else spaceOf(this.#spaces, space).set(id, { x, y });
    }
    for (const [space, points] of this.#spaces) this.#laidOut.set(space, points.size);
  }

  /** Forgets everything: the next picture is laid out anew. */
  forget(): void {
    this.#spaces.clear();
    this.#pinned.clear();
    this.#laidOut.clear();
  }

  /** Measures names anew: another typeface came. */
  forgetWidths(): void {
    this.#widths.clear();
  }

  /** Moves a node for good. */
  pin(space: string, id: string, point: Point): void {
    spaceOf(this.#pinned, space).set(id, point);
    spaceOf(this.#spaces, space).set(id, point);
  }

  kept(): KeptPlaces {
    const list = [...this.#spaces]
      .filter(([space]) => !space.startsWith('focus '))
      .flatMap(([space, points]) =>
        [...points].map(
          ([id, { x, y }]) =>
            [space, id, Math.round(x), Math.round(y), this.#pinned.get(space)?.has(id) === true] as const,
        ),
      );
    return list.length <= mostKept ? list : list.filter(([, , , , pinned]) => pinned).slice(-mostKept);
  }

  sizeOf(node: Pick<SceneNode, 'name' | 'in' | 'out' | 'members' | 'kind'>): readonly [number, number] {
    const text = shortName(node.name);
    let width = this.#widths.get(text);
    if (width === undefined) {
      width = this.#textWidth(text);
      this.#widths.set(text, width);
    }
    const load = Math.max(node.in.rate, node.out.rate);
    const group = node.kind === 'group';
    return [width / 2 + (group ? 34 : 22), 14 + Math.min(Math.log10(1 + load) * 3, 12) + (group ? 4 : 0)];
  }

  place(
    space: string,
    nodes: readonly SceneNode[],
    edges: readonly SceneEdge[],
    hulls: readonly Hull[],
  ): ReadonlyMap<string, Point> {
    for (const name of this.#spaces.keys()) if (name.startsWith('focus ') && name !== space) this.#spaces.delete(name);
    const known = spaceOf(this.#spaces, space);
    const pinned = spaceOf(this.#pinned, space);
    const missing = nodes.filter((node) => !known.has(node.id));
    if (missing.length === 0) return known;
    const lines = edges.map((edge) => ({
      source: edge.source.id,
      destination: edge.destination.id,
      weight: edge.golden.requests,
    }));
    // A few new ones find a place; where most are new, the picture is new.
    const settled = nodes.length - missing.length;
    const laidOut = this.#laidOut.get(space) ?? 0;
    const isYoung = laidOut < young && nodes.length >= laidOut * 2 && pinned.size === 0;
    let fresh: Map<string, Point>;
    if (settled >= nodes.length * 0.5 && !isYoung) fresh = addTo(nodes, lines, known, this.#wishes(missing, known));
    else {
      const plain = nodes.map(({ id, halfWidth, halfHeight }) => ({ id, halfWidth, halfHeight }));
      const { down } = this;
      fresh = hulls.length > 1 ? grouped(plain, lines, hulls, down) : flat(plain, lines, down);
      this.#laidOut.set(space, nodes.length);
    }
    for (const [id, point] of fresh) known.set(id, pinned.get(id) ?? point);
    return known;
  }

  /** A group that was just collapsed stands in the middle of what it was. */
  #wishes(missing: readonly SceneNode[], known: ReadonlyMap<string, Point>): Map<string, Point> {
    const wishes = new Map<string, Point>();
    for (const node of missing) {
      const points = node.members.flatMap((id) => known.get(id) ?? []);
      if (points.length === 0) continue;
      const mean = (value: (point: Point) => number): number =>
        points.reduce((sum, point) => sum + value(point), 0) / points.length;
      wishes.set(node.id, { x: mean((p) => p.x), y: mean((p) => p.y) });
    }
    return wishes;
  }
}

function spaceOf(spaces: Map<string, Map<string, Point>>, name: string): Map<string, Point> {
  const known = spaces.get(name);
  if (known !== undefined) return known;
  const fresh = new Map<string, Point>();
  spaces.set(name, fresh);
  return fresh;
}
