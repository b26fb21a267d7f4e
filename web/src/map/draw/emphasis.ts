import type { Scene } from '../scene/scene.ts';

/** What stands out; everything else fades where there is something. */
export interface Emphasis {
  readonly hovered: string;
  readonly selected: string;
  /** Nodes that matter; undefined: all do. */
  readonly nodes: ReadonlySet<string> | undefined;
  readonly edges: ReadonlySet<string> | undefined;
}

export const noEmphasis: Emphasis = { hovered: '', selected: '', nodes: undefined, edges: undefined };

/** What belongs to the hovered or selected thing, or is found by a search. */
export function emphasisOf(scene: Scene, hovered: string, selected: string, find: string): Emphasis {
  const nodes = new Set<string>();
  const edges = new Set<string>();
  const ids = new Set([hovered, selected].filter((id) => id !== ''));
  if (ids.size > 0) {
    for (const edge of scene.edges) {
      const isIt = ids.has(edge.id) || edge.parts.some((part) => ids.has(part.id));
      if (!isIt && !ids.has(edge.source.id) && !ids.has(edge.destination.id)) continue;
      edges.add(edge.id);
      nodes.add(edge.source.id).add(edge.destination.id);
    }
    for (const node of scene.nodes) if (ids.has(node.id)) nodes.add(node.id);
  }
  const wanted = find.trim().toLowerCase();
  if (wanted !== '') for (const node of scene.nodes) if (node.name.toLowerCase().includes(wanted)) nodes.add(node.id);
  const any = nodes.size > 0 || wanted !== '';
  return { hovered, selected, nodes: any ? nodes : undefined, edges: any ? edges : undefined };
}
