import type { Loss } from '../../model/api.ts';
import type { LiveGraph } from '../../topology/index.ts';
import type { EntityDirectory } from '../entities.ts';
import type { EventStream } from '../http/handlers.ts';
import { LiveView } from './live-view.ts';

/** Where nothing comes in the window moves on all the same. */
const quietInterval = 5_000;
/** A window that nobody looks through any more is kept for so long: who reloads a page comes again. */
const viewKept = 60_000;

/** Serves readers of the live graph until their signal is aborted: all of it first, then what changed. */
export class LiveGraphStream {
  readonly #live: LiveGraph;
  readonly #entities: EntityDirectory;
  readonly #losses: () => readonly Loss[];
  /** Views by their window, while anybody looks. */
  readonly #views = new Map<number, { readonly view: LiveView; readers: number; leftAt: number }>();
  readers = 0;

  constructor(live: LiveGraph, entities: EntityDirectory, losses: () => readonly Loss[]) {
    this.#live = live;
    this.#entities = entities;
    this.#losses = losses;
  }

  async serve(stream: EventStream, question: { window: number; interval: number }, signal: AbortSignal): Promise<void> {
    const shared = this.#views.get(question.window) ?? {
      view: new LiveView(this.#live, this.#entities, this.#losses, question.window),
      readers: 0,
      leftAt: 0,
    };
    this.#views.set(question.window, shared);
    for (const [window, { readers, leftAt }] of this.#views)
      if (readers === 0 && window !== question.window && Date.now() - leftAt > viewKept) this.#views.delete(window);
    shared.readers++;
    this.readers++;
    try {
      await this.#follow(shared.view, stream, question.interval, signal);
    } finally {
      this.readers--;
      if (--shared.readers === 0) shared.leftAt = Date.now();
    }
  }

  async #follow(view: LiveView, stream: EventStream, interval: number, signal: AbortSignal): Promise<void> {
    await view.refresh();
    let at = view.at;
    stream.send('graph', JSON.stringify(view.graph()));
    while (!signal.aborted) {
      const change = new AbortController();
      const stop = AbortSignal.any([signal, change.signal]);
      const news = this.#live.changed(stop);
      await pause(interval, signal);
      // What comes after a pause is told at once.
      await Promise.race([news, pause(quietInterval, stop)]);
      change.abort();
      await stream.drained();
      if (signal.aborted) return;
      const began = Date.now();
      await view.refresh();
      const delta = view.since(at);
      at = view.at;
      stream.send('delta', JSON.stringify(delta));
      // A graph that takes long to tell is told less often.
      await pause((Date.now() - began) * 2, signal);
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || milliseconds <= 0) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
