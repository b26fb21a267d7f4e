import type { Direction } from './look.ts';

interface Ends {
  readonly source: { readonly id: string };
  readonly destination: { readonly id: string };
}

/** Only what reaches a node (`up`), is reached from it (`down`), or both, in so many steps. */
export function focusOn<Node extends { readonly id: string }, Edge extends Ends>(
  graph: { readonly nodes: readonly Node[]; readonly edges: readonly Edge[] },
  id: string,
  depth: number,
  direction: Direction,
): { nodes: Node[]; edges: Edge[] } {
  const kept = new Set([id]);
  const grow = (near: (edge: Edge) => string, far: (edge: Edge) => string): void => {
    const around = new Map<string, string[]>();
    for (const edge of graph.edges) {
      const list = around.get(near(edge));
      if (list === undefined) around.set(near(edge), [far(edge)]);
      else list.push(far(edge));
    }
    const seen = new Set([id]);
    let rim = [id];
    for (let step = 0; step < depth && rim.length > 0; step++) {
      rim = [...new Set(rim.flatMap((one) => around.get(one) ?? []))].filter((one) => !seen.has(one));
      for (const one of rim) {
        seen.add(one);
        kept.add(one);
      }
    }
  };
  if (direction !== 'up')
    grow(
      (edge) => edge.source.id,
      (edge) => edge.destination.id,
    );
  if (direction !== 'down')
    grow(
      (edge) => edge.destination.id,
      (edge) => edge.source.id,
    );
  return {
    nodes: graph.nodes.filter((node) => kept.has(node.id)),
    edges: graph.edges.filter((edge) => kept.has(edge.source.id) && kept.has(edge.destination.id)),
  };
}
