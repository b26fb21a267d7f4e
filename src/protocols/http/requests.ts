import { type CaptureTime, NEVER } from '../../base/units.ts';
import { RequestFlag } from '../../model/request.ts';
import { type Chunk, Confidence, Want } from '../protocol.ts';
import { Body } from './api/call.ts';
import { refineByBody } from './api/refine.ts';
import { Framing } from './body.ts';
import { CR, LF } from './bytes.ts';
import { Phase } from './direction.ts';
import { fillRequest } from './fill.ts';
import { HeadMemo } from './head-memo.ts';
import type { Pairing } from './pairing.ts';
import { INCOMPLETE } from './reading.ts';
import { recogniseRequest } from './recognise.ts';
import { newRequestHead, newRequestHints, type RequestHead, readRequestHead } from './request-head.ts';

const requestHead = newRequestHead();
const memo = new HeadMemo<RequestHead>(512, (head) => ({ ...head, trace: { ...head.trace } }));

/** What was lost is of unknown length. */
export const UNKNOWN_LENGTH: number = Number.MAX_SAFE_INTEGER;

/** Whoever wants to know that a request arrives at the beginning of a chunk. */
export interface TurnListener {
  turnOfClient(): void;
}

/** Reads the client's direction of an HTTP/1 connection. */
export class Requests {
  readonly #pairing: Pairing;
  readonly #hints = newRequestHints();
  readonly #responses: TurnListener;

  constructor(pairing: Pairing, responses: TurnListener) {
    this.#pairing = pairing;
    this.#responses = responses;
  }

