import type { Graph, GraphDelta, Loss } from '../../model/api.ts';
import { bucketMilliseconds, type LiveGraph } from '../../topology/index.ts';
import type { EntityDirectory } from '../entities.ts';
import type { EventStream } from '../http/handlers.ts';
import { graphOf } from '../read/graph.ts';
import { secondsOf } from '../read/span.ts';

/** Edges that a live graph shows at most. */
const mostEdges = 20_000;

/** Serves one reader of the live graph until the signal is aborted: all of it first, then what changed. */
export class LiveGraphStream {
  readonly #live: LiveGraph;
  readonly #entities: EntityDirectory;
  readonly #losses: () => readonly Loss[];
  readers = 0;

  constructor(live: LiveGraph, entities: EntityDirectory, losses: () => readonly Loss[]) {
    this.#live = live;
    this.#entities = entities;
    this.#losses = losses;
  }

  /** The graph of the last `seconds`, in whole buckets. */
  async graph(seconds: number): Promise<Graph> {
    const now = Date.now();
    const from = Math.floor((now - seconds * 1000) / bucketMilliseconds) * bucketMilliseconds;
    const span = { from, to: now };
    return await graphOf(this.#entities, this.#live.edges(from), {
      span,
      group: 'workload',
      limit: mostEdges,
      losses: this.#losses(),
      seconds: secondsOf(span),
    });
  }

  async serve(stream: EventStream, question: { window: number; interval: number }, signal: AbortSignal): Promise<void> {
    this.readers++;
    try {
      let before = await this.graph(question.window);
      stream.send('graph', JSON.stringify({ ...before, resolution: bucketMilliseconds / 1000 }));
      while (!signal.aborted) {
        await pause(question.interval, signal);
        await stream.drained();
        if (signal.aborted) return;
        const now = await this.graph(question.window);
        stream.send('delta', JSON.stringify(deltaOf(before, now)));
        before = now;
      }
    } finally {
      this.readers--;
    }
  }
}

/** What is new, gone or different in the second. Rates change by themselves as the window moves: that alone is no news. */
function deltaOf(before: Graph, now: Graph): GraphDelta {
  const changed = <T extends { readonly id: string }>(
    old: readonly T[],
    fresh: readonly T[],
    same: (a: T, b: T) => boolean,
  ) => {
    const known = new Map(old.map((one) => [one.id, one]));
    const list = fresh.filter((one) => {
      const was = known.get(one.id);
      known.delete(one.id);
      return was === undefined || !same(was, one);
    });
    return { list, removed: [...known.keys()] };
  };
  const edges = changed(
    before.edges,
    now.edges,
    (a, b) =>
      a.requests === b.requests &&
      a.bytes_in === b.bytes_in &&
      a.bytes_out === b.bytes_out &&
      a.opened === b.opened &&
      a.failed === b.failed,
  );
  const nodes = changed(
    before.nodes,
    now.nodes,
    (a, b) =>
      a.name === b.name &&
      a.in.requests === b.in.requests &&
      a.out.requests === b.out.requests &&
      a.in.bytes_in === b.in.bytes_in &&
      a.out.bytes_out === b.out.bytes_out,
  );
  return {
    span: now.span,
    nodes: nodes.list,
    edges: edges.list,
    removed_nodes: nodes.removed,
    removed_edges: edges.removed,
    losses: now.losses,
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
