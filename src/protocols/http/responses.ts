import type { CaptureTime } from '../../base/units.ts';
import { RequestFlag } from '../../model/request.ts';
import { type Chunk, Confidence, Want } from '../protocol.ts';
import { Body } from './api/call.ts';
import { refineByAnswer } from './api/refine.ts';
import { Framing } from './body.ts';
import { CR, LF } from './bytes.ts';
import { Phase } from './direction.ts';
import { type Exchange, MethodKind } from './exchange.ts';
import { fillResponse } from './fill.ts';
import { HeadMemo } from './head-memo.ts';
import { type How, outcomeOfEnd, outcomeOfStatus } from './outcome.ts';
import type { Pairing } from './pairing.ts';
import { INCOMPLETE } from './reading.ts';
import { recogniseResponse } from './recognise.ts';
import { UNKNOWN_LENGTH } from './requests.ts';
import { newResponseHead, newResponseHints, type ResponseHead, readResponseHead } from './response-head.ts';

const responseHead = newResponseHead();
const memo = new HeadMemo<ResponseHead>(512, (head) => ({ ...head, trace: { ...head.trace } }));

/** What the responses tell the session. */
export interface ResponsesOwner {
  /** A response begins: what is seen of a request by now is all that it will wait for. */
  readHeldRequest(time: CaptureTime): void;
  /** The connection speaks another protocol from here on: that of `upgrade`, or in a tunnel any. */
  switched(e: Exchange | undefined, upgrade: string, time: CaptureTime): void;
}

/** Reads the server's direction of an HTTP/1 connection. */
export class Responses {
  readonly #pairing: Pairing;
  readonly #owner: ResponsesOwner;
  readonly #hints = newResponseHints();
  /** True once the connection speaks another protocol: nothing more is read here. */
  #switched = false;

  constructor(pairing: Pairing, owner: ResponsesOwner) {
    this.#pairing = pairing;
    this.#owner = owner;
  }

