import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Http2Session } from '../http2/session.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { WebSocketSession } from '../websocket/session.ts';
import type { Exchange } from './exchange.ts';
import type { How } from './outcome.ts';
import { Pairing } from './pairing.ts';
import { Requests, UNKNOWN_LENGTH } from './requests.ts';
import { Responses, type ResponsesOwner } from './responses.ts';

/** Silence in nanoseconds after which a response whose end cannot be seen is taken to have ended. */
const quiet = 2e9;

/**
 * One HTTP/1 connection (RFC 9112). Requests and responses are followed each in their direction and paired in order.
 *
 * What was not captured inside a body is counted through where its length is known. Where it is not (a head cut at the
 * capture limit, a chunked body whose chunks cannot be followed) a message ends where something else is seen to begin: a
 * request when its response begins, a response when the next request arrives, either when a chunk begins with another head,
 * and a response also after two seconds of silence.
 */
export class HttpSession implements Session, ResponsesOwner {
  readonly #context: SessionContext;
  readonly #pairing: Pairing;
  readonly #requests: Requests;
  readonly #responses: Responses;
  /** Whoever took over after an upgrade. */
  #next: Session | undefined;
  /** The connection no longer speaks HTTP/1. */
  #switched = false;
  #closed = false;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#pairing = new Pairing(context);
    this.#responses = new Responses(this.#pairing, this);
    this.#requests = new Requests(this.#pairing, this.#responses);
    this.#pairing.need(Want.httpHeads);
  }

  get pending(): number {
    return this.#next === undefined ? this.#pairing.length : this.#next.pending;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#switched) this.#next?.data(from, chunk);
    else if (from === Side.client) this.#requests.push(chunk);
    else {
      const stop = this.#responses.push(chunk);
      if (stop >= 0) this.#handOver(chunk, stop);
    }
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.#switched) {
      this.#next?.lost(from, bytes, time);
      return;
    }
    if (bytes === 0) return;
    this.#context.count('http_bytes_lost');
    const side = from === Side.client ? this.#requests : this.#responses;
    side.skip(bytes < 0 ? UNKNOWN_LENGTH : bytes, time, true);
  }

  tick(now: CaptureTime): void {
    if (this.#switched) this.#next?.tick?.(now);
    else this.#responses.endQuiet(now, quiet);
  }

  close(time: CaptureTime, how: How): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#switched) {
      this.#requests.readHeld(time);
      this.#responses.readHeld(time);
      const unread = this.#responses.unread;
      this.#responses.end(how);
      this.#pairing.end(how, unread);
    }
    // Also where it took over in the last moment.
    this.#next?.close(time, how);
  }

  readHeldRequest(time: CaptureTime): void {
    this.#requests.readHeld(time);
  }

  switched(e: Exchange | undefined, upgrade: string, time: CaptureTime): void {
    this.#switched = true;
    const named = upgrade === '' && e !== undefined ? e.upgrade : upgrade;
    const name = named === 'websocket' ? 'websocket' : named === 'h2c' ? 'http2' : '';
    // An h2c request is answered in the new protocol, and shown with that answer.
    if (e !== undefined && name !== 'http2') this.#upgraded(e, time);
    const next = this.#context.become(name);
    this.#next = next;
    if (e !== undefined) {
      if (next instanceof Http2Session) next.adopt(e);
      else if (next instanceof WebSocketSession) next.adopt(e, time);
      else if (name === 'http2') this.#upgraded(e, time);
    }
    this.#pairing.clear();
  }

  #upgraded(e: Exchange, time: CaptureTime): void {
    e.flags |= RequestFlag.upgrade;
    e.end = time;
    this.#pairing.finish(e, Outcome.ok, false);
  }

  /** Passes what is left of a chunk on to who took over. */
  #handOver(chunk: Chunk, at: number): void {
    const { start } = chunk;
    if (this.#next === undefined || (at === chunk.end && chunk.skipped === 0)) return;
    chunk.start = at;
    this.#next.data(Side.server, chunk);
    chunk.start = start;
  }
}