  push(chunk: Chunk): void {
    const { up } = this.#pairing;
    const { bytes, end } = chunk;
    const cut = chunk.skipped > 0;
    let at = chunk.start;
    let messages = 0;
    up.lastTime = chunk.lastTime;
    if (at < end && up.phase !== Phase.between && up.phase !== Phase.head) this.#mayBeginAnew(chunk);
    while (at < end) {
      if (up.phase === Phase.body) {
        const stop = up.body.read(bytes, at, end);
        if (up.exchange !== undefined && up.exchange.body !== Body.none) refineByBody(up.exchange, bytes, at, stop);
        this.#bodyBytes(stop - at, chunk.lastTime);
        at = stop;
        if (up.body.done) this.#ended();
      } else if (up.phase === Phase.between) {
        const b = bytes[at];
        if (b === CR || b === LF) {
          at++;
          continue;
        }
        const known = memo.find(bytes, at, end, cut);
        if (known !== undefined) {
          messages++;
          this.#begins(known.head, known.bytes.length, chunk.time, chunk.lastTime, messages === 1);
          at += known.bytes.length;
          continue;
        }
        const after = readRequestHead(requestHead, this.#hints, bytes, at, end, cut);
        if (after > 0) {
          messages++;
          memo.remember(bytes, at, after, end, cut, requestHead);
          this.#begins(requestHead, after - at, chunk.time, chunk.lastTime, messages === 1);
          at = after;
        } else if (after === INCOMPLETE) {
          up.hold(bytes, at, end, chunk.time, NEVER);
          at = end;
        } else at = this.#rubbish(bytes, at, end, cut);
      } else if (up.phase === Phase.head) at = this.#moreOfHead(bytes, at, end, chunk.lastTime);
      else break;
    }
    if (messages > 1) this.#pairing.need(Want.stream);
    if (cut) this.skip(chunk.skipped, chunk.lastTime, false);
  }

  /** So many bytes were not captured, or where `gap`, were lost. */
  skip(count: number, time: CaptureTime, gap: boolean): void {
    const { up } = this.#pairing;
    if (up.phase === Phase.head && !this.readHeld(time)) up.phase = Phase.between;
    if (up.phase === Phase.body) {
      const after = up.body.skip(count);
      if (count !== UNKNOWN_LENGTH) this.#bodyBytes(count - after, time);
      if (gap && up.exchange !== undefined) up.exchange.flags |= RequestFlag.partial;
      if (up.body.done) this.#ended();
      if (after === 0 && (!gap || up.body.framing !== Framing.unknown)) return;
    } else if (up.phase !== Phase.between && !gap) return;
    // Requests may have gone by in these bytes.
    if (!gap) this.#pairing.need(Want.stream);
    this.#pairing.lose(up);
    up.exchange = undefined;
    this.#pairing.addUnseen(time);
  }

  /** The rest of a head will not be seen: reads what there is of it. False where that is nothing. */
  readHeld(time: CaptureTime): boolean {
    const { up } = this.#pairing;
    if (up.phase !== Phase.head) return false;
    const after = readRequestHead(requestHead, this.#hints, up.held, 0, up.length, true);
    const { length } = up;
    up.release();
    up.phase = Phase.between;
    if (after <= 0) return false;
    this.#begins(requestHead, length, up.time, time, true);
    return true;
  }

  /** The end of a message was not seen: does this chunk begin with another? */
  #mayBeginAnew(chunk: Chunk): void {
    const { up } = this.#pairing;
    const guessing = up.phase === Phase.body && up.body.framing === Framing.unknown;
    if (up.phase === Phase.body && !guessing) return;
    const sure = recogniseRequest(chunk.bytes, chunk.start, chunk.end, chunk.skipped > 0);
    if (sure !== Confidence.yes && (guessing || sure !== Confidence.more)) return;
    up.phase = Phase.between;
    up.exchange = undefined;
  }

  #moreOfHead(bytes: Uint8Array, at: number, end: number, lastTime: CaptureTime): number {
    const { up } = this.#pairing;
    const stop = up.append(bytes, at, end);
    const after = readRequestHead(requestHead, this.#hints, up.held, 0, up.length, up.full);
    if (after === INCOMPLETE && !up.complete) return stop;
    const { length } = up;
    up.release();
    up.phase = Phase.between;
    if (after > 0) this.#begins(requestHead, length, up.time, lastTime, true);
    else this.#pairing.lose(up);
    return stop;
  }

  #begins(head: RequestHead, headBytes: number, time: CaptureTime, lastTime: CaptureTime, firstOfChunk: boolean): void {
    const { up, context } = this.#pairing;
    if (firstOfChunk) this.#responses.turnOfClient();
    const e = this.#pairing.add(time);
    fillRequest(e, head, context.options.keepRaw, context.serverPort);
    if (head.ambiguous) context.count('http_ambiguous_length');
    e.requestBytes = headBytes;
    e.requestEnd = lastTime;
    if (head.cut) up.body.begin(Framing.unknown, 0);
    else if (head.chunked) up.body.begin(Framing.chunked, 0);
    else if (head.contentLength > 0) up.body.begin(Framing.length, head.contentLength);
    else {
      up.phase = Phase.between;
      return;
    }
    up.exchange = e;
    up.phase = Phase.body;
  }

  #bodyBytes(count: number, lastTime: CaptureTime): void {
    const e = this.#pairing.up.exchange;
    if (e === undefined) return;
    e.requestBytes += count;
    e.requestEnd = lastTime;
  }

  #ended(): void {
    const { up } = this.#pairing;
    up.exchange = undefined;
    up.phase = Phase.between;
  }

  /** What stands between two messages is no message: looks for a head at the beginning of a line, else of a later chunk. */
  #rubbish(bytes: Uint8Array, at: number, end: number, cut: boolean): number {
    const { up, context } = this.#pairing;
    context.count('http_bad_head');
    for (let i = at + 1; i < end; i++) {
      if (bytes[i - 1] === LF && recogniseRequest(bytes, i, end, cut) === Confidence.yes) return i;
    }
    up.phase = cut ? Phase.between : Phase.tail; // cut: the bytes not captured are what is lost
    return end;
  }
}
