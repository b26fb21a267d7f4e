import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { PendingQueue } from '../pending.ts';
import type { SessionContext, Want } from '../protocol.ts';
import { Direction, Phase } from './direction.ts';
import { type Exchange, newExchange, resetExchange } from './exchange.ts';
import { type How, outcomeOfEnd } from './outcome.ts';
import { report } from './report.ts';

/** Most requests of one connection that wait for a response. */
const mostPending = 4096;

/**
 * The exchanges of one connection in the order in which they were asked for, and both directions. Requests that went by
 * unseen, in unknown number, are one entry among the others: each response that meets it gets an exchange of its own.
 */
export class Pairing {
  readonly context: SessionContext;
  readonly up: Direction;
  readonly down: Direction;
  #needed: Want | -1 = -1;
  readonly #queue = new PendingQueue<Exchange>(newExchange, mostPending);

  constructor(context: SessionContext) {
    this.context = context;
    const phase = context.fromTheBeginning ? Phase.between : Phase.lost;
    this.up = new Direction(phase);
    this.down = new Direction(phase);
  }

  /** From here on at least so much is to be seen. */
  need(want: Want): void {
    if (want <= this.#needed) return;
    this.#needed = want;
    this.context.want(want);
  }

  get length(): number {
    return this.#queue.length;
  }

  /** A new exchange, the last to be answered. */
  add(time: CaptureTime): Exchange {
    let e = this.#queue.add();
    if (e === undefined) {
      this.context.count('http_pending_overflow');
      const oldest = this.#queue.first();
      if (oldest !== undefined) this.finish(oldest, Outcome.unset, true);
      e = this.#queue.add() ?? newExchange();
    }
    resetExchange(e, time);
    return e;
  }

  /** Requests may have gone by unseen. */
  addUnseen(time: CaptureTime): void {
    if (this.#queue.last()?.unseen) return;
    const mark = this.#queue.add();
    if (mark === undefined) return;
    resetExchange(mark, time);
    mark.unseen = true;
  }

  /** Whatever went by unseen has been answered by now. */
  forgetUnseen(): void {
    if (this.#queue.first()?.unseen) this.#queue.shift();
  }

  /** The exchange that a response belongs to: the first that waits, or one of those that went by unseen. */
  answered(time: CaptureTime, lastTime: CaptureTime): Exchange | undefined {
    const first = this.#queue.first();
    if (first === undefined || !first.unseen) return first;
    const start = first.start < time ? first.start : time;
    first.unseen = false;
    resetExchange(first, start);
    first.flags = RequestFlag.partial;
    first.requestEnd = NEVER;
    this.context.count('http_request_unseen');
    if (this.#queue.length === 1) this.addUnseen(lastTime);
    return first;
  }

  /** Hands an exchange to the sink and takes it out, where it is the first. */
  finish(e: Exchange, outcome: Outcome, partial: boolean): void {
    if (this.up.exchange === e) this.up.exchange = undefined;
    if (this.down.exchange === e) this.down.exchange = undefined;
    if (this.#queue.first() === e) this.#queue.shift();
    report(e, this.context.sink, outcome, partial);
  }

  /** Responses of several requests are gone and nobody knows of how many: none of them can be paired any more. */
  giveUp(): void {
    this.context.count('http_pairing_lost');
    for (let e = this.#queue.first(); e !== undefined; e = this.#queue.first()) {
      if (e.unseen) this.#queue.shift();
      else this.finish(e, Outcome.unset, true);
    }
  }

  /** The connection ended: whatever waits gets no answer. Where some were not read its answer may have been among them. */
  end(how: How, unread: boolean): void {
    const last = this.down.lastTime;
    for (let e = this.#queue.first(); e !== undefined; e = this.#queue.first()) {
      if (e.unseen) this.#queue.shift();
      else if (unread && e.start <= last) this.finish(e, Outcome.unset, true);
      else this.finish(e, outcomeOfEnd(how), how === 'unknown');
    }
  }

  clear(): void {
    this.#queue.clear();
  }

  /** A direction has lost its place. */
  lose(d: Direction): void {
    if (d.phase !== Phase.lost) this.context.count(d === this.up ? 'http_requests_lost' : 'http_responses_lost');
    d.phase = Phase.lost;
    d.release();
  }
}
