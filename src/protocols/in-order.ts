import { type CaptureTime, NEVER } from '../base/units.ts';
import { Outcome } from '../model/request.ts';
import { type ConnectionEnding, outcomeOfEnding } from './ending.ts';
import { type Exchange, newExchange } from './exchange.ts';
import { PendingQueue } from './pending.ts';

/** Silence of both sides after which everything that was asked is taken to be answered. */
const silence = 50e6;
/** Turns of one request and one answer in a row after which a connection is taken not to have several on their way. */
const strictTurns = 32;

/** How well it is known whose answer comes next. */
const Trust = {
  /** Well. */
  sure: 0,
  /** Joined in the middle: answers to requests from before may come first. Paired, and marked partial. */
  joined: 1,
  /** Answers were lost while several were on their way: not paired. */
  blind: 2,
} as const;

/**
 * Pairs requests with answers that come in order and carry nothing by which to tell them apart (Redis, memcached), through
 * losses on either side.
 *
 * Most clients wait for all answers before they ask again, be it one thing or many: a lost answer or request then does no
 * harm to later ones. Where a client was seen not to wait, nobody knows how many answers were lost: what waits is reported
 * without an answer, and pairing begins anew after a silence, or after many turns of one request and one answer each.
 */
export class InOrder {
  readonly #queue: PendingQueue<Exchange>;
  readonly #emit: (exchange: Exchange) => void;
  #trust: number;
  /** Answers since the client last asked, and requests since the server last answered. */
  #answers = 0;
  #asked = 0;
  #turns = 0;
  #serverSpoke = false;
  /** The client asked more after some but not all was answered. */
  #overlaps = false;
  /** The server's messages are not followed at the moment. */
  #answersLost = false;
  #requestsLost = false;
  #lastTime: CaptureTime = NEVER;

  /**
   * @param emit takes each exchange that is over
   * @param sure false where the connection is older than the capture
   */
  constructor(emit: (exchange: Exchange) => void, sure: boolean, limit = 4096) {
    this.#emit = emit;
    this.#queue = new PendingQueue(newExchange, limit);
    this.#trust = sure ? Trust.sure : Trust.joined;
  }

  /** Requests that wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** To be called for each request, before {@link add}. */
  asks(time: CaptureTime): void {
    if (this.#serverSpoke && this.#answersLost && this.#trust !== Trust.blind) {
      // It answered, and the end of that was not seen.
      this.#finishAll(true);
      this.#requestsLost = false;
    } else if (this.#serverSpoke && this.#queue.length > 0) this.#overlaps = true;
    if (this.#requestsLost) {
      // Answers to what was lost may still be on their way.
      if (this.#overlaps || this.#queue.length > 0 || !this.#serverSpoke) this.#beBlind();
      this.#requestsLost = false;
    }
    if (this.#trust !== Trust.sure) this.#regainTrust(time);
    this.#serverSpoke = false;
    this.#answers = 0;
    this.#asked++;
    this.#lastTime = time;
  }

  /** A new entry at the end, to be filled by `ask`; `undefined` where too many wait. */
  add(): Exchange | undefined {
    const e = this.#queue.add();
    if (e !== undefined) return e;
    this.#beBlind();
    return this.#queue.add();
  }

  /** Whose answer has come; to be called once an answer. `undefined` where nobody's, or where it is not known. */
  answered(time: CaptureTime): Exchange | undefined {
    this.#lastTime = time;
    this.#serverSpoke = true;
    this.#answersLost = false;
    this.#answers++;
    if (this.#trust === Trust.sure) return this.#queue.first();
    if (this.#answers === 1) {
      this.#turns = this.#asked === 1 ? this.#turns + 1 : 0;
      this.#asked = 0;
    } else this.#turns = 0;
    return this.#trust === Trust.blind ? undefined : this.#queue.first();
  }

  /** The first that waits. */
  first(): Exchange | undefined {
    return this.#trust === Trust.blind ? undefined : this.#queue.first();
  }

  /** Takes the last out: it is not going to be answered. */
  takeLast(): Exchange | undefined {
    return this.#queue.pop();
  }

  /** Ends the first that waits. */
  finish(): void {
    const e = this.#queue.shift();
    if (e === undefined) return;
    if (this.#trust !== Trust.sure) e.partial();
    this.#emit(e);
  }

  /** The server said something that is not an answer in itself (a part of one, bytes that were not captured). */
  serverSpoke(time: CaptureTime): void {
    this.#serverSpoke = true;
    this.#lastTime = time;
  }

  /** The server's messages cannot be followed until further notice. */
  loseAnswers(time: CaptureTime): void {
    this.serverSpoke(time);
    this.#answersLost = true;
    this.#turns = 0;
    if (this.#trust === Trust.blind) return;
    if (this.#overlaps && this.#queue.length > 1) this.#beBlind();
    else for (let i = 0; i < this.#queue.length; i++) this.#queue.at(i)?.partial();
  }

  /** Requests of the client were missed. */
  loseRequests(): void {
    this.#requestsLost = true;
    this.#serverSpoke = false;
    this.#turns = 0;
  }

  /** The connection ended. */
  close(time: CaptureTime, how: ConnectionEnding): void {
    if (this.#trust === Trust.blind || (this.#answersLost && this.#serverSpoke)) this.#finishAll(true);
    for (let e = this.#queue.shift(); e !== undefined; e = this.#queue.shift()) {
      if (e.outcome === Outcome.unset) e.outcome = outcomeOfEnding(how);
      if (how === 'unknown' || this.#trust !== Trust.sure) e.partial();
      else e.end = time;
      this.#emit(e);
    }
  }

  #regainTrust(time: CaptureTime): void {
    const isSilent =
      this.#lastTime !== NEVER &&
      time - this.#lastTime > silence &&
      (this.#trust === Trust.blind || this.#queue.length === 0);
    if (!isSilent && this.#turns < strictTurns) return;
    this.#finishAll(true);
    this.#trust = Trust.sure;
    this.#answersLost = false;
    this.#turns = this.#asked = 0;
  }

  #beBlind(): void {
    this.#finishAll(false);
    this.#trust = Trust.blind;
    this.#turns = this.#asked = 0;
  }

  /** Reports what waits as it is. */
  #finishAll(answered: boolean): void {
    for (let e = this.#queue.shift(); e !== undefined; e = this.#queue.shift()) {
      if (answered && e.outcome === Outcome.unset && e.responseStart !== NEVER) e.outcome = Outcome.ok;
      this.#emit(e.partial());
    }
  }
}