  /** Reads a chunk; returns the index of the first byte that is no longer HTTP/1's, or -1. */
  push(chunk: Chunk): number {
    const { down } = this.#pairing;
    const { bytes, end } = chunk;
    const cut = chunk.skipped > 0;
    let at = chunk.start;
    if (at < end && down.phase !== Phase.between && down.phase !== Phase.head) this.#mayBeginAnew(chunk);
    down.lastTime = chunk.lastTime;
    while (at < end) {
      if (down.phase === Phase.body) {
        const stop = down.body.read(bytes, at, end);
        const e = down.exchange;
        if (e !== undefined) {
          e.responseBytes += stop - at;
          if (e.body !== Body.none) refineByAnswer(e, bytes, at, stop);
        }
        at = stop;
        if (down.body.done) this.#ended(e, chunk.lastTime);
        else if (at === end && !cut && down.body.endsLikeChunked) this.#endGuessed(chunk.lastTime);
      } else if (down.phase === Phase.between) {
        const b = bytes[at];
        if (b === CR || b === LF) {
          at++;
          continue;
        }
        const known = memo.find(bytes, at, end, cut);
        const after =
          known === undefined
            ? readResponseHead(responseHead, this.#hints, bytes, at, end, cut)
            : at + known.bytes.length;
        if (after > 0) {
          if (known === undefined) memo.remember(bytes, at, after, end, cut, responseHead);
          const consumed = after - at;
          at = after;
          this.#begins(known?.head ?? responseHead, consumed, chunk.time, chunk.lastTime, chunk.readAt);
          if (this.#switched) return at;
        } else if (after === INCOMPLETE) {
          down.hold(bytes, at, end, chunk.time, chunk.readAt);
          at = end;
        } else at = this.#rubbish(bytes, at, end, cut);
      } else if (down.phase === Phase.head) {
        at = down.append(bytes, at, end);
        const after = readResponseHead(responseHead, this.#hints, down.held, 0, down.length, down.full);
        if (after === INCOMPLETE && !down.complete) continue;
        this.#headRead(after, chunk.lastTime);
        if (this.#switched) return at;
      } else break;
    }
    if (cut) this.skip(chunk.skipped, chunk.lastTime, false);
    return -1;
  }

  /** So many bytes were not captured, or where `gap`, were lost. */
  skip(count: number, time: CaptureTime, gap: boolean): void {
    const { down } = this.#pairing;
    down.lastTime = time;
    if (down.phase === Phase.head) this.readHeld(time);
    if (this.#switched) return;
    if (down.phase === Phase.body) {
      const e = down.exchange;
      const after = down.body.skip(count);
      if (e !== undefined) {
        if (count !== UNKNOWN_LENGTH) e.responseBytes += count - after;
        if (gap) e.flags |= RequestFlag.partial;
      }
      if (down.body.done) this.#ended(e, time);
      if (after === 0 && (!gap || down.body.framing !== Framing.unknown)) return;
      if (!down.body.done && gap) {
        if (down.body.framing === Framing.close && count === UNKNOWN_LENGTH) return;
        this.#endGuessed(time);
      }
    } else if (down.phase !== Phase.between && !gap) return;
    if (!gap) this.#pairing.need(Want.stream);
    this.#pairing.lose(down);
    if (this.#pairing.length > 1) this.#pairing.giveUp();
  }

  /** A request arrives at the beginning of a chunk: the client has read what it was waiting for (unless it pipelines). */
  turnOfClient(): void {
    const { down } = this.#pairing;
    const guessing = down.phase === Phase.body && down.body.framing === Framing.unknown;
    if (guessing) this.#endGuessed(down.lastTime);
    if (this.#pairing.length === 0) {
      // The beginning of an answer before anything was asked.
      if (down.phase === Phase.head) this.#pairing.lose(down);
      return;
    }
    // What these were answered went by unseen, or among the bytes of the one before.
    if (guessing || down.phase === Phase.lost) this.#pairing.giveUp();
    else if (down.phase !== Phase.body && down.phase !== Phase.head) this.#pairing.forgetUnseen();
  }

  /** Ends a response whose end cannot be seen, where nothing has come for `longest` nanoseconds. */
  endQuiet(now: CaptureTime, longest: number): void {
    const { down } = this.#pairing;
    const e = down.exchange;
    if (e === undefined || down.phase !== Phase.body || down.body.framing !== Framing.unknown) return;
    if (now - down.lastTime > longest && (e.flags & RequestFlag.streaming) === 0) this.#endGuessed(down.lastTime);
  }

  /** The rest of a head will not be seen: reads what there is of it. */
  readHeld(time: CaptureTime): void {
    const { down } = this.#pairing;
    if (down.phase !== Phase.head) return;
    this.#headRead(readResponseHead(responseHead, this.#hints, down.held, 0, down.length, true), time);
  }

  /** True where what went by last may have been, or have held, responses that could not be read. */
  get unread(): boolean {
    const { phase, body } = this.#pairing.down;
    return phase === Phase.lost || phase === Phase.tail || (phase === Phase.body && body.framing === Framing.unknown);
  }

  /** The connection ended: so does the response that is going by, well where that is how it was to end. */
  end(how: How): void {
    const { down } = this.#pairing;
    const e = down.exchange;
    if (e === undefined) return;
    const { framing } = down.body;
    const whole =
      framing === Framing.unknown ||
      (framing === Framing.close && how !== 'reset') ||
      (e.flags & RequestFlag.streaming) !== 0;
    e.end = down.lastTime;
    this.#pairing.finish(e, whole ? outcomeOfStatus(e.code) : outcomeOfEnd(how), how === 'unknown');
  }

  /** The end of a response was not seen: does this chunk begin with another? */
  #mayBeginAnew(chunk: Chunk): void {
    const { down } = this.#pairing;
    const guessing = down.phase === Phase.body && down.body.framing === Framing.unknown;
    if (down.phase === Phase.body && !guessing) return;
    const sure = recogniseResponse(chunk.bytes, chunk.start, chunk.end);
    if (sure !== Confidence.yes && (guessing || sure !== Confidence.more)) return;
    if (guessing) {
      // Nothing else is asked for: it is a body that looks like a head.
      if (this.#pairing.length <= 1) return;
      this.#endGuessed(down.lastTime);
    }
    down.phase = Phase.between;
  }

  #headRead(after: number, lastTime: CaptureTime): void {
    const { down } = this.#pairing;
    const { length } = down;
    down.release();
    down.phase = Phase.between;
    if (after > 0) this.#begins(responseHead, length, down.time, lastTime, down.readAt);
    else this.#pairing.lose(down);
  }

  #begins(head: ResponseHead, headBytes: number, time: CaptureTime, lastTime: CaptureTime, readAt: CaptureTime): void {
    const { up, context } = this.#pairing;
    const { status } = head;
    if (up.phase === Phase.head && this.#pairing.length === 0) this.#owner.readHeldRequest(time);
    const e = this.#pairing.answered(time, lastTime);
    if (e === undefined) context.count('http_response_without_request');
    else e.responseBytes += headBytes;
    if (status < 200 && status !== 101) {
      if (head.cut) this.#pairing.lose(this.#pairing.down);
      return;
    }
    if (head.ambiguous) context.count('http_ambiguous_length');
    if (e !== undefined) {
      fillResponse(e, head);
      e.responseStart = time;
      e.readAt = readAt;
      if (up.exchange === e && up.body.framing === Framing.unknown) {
        up.exchange = undefined;
        up.phase = Phase.tail;
      }
    }
    const kind = e === undefined ? MethodKind.other : e.kind;
    if (status === 101 || (kind === MethodKind.connect && status < 300)) {
      this.#switched = true;
      this.#owner.switched(e, head.upgrade, lastTime);
      return;
    }
    const framing = framingOf(head, kind);
    // What follows the head is not only counted: chunks are to be told apart, answers to be read.
    if (framing === Framing.chunked || (e !== undefined && e.body !== Body.none)) this.#pairing.need(Want.heads);
    if (framing === Framing.none) {
      this.#ended(e, lastTime);
      return;
    }
    const { down } = this.#pairing;
    down.body.begin(framing, head.contentLength);
    down.phase = Phase.body;
    down.exchange = e;
  }

  #ended(e: Exchange | undefined, time: CaptureTime): void {
    const { down } = this.#pairing;
    down.exchange = undefined;
    down.phase = Phase.between;
    if (e === undefined) return;
    e.end = time;
    this.#pairing.finish(e, outcomeOfStatus(e.code), false);
  }

  /** Ends a response at a moment that is a guess. What still comes belongs to it. */
  #endGuessed(time: CaptureTime): void {
    const { down } = this.#pairing;
    const e = down.exchange;
    const { endsLikeChunked } = down.body;
    this.#ended(e, time);
    down.phase = endsLikeChunked ? Phase.between : Phase.tail;
  }

  /** What stands between two messages is no message: looks for a head at the beginning of a line, else of a later chunk. */
  #rubbish(bytes: Uint8Array, at: number, end: number, cut: boolean): number {
    const { down, context } = this.#pairing;
    context.count('http_bad_head');
    for (let i = at + 1; i < end; i++) {
      if (bytes[i - 1] === LF && recogniseResponse(bytes, i, end) === Confidence.yes) return i;
    }
    down.phase = cut ? Phase.between : Phase.tail; // cut: the bytes not captured are what is lost
    return end;
  }
}

/** How the end of a response's body is found (RFC 9112, section 6.3). */
function framingOf(head: ResponseHead, kind: MethodKind): Framing {
  if (head.cut) return Framing.unknown;
  if (kind === MethodKind.head || head.status === 204 || head.status === 304) return Framing.none;
  if (head.chunked) return Framing.chunked;
  if (head.untilClose || head.contentLength < 0) return Framing.close;
  return head.contentLength === 0 ? Framing.none : Framing.length;
}
