import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome } from '../../model/request.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import type { Frame } from '../frames.ts';
import { PendingQueue } from '../pending.ts';
import { Key, Kind } from './waiting.ts';

/**
 * The requests of one connection that wait for their answers, in the order in which they were asked. ReadyForQuery ends what
 * stands before a Sync, and the last Execute before it, since that is when its transaction commits or fails.
 */
export class WaitingRequests {
  readonly #queue = new PendingQueue(newExchange, 4096);
  readonly #emit: (e: Exchange) => void;

  /** @param emit takes each request once nothing more is to come for it */
  constructor(emit: (e: Exchange) => void) {
    this.#emit = emit;
  }

  get length(): number {
    return this.#queue.length;
  }

  first(): Exchange | undefined {
    return this.#queue.first();
  }

  last(): Exchange | undefined {
    return this.#queue.last();
  }

  /** A place for a request; undefined where too many wait. */
  add(): Exchange | undefined {
    return this.#queue.add();
  }

  /** True where ReadyForQuery is to come more than once. */
  get severalWait(): boolean {
    for (let i = 0; i < this.#queue.length - 1; i++) {
      const e = this.#queue.at(i);
      if (e !== undefined && (e.kind <= Kind.query || (e.key & Key.sync) !== 0)) return true;
    }
    return false;
  }

  /** Whose answer is coming: the first that is not complete, or, where none follows before a Sync, the one that is. */
  answered(): Exchange | undefined {
    const queue = this.#queue;
    for (;;) {
      const e = queue.first();
      if (e === undefined || (e.key & Key.done) === 0 || (e.key & Key.sync) !== 0 || queue.length === 1) return e;
      queue.shift();
      this.#emit(e);
    }
  }

  /** One of the steps of the first request was confirmed. */
  stepDone(e: Exchange): void {
    if (e.key >= Key.step) e.key -= Key.step;
    if (e.key >= Key.step || (e.key & (Key.flushed | Key.sync)) === 0) return;
    e.outcome = Outcome.ok;
    e.key |= Key.done;
    if ((e.key & Key.flushed) !== 0) this.finish(e);
  }

  /** Nothing more is to come for the first request. */
  finish(e: Exchange): void {
    this.#queue.shift();
    this.#emit(e);
  }

  /** What the client asked last ended in a Sync that was not seen, if it is to get an answer. */
  assumeSync(): void {
    const last = this.#queue.last();
    if (last === undefined || last.kind < Kind.steps || (last.key & Key.sync) !== 0) return;
    last.key |= Key.sync;
    last.partial();
  }

  /** ReadyForQuery: everything up to the next Sync has its answer. */
  ready(frame: Frame, answer: (e: Exchange, frame: Frame, bytes: number) => void): void {
    const queue = this.#queue;
    for (let e = queue.shift(); e !== undefined; e = queue.shift()) {
      const isLast = e.kind <= Kind.query || (e.key & Key.sync) !== 0;
      const isDone = (e.key & Key.done) !== 0;
      if (isLast) {
        if (e.kind !== Kind.sync) answer(e, frame, frame.length);
        if (e.kind <= Kind.query && e.outcome === Outcome.unset) e.outcome = Outcome.ok;
      }
      // After an error the server passes over everything up to the Sync.
      if (e.kind >= Kind.steps && !isDone && e.outcome === Outcome.unset) {
        if (isLast) e.end = frame.lastTime;
        e.outcome = Outcome.aborted;
      }
      this.#emit(e);
      if (isLast) return;
    }
  }

  /** Reports all as they are: the end of their answers was not seen. */
  giveUp(): void {
    for (let e = this.#queue.shift(); e !== undefined; e = this.#queue.shift()) {
      if (e.outcome === Outcome.unset && e.responseStart !== NEVER && (e.key & Key.done) === 0) e.outcome = Outcome.ok;
      this.#emit(e.partial());
    }
  }

  /** The connection ended: no answer comes any more. */
  close(time: CaptureTime, how: ConnectionEnding): void {
    for (let e = this.#queue.shift(); e !== undefined; e = this.#queue.shift()) {
      if ((e.key & Key.done) === 0 && e.outcome <= Outcome.ok) {
        e.outcome = outcomeOfEnding(how);
        if (how === 'unknown') e.partial();
        else e.end = time;
      }
      this.#emit(e);
    }
  }
}
