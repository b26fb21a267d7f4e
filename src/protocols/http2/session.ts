import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Body } from '../http/api/call.ts';
import { isApi, refineByAnswer, refineByBody, refineByHead } from '../http/api/refine.ts';
import type { Exchange } from '../http/exchange.ts';
import { isStreamType } from '../http/media-type.ts';
import { type How, outcomeOfEnd, outcomeOfStatus } from '../http/outcome.ts';
import { rawOf } from '../http/target.ts';
import { PendingTable } from '../pending.ts';
import type { Chunk, Session, SessionContext } from '../protocol.ts';
import { Want } from '../protocol.ts';
import { Block } from './block.ts';
import { Direction, type FrameSink, type Place } from './direction.ts';
import { errorName } from './frame.ts';
import { grpcOutcome, grpcStatusName, grpcStatusOfHttp, isGrpc } from './grpc.ts';
import { Hpack } from './hpack.ts';
import { newStream, resetStream, type Stream } from './stream.ts';

/** Most streams of one connection that are open at a time. */
const mostStreams = 4096;

/** Of a deadline: it is told as what is left of it when the request is written, some time before it is on the wire. */
const nearlyAll = 0.9;

const block = new Block();

/**
 * One HTTP/2 connection (RFC 9113) and the gRPC calls on it. Requests and responses belong together by stream.
 *
 * Every byte is asked for, since each header block may refer to those before. Where some were not seen (the connection is
 * older than the capture, bytes were lost), what refers to them is missing, the request is marked partial, and nothing is
 * guessed.
 */
