import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Http2Session } from '../http2/session.ts';
import { PendingQueue } from '../pending.ts';
import type { Chunk, Session, SessionContext } from '../protocol.ts';
import { Confidence, Want } from '../protocol.ts';
import { WebSocketSession } from '../websocket/session.ts';
import { Body } from './api/call.ts';
import { isApi, refineByAnswer, refineByBody, refineByHead } from './api/refine.ts';
import { Framing } from './body.ts';
import { CR, LF } from './bytes.ts';
import { Direction, Phase } from './direction.ts';
import { type Exchange, MethodKind, newExchange, resetExchange } from './exchange.ts';
import { HeadMemo } from './head-memo.ts';
import { isStreamType } from './media-type.ts';
import { type How, outcomeOfEnd, outcomeOfStatus } from './outcome.ts';
import { recogniseRequest, recogniseResponse } from './recognise.ts';
import { INCOMPLETE, newRequestHead, newRequestHints, type RequestHead, readRequestHead } from './request-head.ts';
import { newResponseHead, newResponseHints, type ResponseHead, readResponseHead } from './response-head.ts';
import { rawOf } from './target.ts';

/** Silence after which a response whose end cannot be seen is taken to have ended. */
const quiet = 2e9;

/** Most requests of one connection that wait for a response. */
const mostPending = 4096;

const requestHead = newRequestHead();
const responseHead = newResponseHead();
const requestMemo = new HeadMemo<RequestHead>(512, (head) => ({ ...head, trace: { ...head.trace } }));
const responseMemo = new HeadMemo<ResponseHead>(512, (head) => ({ ...head, trace: { ...head.trace } }));

/**
 * One HTTP/1 connection (RFC 9112). Requests and responses are followed each in their direction and paired in order.
 *
 * What was not captured inside a body is counted through where its length is known. Where it is not (a head cut at the
 * capture limit, a chunked body whose chunks cannot be followed) a message ends where something else is seen to begin: a
 * request when its response begins, a response when the next request arrives, either when a chunk begins with another head,
 * and a response also after two seconds of silence. Such requests are marked partial.
 */
