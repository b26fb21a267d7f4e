import type { Graph, GraphDelta, GraphEdge, GraphNode, Loss } from '../../model/api.ts';
import { type KeptEdge, type LiveGraph, LiveWindow, Tally } from '../../topology/index.ts';
import type { EntityDirectory } from '../entities.ts';
import { edgeId, nodeOf } from '../read/graph.ts';
import { secondsOf } from '../read/span.ts';

/** Edges that a live graph shows at most. */
const mostEdges = 20_000;
/** Milliseconds for which an answer is good enough for another reader. */
const fresh = 100;

interface ShownEdge {
  readonly shown: GraphEdge;
  readonly tally: Tally;
  readonly at: number;
}

interface ShownNode {
  readonly shown: GraphNode;
  /** What it was named by. */
  readonly entity: unknown;
  readonly at: number;
}

/**
 * The graph of the last so many seconds, kept up to date by what changes, for all readers of the same window. Each
 * refresh has a number; a reader is told what changed since the one that it saw last.
 */
export class LiveView {
  readonly #entities: EntityDirectory;
  readonly #losses: () => readonly Loss[];
  readonly #window: LiveWindow;
  readonly #edges = new Map<string, ShownEdge>();
  readonly #nodes = new Map<string, ShownNode>();
  readonly #around = new Map<string, Set<string>>();
  readonly #removed: { readonly kind: 'node' | 'edge'; readonly id: string; readonly at: number }[] = [];
  #span = { from: 0, to: 0 };
  #at = 0;
  #refreshed = 0;
  #running: Promise<void> | undefined;
  #truncated = false;

  constructor(live: LiveGraph, entities: EntityDirectory, losses: () => readonly Loss[], seconds: number) {
    this.#entities = entities;
    this.#losses = losses;
    this.#window = new LiveWindow(live, seconds);
  }

  /** The number of the last refresh. */
  get at(): number {
    return this.#at;
  }

  /** Takes in what came since, unless that was done a moment ago. */
  async refresh(now = Date.now()): Promise<void> {
    if (this.#running !== undefined) return await this.#running;
    if (now - this.#refreshed < fresh) return;
    this.#running = this.#take(now).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** All of it. */
  graph(): Graph {
    return {
      span: this.#span,
      resolution: 10,
      group: 'workload',
      nodes: [...this.#nodes.values()].map(({ shown }) => shown),
      edges: [...this.#edges.values()].map(({ shown }) => shown),
      truncated: this.#truncated,
      losses: [...this.#losses()],
    };
  }

  /** What changed after a refresh. */
  since(at: number): GraphDelta {
    const later = <T>(shown: Iterable<{ readonly shown: T; readonly at: number }>): T[] => {
      const list: T[] = [];
      for (const one of shown) if (one.at > at) list.push(one.shown);
      return list;
    };
    const gone = this.#removed.filter((one) => one.at > at);
    const ids = (kind: 'node' | 'edge', there: ReadonlyMap<string, unknown>): string[] =>
      gone.filter((one) => one.kind === kind && !there.has(one.id)).map((one) => one.id);
    return {
      span: this.#span,
      nodes: later(this.#nodes.values()),
      edges: later(this.#edges.values()),
      removed_nodes: ids('node', this.#nodes),
      removed_edges: ids('edge', this.#edges),
      losses: [...this.#losses()],
    };
  }

  async #take(now: number): Promise<void> {
    const { changed, removed, from } = this.#window.update(now);
    await this.#entities.want(changed.flatMap(({ edge }) => [edge.source, edge.destination]));
    this.#at++;
    this.#refreshed = now;
    this.#span = { from, to: now };
    const seconds = secondsOf(this.#span, now);
    const touched = new Set<string>();
    for (const edge of removed) this.#remove(edge, touched);
    this.#truncated = false;
    for (const { edge, tally } of changed) {
      const id = edgeId(edge);
      if (!this.#edges.has(id) && this.#edges.size >= mostEdges) {
        this.#truncated = true;
        continue;
      }
      const { source, destination, protocol, port } = edge;
      this.#edges.set(id, {
        shown: { id, source, destination, protocol, port, ...tally.golden(seconds) },
        tally,
        at: this.#at,
      });
      for (const end of [source, destination]) {
        touched.add(end);
        const around = this.#around.get(end);
        if (around === undefined) this.#around.set(end, new Set([id]));
        else around.add(id);
      }
    }
    for (const [id, { entity }] of this.#nodes) if (entity !== this.#entities.peek(id)) touched.add(id);
    for (const id of touched) this.#node(id, seconds);
    // A reader that is further behind than this is told everything again.
    if (this.#removed.length > 50_000) this.#removed.splice(0, 25_000);
  }

  #remove(edge: KeptEdge, touched: Set<string>): void {
    const id = edgeId(edge);
    if (!this.#edges.delete(id)) return;
    this.#removed.push({ kind: 'edge', id, at: this.#at });
    for (const end of [edge.source, edge.destination]) {
      this.#around.get(end)?.delete(id);
      touched.add(end);
    }
  }

  #node(id: string, seconds: number): void {
    const around = this.#around.get(id);
    if (around === undefined || around.size === 0) {
      this.#around.delete(id);
      if (this.#nodes.delete(id)) this.#removed.push({ kind: 'node', id, at: this.#at });
      return;
    }
    const [into, out] = [new Tally(), new Tally()];
    for (const edge of around) {
      const known = this.#edges.get(edge);
      if (known === undefined) continue;
      if (known.shown.source === id) out.merge(known.tally);
      if (known.shown.destination === id) into.merge(known.tally);
    }
    this.#nodes.set(id, {
      shown: { ...nodeOf(this.#entities, id, 'workload', 1), in: into.golden(seconds), out: out.golden(seconds) },
      entity: this.#entities.peek(id),
      at: this.#at,
    });
  }
}
