import type { DiffEdge, Golden, Graph, GraphDiff, GraphEdge, GraphNode, Loss } from '../../../../src/model/api.ts';

/** How an edge or node stands in a comparison of two times. */
export type Ink = 'same' | 'added' | 'removed' | 'changed';

/** An edge as the server knows it: one port. */
export interface DataEdge {
  readonly id: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  /** What is measured now; null where it is gone. */
  readonly now: Golden | null;
  /** What was measured before; undefined where nothing is compared. */
  readonly before: Golden | null | undefined;
  readonly changes: DiffEdge['changes'];
}

/** A graph, or two in one. */
export interface MapData {
  readonly compares: boolean;
  readonly span: { readonly from: number; readonly to: number };
  readonly beforeSpan: { readonly from: number; readonly to: number } | undefined;
  readonly nodes: readonly (GraphNode & { readonly change: 'added' | 'removed' | 'same' })[];
  readonly edges: readonly DataEdge[];
  readonly truncated: boolean;
  readonly losses: readonly Loss[];
}

function dataEdge(edge: GraphEdge): DataEdge {
  const { id, source, destination, protocol, port } = edge;
  return { id, source, destination, protocol, port, now: edge, before: undefined, changes: [] };
}

/** The graph of a span. */
export function dataOfGraph(graph: Omit<Graph, 'group' | 'resolution'>): MapData {
  return {
    compares: false,
    span: graph.span,
    beforeSpan: undefined,
    nodes: graph.nodes.map((node) => ({ ...node, change: 'same' as const })),
    edges: graph.edges.map(dataEdge),
    truncated: graph.truncated,
    losses: graph.losses,
  };
}

/** Two spans in one. */
export function dataOfDiff(diff: GraphDiff): MapData {
  return {
    compares: true,
    span: diff.after,
    beforeSpan: diff.before,
    nodes: diff.nodes,
    edges: diff.edges.map(({ after, before, ...edge }) => ({ ...edge, now: after, before })),
    truncated: false,
    losses: [],
  };
}