export class HttpSession implements Session {
  readonly #context: SessionContext;
  readonly #queue = new PendingQueue<Exchange>(newExchange, mostPending);
  readonly #up: Direction;
  readonly #down: Direction;
  readonly #requestHints = newRequestHints();
  readonly #responseHints = newResponseHints();
  /** Whoever took over after an upgrade. */
  #next: Session | undefined;
  /** Taken over by nobody that is known: nothing more is read. */
  #opaque = false;
  #closed = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const phase = context.fromTheBeginning ? Phase.between : Phase.lost;
    this.#up = new Direction(phase);
    this.#down = new Direction(phase);
    context.want(Want.heads);
  }

  get pending(): number {
    return this.#next === undefined ? this.#queue.length : this.#next.pending;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#next !== undefined) this.#next.data(from, chunk);
    else if (this.#opaque) return;
    else if (from === Side.client) this.#requests(chunk);
    else this.#responses(chunk);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.#next !== undefined) {
      this.#next.lost(from, bytes, time);
      return;
    }
    if (this.#opaque || bytes === 0) return;
    this.#context.count('http_bytes_lost');
    const count = bytes < 0 ? Number.MAX_SAFE_INTEGER : bytes;
    if (from === Side.client) this.#skipRequests(count, time, true);
    else this.#skipResponses(count, time, true);
  }

  tick(now: CaptureTime): void {
    if (this.#next !== undefined) {
      this.#next.tick?.(now);
      return;
    }
    const down = this.#down;
    const exchange = down.exchange;
    if (exchange === undefined || down.phase !== Phase.body || down.body.framing !== Framing.unknown) return;
    if (now - down.lastTime > quiet && (exchange.flags & RequestFlag.streaming) === 0) this.#endGuessed(down.lastTime);
  }

  close(time: CaptureTime, how: How): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#next !== undefined) {
      this.#next.close(time, how);
      return;
    }
    if (this.#opaque) return;
    this.#readHeldRequest(time);
    const down = this.#down;
    if (down.phase === Phase.head) this.#readHeldResponse(time);
    this.#closeNext(time, how);
    const current = down.exchange;
    if (current !== undefined) {
      const whole =
        down.body.framing === Framing.unknown ||
        (down.body.framing === Framing.close && how !== 'reset') ||
        (current.flags & RequestFlag.streaming) !== 0;
      current.end = down.lastTime;
      this.#finish(current, whole ? outcomeOfStatus(current.code) : outcomeOfEnd(how), how === 'unknown');
      down.exchange = undefined;
    }
    for (let e = this.#queue.first(); e !== undefined; e = this.#queue.first()) {
      if (e.unseen) this.#queue.shift();
      else this.#finish(e, outcomeOfEnd(how), how === 'unknown');
    }
  }

  /** Whoever took over in the last moment has ended as well. */
  #closeNext(time: CaptureTime, how: How): void {
    this.#next?.close(time, how);
  }

  #requests(chunk: Chunk): void {
    const up = this.#up;
    const { bytes, end } = chunk;
    let at = chunk.start;
    const cut = chunk.skipped > 0;
    let messages = 0;
    up.lastTime = chunk.lastTime;
    if (at < end && up.phase !== Phase.between && up.phase !== Phase.head) this.#mayBeginAnew(chunk);
    while (at < end) {
      if (up.phase === Phase.body) {
        const stop = up.body.read(bytes, at, end);
        if (up.exchange !== undefined && up.exchange.body !== Body.none) refineByBody(up.exchange, bytes, at, stop);
        this.#requestBytes(stop - at, chunk.lastTime);
        at = stop;
        if (up.body.done) this.#requestEnded();
      } else if (up.phase === Phase.between) {
        const b = bytes[at];
        if (b === CR || b === LF) {
          at++;
          continue;
        }
        const known = requestMemo.find(bytes, at, end, cut);
        if (known !== undefined) {
          messages++;
          this.#requestBegins(known.head, known.bytes.length, chunk.time, chunk.lastTime, messages === 1);
          at += known.bytes.length;
          continue;
        }
        const after = readRequestHead(requestHead, this.#requestHints, bytes, at, end, cut);
        if (after > 0) {
          messages++;
          requestMemo.remember(bytes, at, after, end, cut, requestHead);
          this.#requestBegins(requestHead, after - at, chunk.time, chunk.lastTime, messages === 1);
          at = after;
        } else if (after === INCOMPLETE) {
          up.hold(bytes, at, end, chunk.time, NEVER);
          at = end;
        } else at = this.#garbage(up, bytes, at, end, Side.client, cut);
      } else if (up.phase === Phase.head) {
        at = this.#moreOfRequestHead(bytes, at, end, chunk.lastTime);
      } else break;
    }
    if (messages > 1) this.#context.want(Want.stream);
    if (cut) this.#skipRequests(chunk.skipped, chunk.lastTime, false);
  }

  /** The end of a message was not seen: does this chunk begin with another? */
  #mayBeginAnew(chunk: Chunk): void {
    const up = this.#up;
    const guessing = up.phase === Phase.body && up.body.framing === Framing.unknown;
    if (up.phase === Phase.body && !guessing) return;
    const sure = recogniseRequest(chunk.bytes, chunk.start, chunk.end, chunk.skipped > 0);
    if (sure !== Confidence.yes && (guessing || sure !== Confidence.more)) return;
    up.phase = Phase.between;
    up.exchange = undefined;
  }

  #moreOfRequestHead(bytes: Uint8Array, at: number, end: number, lastTime: CaptureTime): number {
    const up = this.#up;
    const stop = up.append(bytes, at, end);
    const after = readRequestHead(requestHead, this.#requestHints, up.held, 0, up.length, up.full);
    if (after === INCOMPLETE && !up.complete) return stop;
    const { length } = up;
    up.release();
    up.phase = Phase.between;
    if (after > 0) this.#requestBegins(requestHead, length, up.time, lastTime, true);
    else this.#lose(up, Side.client);
    return stop;
  }

  /** The rest of a head will not be seen: reads what there is of it. False where that is nothing. */
  #readHeldRequest(time: CaptureTime): boolean {
    const up = this.#up;
    if (up.phase !== Phase.head) return false;
    const after = readRequestHead(requestHead, this.#requestHints, up.held, 0, up.length, true);
    const { length } = up;
    up.release();
    up.phase = Phase.between;
    if (after <= 0) return false;
    this.#requestBegins(requestHead, length, up.time, time, true);
    return true;
  }

  #requestBegins(
    head: RequestHead,
    headBytes: number,
    time: CaptureTime,
    lastTime: CaptureTime,
    beginsChunk: boolean,
  ): void {
    const up = this.#up;
    if (beginsChunk) this.#turnOfClient();
    let e = this.#queue.add();
    if (e === undefined) {
      this.#context.count('http_pending_overflow');
      const oldest = this.#queue.first();
      if (oldest !== undefined) this.#finish(oldest, Outcome.unset, true);
      if (this.#down.exchange === oldest) this.#down.exchange = undefined;
      e = this.#queue.add() ?? newExchange();
    }
    resetExchange(e, time);
    const { target, trace } = head;
    e.method = head.method;
    e.target = target.template;
    e.resource = this.#context.options.keepRaw ? rawOf(target) : target.path;
    e.authority = target.authority === '' ? head.host : target.authority;
    e.userAgent = head.userAgent;
    e.traceId = trace.traceId;
    e.parentSpanId = trace.parentSpanId;
    e.correlationId = trace.correlationId;
    e.upgrade = head.upgrade;
    if (target.waits || head.waits) e.flags |= RequestFlag.wait;
    if (head.cut) e.flags |= RequestFlag.partial;
    if (head.method === 'HEAD') e.kind = MethodKind.head;
    else if (head.method === 'CONNECT') {
      e.kind = MethodKind.connect;
      if (e.authority === '') e.authority = target.template;
    }
    if (head.ambiguous) {
      this.#context.count('http_ambiguous_length');
      e.attributes = ['http.request.ambiguous_length', 'true'];
    }
    if (isApi(head.method, head)) refineByHead(e, head, this.#context.serverPort);
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

  /** A request arrives at the beginning of a chunk, so the client has read what it was waiting for (unless it pipelines). */
  #turnOfClient(): void {
    const down = this.#down;
    const guessing = down.phase === Phase.body && down.body.framing === Framing.unknown;
    if (guessing) this.#endGuessed(down.lastTime);
    const queue = this.#queue;
    if (queue.length === 0) {
      // The beginning of an answer before anything was asked.
      if (down.phase === Phase.head) this.#lose(down, Side.server);
      return;
    }
    // What these were answered went by unseen, or among the bytes of the one before.
    if (guessing || down.phase === Phase.lost) this.#giveUpPairing();
    else if (queue.first()?.unseen && down.phase !== Phase.body && down.phase !== Phase.head) queue.shift();
  }

  #requestBytes(count: number, lastTime: CaptureTime): void {
    const e = this.#up.exchange;
    if (e === undefined) return;
    e.requestBytes += count;
    e.requestEnd = lastTime;
  }

  #requestEnded(): void {
    this.#up.exchange = undefined;
    this.#up.phase = Phase.between;
  }

  #skipRequests(count: number, time: CaptureTime, gap: boolean): void {
    const up = this.#up;
    if (up.phase === Phase.head && !this.#readHeldRequest(time)) up.phase = Phase.between;
    if (up.phase === Phase.body) {
      const after = up.body.skip(count);
      if (count !== Number.MAX_SAFE_INTEGER) this.#requestBytes(count - after, time);
      if (gap && up.exchange !== undefined) up.exchange.flags |= RequestFlag.partial;
      if (up.body.done) this.#requestEnded();
      if (after === 0 && up.body.framing !== Framing.unknown) return;
      if (after === 0 && !gap) return;
    } else if (up.phase !== Phase.between && !gap) return;
    // Requests may have gone by in these bytes.
    if (!gap) this.#context.want(Want.stream);
    this.#lose(up, Side.client);
    up.exchange = undefined;
    this.#addUnseen(time);
  }

  #addUnseen(time: CaptureTime): void {
    if (this.#queue.last()?.unseen) return;
    const hole = this.#queue.add();
    if (hole === undefined) return;
    resetExchange(hole, time);
    hole.unseen = true;
  }

  #responses(chunk: Chunk): void {
    const down = this.#down;
    const { bytes, end } = chunk;
    let at = chunk.start;
    const cut = chunk.skipped > 0;
    if (at < end && down.phase !== Phase.between && down.phase !== Phase.head) this.#mayAnswerAnew(chunk);
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
        if (down.body.done) this.#responseEnded(chunk.lastTime);
        else if (at === end && !cut && down.body.endsLikeChunked) this.#endGuessed(chunk.lastTime);
      } else if (down.phase === Phase.between) {
        const b = bytes[at];
        if (b === CR || b === LF) {
          at++;
          continue;
        }
        const known = responseMemo.find(bytes, at, end, cut);
        const after =
          known === undefined
            ? readResponseHead(responseHead, this.#responseHints, bytes, at, end, cut)
            : at + known.bytes.length;
        if (after > 0) {
          if (known === undefined) responseMemo.remember(bytes, at, after, end, cut, responseHead);
          const consumed = after - at;
          at = after;
          this.#responseBegins(known?.head ?? responseHead, consumed, chunk.time, chunk.lastTime, chunk.readAt);
          if (this.#next !== undefined || this.#opaque) {
            this.#handOver(chunk, at);
            return;
          }
        } else if (after === INCOMPLETE) {
          down.hold(bytes, at, end, chunk.time, chunk.readAt);
          at = end;
        } else at = this.#garbage(down, bytes, at, end, Side.server, cut);
      } else if (down.phase === Phase.head) {
        const stop = down.append(bytes, at, end);
        const after = readResponseHead(responseHead, this.#responseHints, down.held, 0, down.length, down.full);
        at = stop;
        if (after === INCOMPLETE && !down.complete) continue;
        this.#heldResponseRead(after, chunk.lastTime);
        if (this.#next !== undefined || this.#opaque) {
          this.#handOver(chunk, at);
          return;
        }
      } else break;
    }
    if (cut) this.#skipResponses(chunk.skipped, chunk.lastTime, false);
  }

  /** The end of a response was not seen: does this chunk begin with another? */
  #mayAnswerAnew(chunk: Chunk): void {
    const down = this.#down;
    const guessing = down.phase === Phase.body && down.body.framing === Framing.unknown;
    if (down.phase === Phase.body && !guessing) return;
    const sure = recogniseResponse(chunk.bytes, chunk.start, chunk.end);
    if (sure !== Confidence.yes && (guessing || sure !== Confidence.more)) return;
    if (guessing) {
      // Nothing else is asked for: it is a body that looks like a head.
      if (this.#queue.length <= 1) return;
      this.#endGuessed(down.lastTime);
    }
    down.phase = Phase.between;
  }

  #readHeldResponse(time: CaptureTime): void {
    const down = this.#down;
    this.#heldResponseRead(readResponseHead(responseHead, this.#responseHints, down.held, 0, down.length, true), time);
  }

  #heldResponseRead(after: number, lastTime: CaptureTime): void {
    const down = this.#down;
    const { length } = down;
    down.release();
    down.phase = Phase.between;
    if (after > 0) this.#responseBegins(responseHead, length, down.time, lastTime, down.readAt);
    else this.#lose(down, Side.server);
  }

  #responseBegins(
    head: ResponseHead,
    headBytes: number,
    time: CaptureTime,
    lastTime: CaptureTime,
    readAt: CaptureTime,
  ): void {
    const { status } = head;
    if (this.#up.phase === Phase.head && this.#queue.length === 0) this.#readHeldRequest(time);
    const e = this.#answered(time, lastTime);
    if (e === undefined) this.#context.count('http_response_without_request');
    if (status < 200 && status !== 101) {
      if (e !== undefined) e.responseBytes += headBytes;
      if (head.cut) this.#lose(this.#down, Side.server);
      return;
    }
    if (e !== undefined) {
      e.code = status;
      e.responseBytes += headBytes;
      e.responseStart = time;
      e.readAt = readAt;
      e.contentType = head.contentType;
      if (isStreamType(head.contentType)) e.flags |= RequestFlag.streaming;
      if (head.cut) e.flags |= RequestFlag.partial;
      if (e.correlationId === '') e.correlationId = head.trace.correlationId;
      if (head.ambiguous) {
        this.#context.count('http_ambiguous_length');
        e.attributes ??= [];
        e.attributes.push('http.response.ambiguous_length', 'true');
      }
      const up = this.#up;
      if (up.exchange === e && up.body.framing === Framing.unknown) {
        up.exchange = undefined;
        up.phase = Phase.tail;
      }
    }
    const kind = e === undefined ? MethodKind.other : e.kind;
    if (status === 101 || (kind === MethodKind.connect && status < 300)) {
      this.#switch(e, head.upgrade, lastTime);
      return;
    }
    if (head.cut) this.#beginBody(Framing.unknown, 0, e);
    else if (kind === MethodKind.head || status === 204 || status === 304 || head.contentLength === 0) {
      if (head.chunked && kind !== MethodKind.head && status !== 204 && status !== 304)
        this.#beginBody(Framing.chunked, 0, e);
      else this.#responseDone(e, lastTime);
    } else if (head.chunked) this.#beginBody(Framing.chunked, 0, e);
    else if (head.contentLength > 0 && !head.untilClose) this.#beginBody(Framing.length, head.contentLength, e);
    else this.#beginBody(Framing.close, 0, e);
  }

  #beginBody(framing: Framing, length: number, e: Exchange | undefined): void {
    const down = this.#down;
    down.body.begin(framing, length);
    down.phase = Phase.body;
    down.exchange = e;
  }

  /** The exchange that a response belongs to: the first that waits, or one of those that went by unseen. */
  #answered(time: CaptureTime, lastTime: CaptureTime): Exchange | undefined {
    const first = this.#queue.first();
    if (first === undefined || !first.unseen) return first;
    // One of unknown number: gets an exchange of its own, before the mark that stands for the rest.
    const start = first.start < time ? first.start : time;
    first.unseen = false;
    resetExchange(first, start);
    first.flags = RequestFlag.partial;
    first.requestEnd = NEVER;
    this.#context.count('http_request_unseen');
    if (this.#queue.length === 1) this.#addUnseen(lastTime);
    return first;
  }

  #responseEnded(time: CaptureTime): void {
    const e = this.#down.exchange;
    this.#responseDone(e, time);
  }

  #responseDone(e: Exchange | undefined, time: CaptureTime): void {
    const down = this.#down;
    down.exchange = undefined;
    down.phase = Phase.between;
    if (e === undefined) return;
    e.end = time;
    this.#finish(e, outcomeOfStatus(e.code), false);
  }

  /** Ends a response at a moment that is a guess. What still comes belongs to it. */
  #endGuessed(time: CaptureTime): void {
    const down = this.#down;
    const e = down.exchange;
    down.exchange = undefined;
    down.phase = down.body.endsLikeChunked ? Phase.between : Phase.tail;
    if (e === undefined) return;
    e.end = time;
    this.#finish(e, outcomeOfStatus(e.code), false);
  }

  #skipResponses(count: number, time: CaptureTime, gap: boolean): void {
    const down = this.#down;
    down.lastTime = time;
    if (down.phase === Phase.head) this.#readHeldResponse(time);
    if (this.#next !== undefined || this.#opaque) return;
    if (down.phase === Phase.body) {
      const e = down.exchange;
      const after = down.body.skip(count);
      if (e !== undefined) {
        if (count !== Number.MAX_SAFE_INTEGER) e.responseBytes += count - after;
        if (gap) e.flags |= RequestFlag.partial;
      }
      if (down.body.done) this.#responseEnded(time);
      if (after === 0 && (!gap || down.body.framing !== Framing.unknown)) return;
      if (!down.body.done && gap) {
        if (down.body.framing === Framing.close && count === Number.MAX_SAFE_INTEGER) return;
        this.#endGuessed(time);
      }
    } else if (down.phase !== Phase.between && !gap) return;
    if (!gap) this.#context.want(Want.stream);
    this.#lose(down, Side.server);
    if (this.#queue.length > 1) this.#giveUpPairing();
  }

  /** Responses of several requests are gone and nobody knows of how many: none of them can be paired any more. */
  #giveUpPairing(): void {
    this.#context.count('http_pairing_lost');
    for (let e = this.#queue.first(); e !== undefined; e = this.#queue.first()) {
      if (e.unseen) this.#queue.shift();
      else this.#finish(e, Outcome.unset, true);
    }
  }

  /** What stands between two messages is no message: looks for a head at the beginning of a line, else of a later chunk. */
  #garbage(d: Direction, bytes: Uint8Array, at: number, end: number, side: Side, cut: boolean): number {
    this.#context.count('http_bad_head');
    for (let i = at + 1; i < end; i++) {
      if (bytes[i - 1] !== LF) continue;
      const sure = side === Side.client ? recogniseRequest(bytes, i, end, cut) : recogniseResponse(bytes, i, end);
      if (sure === Confidence.yes) return i;
    }
    d.phase = cut ? Phase.between : Phase.tail; // cut: the bytes not captured are what is lost
    return end;
  }

  #lose(d: Direction, side: Side): void {
    if (d.phase !== Phase.lost)
      this.#context.count(side === Side.client ? 'http_requests_lost' : 'http_responses_lost');
    d.phase = Phase.lost;
    d.release();
  }

  /** The connection speaks another protocol from here on. */
  #switch(e: Exchange | undefined, upgrade: string, time: CaptureTime): void {
    if (upgrade === '' && e !== undefined) upgrade = e.upgrade;
    const name = upgrade === 'websocket' ? 'websocket' : upgrade === 'h2c' ? 'http2' : '';
    this.#opaque = true;
    if (name === 'http2') {
      // The answer to the request comes in the new protocol.
      const next = this.#context.become(name);
      this.#next = next;
      if (e !== undefined && next instanceof Http2Session) next.adopt(e);
      else if (e !== undefined) this.#upgraded(e, time);
    } else {
      if (e !== undefined) this.#upgraded(e, time);
      const next = this.#context.become(name);
      this.#next = next;
      if (e !== undefined && next instanceof WebSocketSession) next.adopt(e, time);
    }
    this.#queue.clear();
  }

  #upgraded(e: Exchange, time: CaptureTime): void {
    e.flags |= RequestFlag.upgrade;
    e.end = time;
    this.#finish(e, Outcome.ok, false);
  }

  /** Passes what is left of a chunk on to who took over. */
  #handOver(chunk: Chunk, at: number): void {
    const { start } = chunk;
    if (this.#next === undefined || (at === chunk.end && chunk.skipped === 0)) return;
    chunk.start = at;
    this.#next.data(Side.server, chunk);
    chunk.start = start;
  }

  /** Hands a finished exchange to the sink and takes it out of the queue, of which it is the first. */
  #finish(e: Exchange, outcome: Outcome, partial: boolean): void {
    const { sink } = this.#context;
    const r = sink.fields;
    r.protocol = e.protocol;
    r.method = e.method;
    r.target = e.target;
    r.resource = e.resource;
    r.authority = e.authority;
    r.outcome = outcome === Outcome.ok && e.verdict !== Outcome.unset ? e.verdict : outcome;
    r.code = e.code;
    r.codeText = e.codeText;
    r.requestBytes = e.requestBytes;
    r.responseBytes = e.responseBytes;
    r.start = e.start;
    r.requestEnd = e.requestEnd;
    r.readAt = e.readAt;
    r.responseStart = e.responseStart;
    r.end = e.end;
    r.flags = partial ? e.flags | RequestFlag.partial : e.flags;
    r.traceId = e.traceId;
    r.parentSpanId = e.parentSpanId;
    r.correlationId = e.correlationId;
    r.userAgent = e.userAgent;
    r.contentType = e.contentType;
    if (e.attributes !== undefined) for (const text of e.attributes) r.attributes.push(text);
    if (this.#up.exchange === e) this.#up.exchange = undefined;
    if (this.#queue.first() === e) this.#queue.shift();
    sink.emit();
  }
}
