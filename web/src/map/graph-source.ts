/** Where the worker gets its graph from: the live stream where that has the answer, else by asking again and again. */
import type { Graph, GraphDelta, GraphDiff } from '../../../src/model/api.ts';
import { ApiError, apiUrl, get, type Problem } from '../data/api.ts';
import type { MapQuestion } from './messages.ts';
import { dataOfDiff, dataOfGraph, type MapData } from './scene/data.ts';

/** The live stream looks back so far at most. */
const longestWindow = 900;
/** Milliseconds between pictures. */
const liveInterval = 400;
const pollInterval = 1000;
const diffInterval = 4000;
/** Agents may tell so late. */
const stillComing = 15_000;

export interface GraphListener {
  data(data: MapData): void;
  problem(problem: Problem): void;
}

/** Follows one question until it is closed. */
export class GraphSource {
  readonly #question: MapQuestion;
  readonly #listener: GraphListener;
  readonly #stop = new AbortController();
  #events: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(question: MapQuestion, listener: GraphListener) {
    this.#question = question;
    this.#listener = listener;
    const window = this.#liveWindow();
    if (window === undefined) void this.#poll();
    else this.#follow(window);
  }

  close(): void {
    this.#stop.abort();
    this.#events?.close();
    clearTimeout(this.#timer);
  }

  /** Seconds that the live stream can look back for this question; undefined where it cannot answer. */
  #liveWindow(): number | undefined {
    const { from, to, filter, group, before } = this.#question;
    if (to !== 'now' || filter !== '' || before !== undefined || group !== 'workload') return undefined;
    const relative = /^-(\d+)([smh])$/.exec(from);
    const seconds = relative === null ? 0 : Number(relative[1]) * ({ s: 1, m: 60, h: 3600 }[relative[2]] ?? 0);
    return seconds >= 10 && seconds <= longestWindow ? seconds : undefined;
  }

  #follow(window: number): void {
    const events = new EventSource(apiUrl('/live/graph', { window, interval: liveInterval }));
    this.#events = events;
    let graph: Pick<Graph, 'span' | 'truncated' | 'losses'> | undefined;
    const nodes = new Map<string, Graph['nodes'][number]>();
    const edges = new Map<string, Graph['edges'][number]>();
    const tell = (): void => {
      if (graph === undefined) return;
      this.#listener.data(dataOfGraph({ ...graph, nodes: [...nodes.values()], edges: [...edges.values()] }));
    };
    events.addEventListener('graph', (event: MessageEvent<string>) => {
      const whole = JSON.parse(event.data) as Graph;
      graph = whole;
      nodes.clear();
      edges.clear();
      for (const node of whole.nodes) nodes.set(node.id, node);
      for (const edge of whole.edges) edges.set(edge.id, edge);
      tell();
    });
    events.addEventListener('delta', (event: MessageEvent<string>) => {
      const delta = JSON.parse(event.data) as GraphDelta;
      if (graph === undefined) return;
      graph = { ...graph, span: delta.span, losses: delta.losses };
      for (const id of delta.removed_nodes) nodes.delete(id);
      for (const id of delta.removed_edges) edges.delete(id);
      for (const node of delta.nodes) nodes.set(node.id, node);
      for (const edge of delta.edges) edges.set(edge.id, edge);
      tell();
    });
    events.onerror = () => {
      // The browser tries again by itself, except where it was turned away.
      this.#listener.problem({
        title: 'The server does not answer',
        status: 0,
        next: 'The map goes on by itself as soon as it does. Is wirelight up still running?',
      });
      if (events.readyState === EventSource.CLOSED && !this.#stop.signal.aborted) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#follow(window), 2000);
      }
    };
  }

  async #poll(): Promise<void> {
    const { from, to, filter, group, before } = this.#question;
    const { signal } = this.#stop;
    const began = Date.now();
    try {
      const data =
        before === undefined
          ? dataOfGraph(await get<Graph>('/graph', { from, to, filter, group }, signal))
          : dataOfDiff(
              await get<GraphDiff>(
                '/graph/diff',
                { before_from: before.from, before_to: before.to, after_from: from, after_to: to, filter, group },
                signal,
              ),
            );
      this.#listener.data(data);
    } catch (error) {
      if (signal.aborted) return;
      this.#listener.problem(error instanceof ApiError ? error.problem : { title: String(error), status: 0 });
    }
    // What lies behind stays as it is, once everything of it has come in.
    if (signal.aborted || (to !== 'now' && Date.now() - Number(to) > stillComing)) return;
    // A question that takes long is asked less often.
    const pause = Math.max(before === undefined ? pollInterval : diffInterval, (Date.now() - began) * 3);
    this.#timer = setTimeout(() => void this.#poll(), pause);
  }
}