export class Http2Session implements Session, FrameSink {
  readonly #context: SessionContext;
  readonly #streams = new PendingTable<Stream>(newStream, mostStreams);
  readonly #directions: readonly [Direction, Direction];
  readonly #hpack: readonly [Hpack, Hpack];
  /** Highest stream that the client opened. */
  #highest = 0;
  /** Requests may have gone by unseen. */
  #gaps = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const begins = context.fromTheBeginning;
    this.#directions = [
      new Direction(Side.client, this, begins, begins),
      new Direction(Side.server, this, begins, false),
    ];
    this.#hpack = [new Hpack(begins), new Hpack(begins)];
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#streams.length;
  }

  data(from: Side, chunk: Chunk): void {
    this.#directions[from].push(chunk);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (bytes === 0) return;
    this.#context.count('http2_bytes_lost');
    this.#directions[from].skip(bytes, time);
  }

  close(_time: CaptureTime, how: How): void {
    for (const [id, s] of this.#streams.entries()) {
      this.#streams.take(id);
      if (how === 'unknown') s.flags |= RequestFlag.partial;
      // A stream that was meant to go on until somebody hangs up ends well.
      const streams = how === 'closed' && isStreamType(s.contentType) && s.code > 0;
      this.#emit(s, streams ? outcomeOfStatus(s.code) : outcomeOfEnd(how), '');
    }
  }

  /** The connection was HTTP/1 until this request asked for h2c: it is stream 1, on which its response comes. */
  adopt(e: Exchange): void {
    this.#highest = 1;
    const s = this.#open(1, e.start);
    s.method = e.method;
    s.target = e.target;
    s.resource = e.resource;
    s.authority = e.authority;
    s.userAgent = e.userAgent;
    s.traceId = e.traceId;
    s.parentSpanId = e.parentSpanId;
    s.correlationId = e.correlationId;
    s.flags = e.flags | RequestFlag.upgrade;
    s.requestBytes = e.requestBytes;
    s.responseBytes = e.responseBytes;
    s.requestEnd = e.requestEnd;
    s.requestEnded = true;
  }

  onBlock(
    from: Side,
    id: number,
    promised: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    cut: boolean,
    place: Place,
  ): void {
    block.clear();
    const whole = this.#hpack[from].decode(bytes, start, end, block);
    if (!whole || cut) {
      if (!cut) this.#context.count('http2_bad_header_block');
      this.#hpack[from].reset();
      block.partial = true;
    }
    if (promised > 0) this.#request(promised, place).pushed = true;
    else if (from === Side.server) this.#response(id, place);
    else if (id > this.#highest) {
      this.#highest = id;
      this.#request(id, place);
    } else this.#moreOfRequest(id, place);
  }

  onDataBegins(from: Side, id: number, place: Place): void {
    const s = this.#streams.get(id);
    if (s === undefined) return;
    if (from === Side.client) {
      s.requestBytes += place.wireBytes;
      s.requestEnd = place.lastTime;
    } else {
      s.responseBytes += place.wireBytes;
      s.end = place.lastTime;
    }
  }

  onData(from: Side, id: number, bytes: Uint8Array, start: number, end: number, lastTime: CaptureTime): void {
    const s = this.#streams.get(id);
    if (s === undefined) return;
    if (from === Side.client) s.requestEnd = lastTime;
    else s.end = lastTime;
    if (s.grpc) (from === Side.client ? s.requests : s.responses).read(bytes, start, end);
    else if (s.body !== Body.none) {
      if (from === Side.client) refineByBody(s, bytes, start, end);
      else refineByAnswer(s, bytes, start, end);
    }
  }

  onDataSkipped(from: Side, id: number, count: number, lastTime: CaptureTime): void {
    const s = this.#streams.get(id);
    if (s === undefined) return;
    if (from === Side.client) s.requestEnd = lastTime;
    else s.end = lastTime;
    (from === Side.client ? s.requests : s.responses).skip(count);
  }

  onEnd(from: Side, id: number, lastTime: CaptureTime): void {
    const s = this.#streams.get(id);
    if (s === undefined) return;
    if (from === Side.client) {
      s.requestEnded = true;
      s.requestEnd = lastTime;
      return;
    }
    this.#streams.take(id);
    s.end = lastTime;
    this.#emit(s, undefined, '');
  }

  onReset(from: Side, id: number, code: number, time: CaptureTime): void {
    const s = this.#streams.take(id);
    if (s === undefined) return;
    if (s.responseStart !== NEVER) s.end = time;
    // A client cancels at the deadline that it gave (grpc-timeout), or because nobody wants the answer any more.
    const late = from === Side.client && s.deadline > 0 && time - s.start >= s.deadline * nearlyAll;
    if (code < 0) s.flags |= RequestFlag.partial;
    this.#emit(s, late ? Outcome.timeout : Outcome.aborted, code < 0 ? '' : errorName(code));
  }

  onGoaway(from: Side, lastStream: number, code: number): void {
    if (from === Side.client) return;
    // Requests above the last one that the server promises to answer were not looked at.
    for (const [id, s] of this.#streams.entries()) {
      if (id <= lastStream || s.responseStart !== NEVER || s.pushed) continue;
      this.#streams.take(id);
      this.#emit(s, Outcome.aborted, code === 0 ? 'GOAWAY' : errorName(code));
    }
  }

  onGap(from: Side): void {
    this.#context.count(from === Side.client ? 'http2_requests_lost' : 'http2_responses_lost');
    this.#hpack[from].reset();
    this.#gaps = true;
    for (const [, s] of this.#streams.entries()) {
      s.flags |= RequestFlag.partial;
      (from === Side.client ? s.requests : s.responses).exact = false;
    }
  }

  #open(id: number, time: CaptureTime): Stream {
    if (this.#streams.full) {
      this.#context.count('http2_streams_overflow');
      const oldest = this.#streams.take(this.#streams.oldest());
      if (oldest !== undefined) {
        oldest.flags |= RequestFlag.partial;
        this.#emit(oldest, Outcome.unset, '');
      }
    }
    const s = this.#streams.add(id) ?? newStream();
    resetStream(s, time);
    return s;
  }

  #request(id: number, place: Place): Stream {
    const s = this.#open(id, place.time);
    const { target, path, trace } = block;
    s.method = block.method;
    s.authority = block.authority;
    if (s.method === 'CONNECT' && target === undefined) s.target = s.authority;
    else if (target !== undefined) {
      s.target = target.template;
      s.resource = this.#context.options.keepRaw ? rawOf(target) : target.path;
    }
    s.userAgent = block.userAgent;
    s.traceId = trace.traceId;
    s.parentSpanId = trace.parentSpanId;
    s.correlationId = trace.correlationId;
    if (block.partial) s.flags |= RequestFlag.partial;
    if (target?.waits || block.waits) s.flags |= RequestFlag.wait;
    s.deadline = block.deadline;
    s.requestBytes = place.wireBytes;
    s.requestEnd = place.lastTime;
    s.path = path;
    if (isGrpc(block.contentType)) this.#becomeGrpc(s);
    else if (isApi(s.method, block)) refineByHead(s, block, this.#context.serverPort);
    return s;
  }

  /** `/package.Service/Method` (gRPC over HTTP/2, "Requests"). */
  #becomeGrpc(s: Stream): void {
    const { path } = s;
    s.grpc = true;
    const slash = path.lastIndexOf('/');
    if (slash < 1) {
      // The path is not known, or none of gRPC's.
      s.method = '';
      return;
    }
    s.method = path.slice(slash + 1, slash + 121);
    s.target = path.slice(path.charCodeAt(0) === 47 ? 1 : 0, slash).slice(0, 200);
    s.resource = '';
  }

  /** A second block of a request: trailers. */
  #moreOfRequest(id: number, place: Place): void {
    const s = this.#streams.get(id);
    if (s === undefined) return;
    s.requestBytes += place.wireBytes;
    s.requestEnd = place.lastTime;
  }

  #response(id: number, place: Place): void {
    let s = this.#streams.get(id);
    if (s === undefined) {
      if (id <= this.#highest || (id & 1) === 0) return;
      if (!this.#gaps) {
        this.#context.count('http2_response_without_request');
        return;
      }
      // Its request went by in a gap.
      this.#highest = id;
      s = this.#open(id, place.time);
      s.flags |= RequestFlag.partial;
    }
    s.responseBytes += place.wireBytes;
    s.end = place.lastTime;
    if (block.grpcStatus >= 0) s.grpcStatus = block.grpcStatus;
    if (block.partial) s.flags |= RequestFlag.partial;
    if (!s.grpc && (block.grpcStatus >= 0 || isGrpc(block.contentType))) {
      // The request did not say so, or that was not seen; its messages were not counted.
      this.#becomeGrpc(s);
      s.requests.exact = false;
    }
    if (s.responseStart !== NEVER) return;
    if (block.status >= 100 && block.status < 200) return;
    s.code = block.status;
    s.responseStart = place.time;
    s.readAt = place.readAt;
    s.contentType = block.contentType;
    if (isStreamType(block.contentType)) s.flags |= RequestFlag.streaming;
    if (s.correlationId === '') s.correlationId = block.trace.correlationId;
  }

  /** Hands a finished stream to the sink. The outcome is what its status says where none is given. */
  #emit(s: Stream, outcome: Outcome | undefined, reason: string): void {
    const { sink } = this.#context;
    const r = sink.fields;
    r.method = s.method;
    r.target = s.target;
    r.resource = s.resource;
    r.authority = s.authority;
    r.requestBytes = s.requestBytes;
    r.responseBytes = s.responseBytes;
    r.start = s.start;
    r.requestEnd = s.requestEnd;
    r.readAt = s.readAt;
    r.responseStart = s.responseStart;
    r.end = s.responseStart === NEVER ? NEVER : s.end;
    r.flags = s.flags;
    r.traceId = s.traceId;
    r.parentSpanId = s.parentSpanId;
    r.correlationId = s.correlationId;
    r.userAgent = s.userAgent;
    r.contentType = s.contentType;
    r.code = s.code;
    r.codeText = reason;
    if (s.grpc) this.#grpcResult(s, outcome);
    else {
      r.protocol = s.protocol;
      r.outcome = outcome ?? (s.code < 0 ? Outcome.unset : outcomeOfStatus(s.code));
      if (r.outcome === Outcome.ok && s.verdict !== Outcome.unset) r.outcome = s.verdict;
      if (reason === '') r.codeText = s.codeText;
      r.attributes.push('network.protocol.version', '2');
      if (s.attributes !== undefined) for (const text of s.attributes) r.attributes.push(text);
    }
    if (s.pushed) r.attributes.push('http.request.pushed', 'true');
    sink.emit();
  }

  #grpcResult(s: Stream, outcome: Outcome | undefined): void {
    const r = this.#context.sink.fields;
    r.protocol = 'grpc';
    r.requestMessages = s.requests.messages;
    r.responseMessages = s.responses.messages;
    if (!s.requests.exact || !s.responses.exact) r.flags |= RequestFlag.partial;
    if (r.requestMessages > 1 || r.responseMessages > 1) r.flags |= RequestFlag.streaming;
    let status = s.grpcStatus;
    if (status < 0 && outcome === undefined && s.code >= 0 && s.code !== 200) status = grpcStatusOfHttp(s.code);
    if (s.code >= 0 && s.code !== 200) r.attributes.push('http.response.status_code', `${s.code}`);
    r.code = status;
    if (status >= 0) r.codeText = grpcStatusName(status);
    r.outcome = outcome ?? (status < 0 ? Outcome.unset : grpcOutcome(status));
  }
}
