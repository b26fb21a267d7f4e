import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { u32le } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { Interner } from '../interner.ts';
import { PendingTable } from '../pending.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { indexOfByte } from '../text.ts';
import { readAnswer } from './answer.ts';
import { isHello, readClient, readCommand } from './command.ts';
import { compressors, inflate } from './inflate.ts';
import { headBytes, MessageFlag, Operation, rule } from './wire.ts';

const protocol = 'mongodb';

/** Bytes of a message after which not every byte is captured any more: its length is known. */
const bulk = 64 * 1024;

const namespaces = new Interner(256, { longest: 128 });

/** A message without its frame: after decompression it lies elsewhere. */
interface Body {
  operation: number;
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** One connection of MongoDB and what speaks like it (FerretDB, DocumentDB, Cosmos DB). Paired by request id. */
export class MongodbSession implements Session {
  readonly #context: SessionContext;
  readonly #client: FrameCutter;
  readonly #server: FrameCutter;
  readonly #pending = new PendingTable(newExchange);
  readonly #single = newExchange();
  readonly #body: Body = { operation: 0, bytes: new Uint8Array(0), start: 0, end: 0 };
  #userAgent = '';
  #bulky = false;
  #frames = 0;
  #answersLost = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const synced = context.fromTheBeginning;
    this.#client = new FrameCutter(rule, (frame) => this.#fromClient(frame), { synced, keep: 4096 });
    this.#server = new FrameCutter(rule, (frame) => this.#fromServer(frame), { synced, keep: 4096 });
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#pending.length;
  }

  data(from: Side, chunk: Chunk): void {
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    const before = this.#frames;
    cutter.push(chunk);
    if (!cutter.synced && (wasSynced || this.#frames !== before)) this.#lostTrack(from);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    cutter.gap(bytes, time);
    if (wasSynced && !cutter.synced) this.#lostTrack(from);
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    if (this.#answersLost) this.#giveUpWaiting();
    for (const [, e] of this.#pending.entries()) {
      if (e.outcome === Outcome.unset) e.outcome = outcomeOfEnding(how);
      if (how === 'unknown') e.partial();
      else e.end = time;
      this.#emit(e);
    }
    this.#pending.clear();
  }

  #lostTrack(from: Side): void {
    this.#context.count(from === Side.client ? 'mongodb_request_lost' : 'mongodb_answer_lost');
    if (from === Side.server) this.#answersLost = true;
  }

  /** What waits when answers are lost is told as it is once the client goes on: nearly all use a connection in turns. */
  #giveUpWaiting(): void {
    this.#answersLost = false;
    for (const [, e] of this.#pending.entries()) this.#emit(e.partial());
    this.#pending.clear();
  }

  #emit(e: Exchange): void {
    e.userAgent = this.#userAgent;
    e.emit(this.#context.sink, protocol);
  }

  /** Long messages are data, whose beginning is enough. */
  #measure(frame: Frame): void {
    const isBulky = frame.length > bulk;
    if (isBulky === this.#bulky) return;
    this.#bulky = isBulky;
    this.#context.want(isBulky ? Want.segments : Want.stream);
  }

  /** Points {@link #body} at what the frame holds; false where that cannot be read. */
  #open(frame: Frame, e: Exchange): boolean {
    const body = this.#body;
    const { bytes, start, end } = frame;
    body.operation = u32le(bytes, start + 12);
    body.bytes = bytes;
    body.start = start + headBytes;
    body.end = end;
    if (body.operation !== Operation.compressed) return true;
    if (end - body.start < 9) return false;
    const compressor = bytes[body.start + 8];
    body.operation = u32le(bytes, body.start);
    e.attribute('mongodb.compressor', compressors[compressor] ?? String(compressor));
    const inflated = inflate(compressor, bytes, body.start + 9, end);
    if (inflated === undefined) {
      this.#context.count('mongodb_compressed');
      return false;
    }
    body.bytes = inflated;
    body.start = 0;
    body.end = inflated.length;
    return true;
  }

  #fromClient(frame: Frame): void {
    this.#frames++;
    const { bytes, start, end } = frame;
    if (end - start < headBytes) return;
    this.#measure(frame);
    if (this.#answersLost) this.#giveUpWaiting();
    const id = u32le(bytes, start + 4);
    const former = this.#pending.take(id);
    if (former !== undefined) this.#emit(former.partial());
    if (this.#pending.full) {
      const oldest = this.#pending.take(this.#pending.oldest());
      if (oldest !== undefined) this.#emit(oldest.partial());
      this.#context.count('mongodb_too_many_pending');
    }
    const e = this.#single.ask('', '', frame, frame.length);
    const isOneWay = this.#asks(e, frame);
    if (isOneWay) {
      e.flags |= RequestFlag.oneWay;
      this.#emit(e);
      return;
    }
    const waiting = this.#pending.add(id);
    if (waiting !== undefined) copy(e, waiting, frame);
  }

  /** Reads a request into the exchange; true where it will not be answered. */
  #asks(e: Exchange, frame: Frame): boolean {
    if (!this.#open(frame, e)) {
      e.partial();
      return false;
    }
    const { operation, bytes, start, end } = this.#body;
    switch (operation) {
      case Operation.message:
        return this.#message(e, bytes, start, end);
      case Operation.query: {
        const nameEnd = this.#namespace(e, start + 4);
        if (nameEnd < 0) return false;
        const document = nameEnd + 9;
        if (e.target !== '$cmd') {
          e.method = 'find';
          return false;
        }
        e.target = '';
        if (!readCommand(e, bytes, document, end)) e.partial();
        this.#hello(e, bytes, document, end);
        return false;
      }
      case Operation.getMore:
        e.method = 'getMore';
        this.#namespace(e, start + 4);
        return false;
      case Operation.insert:
        e.method = 'insert';
        this.#namespace(e, start + 4);
        return true;
      case Operation.update:
      case Operation.delete:
        e.method = operation === Operation.update ? 'update' : 'delete';
        this.#namespace(e, start + 4);
        return true;
      case Operation.killCursors:
        e.method = 'killCursors';
        return true;
      default:
        e.partial();
        return false;
    }
  }

  /** 'database.collection' and a zero at `at`; gives the index of the zero, -1 where it is not there. */
  #namespace(e: Exchange, at: number): number {
    const { bytes, end } = this.#body;
    const zero = indexOfByte(bytes, 0, at, Math.min(end, at + 260));
    if (zero < 0) {
      e.partial();
      return -1;
    }
    const dot = indexOfByte(bytes, 0x2e, at, zero);
    e.authority = namespaces.text(bytes, at, dot < 0 ? zero : dot);
    e.target = dot < 0 ? '' : namespaces.text(bytes, dot + 1, zero);
    return zero;
  }

  /** OP_MSG: flags, then sections: one document that is the command, and lists of documents. */
  #message(e: Exchange, bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < 5) {
      e.partial();
      return false;
    }
    const flags = u32le(bytes, start);
    let at = start + 4;
    // Lists may stand before the command.
    for (let i = 0; i < 8 && at + 5 <= end && bytes[at] === 1; i++) at += 1 + u32le(bytes, at + 1);
    if (at + 5 > end || bytes[at] !== 0) e.partial();
    else {
      if (!readCommand(e, bytes, at + 1, end)) e.partial();
      this.#hello(e, bytes, at + 1, end);
    }
    if ((flags & MessageFlag.exhaustAllowed) !== 0) e.flags |= RequestFlag.streaming;
    return (flags & MessageFlag.moreToCome) !== 0;
  }

  #hello(e: Exchange, bytes: Uint8Array, at: number, end: number): void {
    if (this.#userAgent === '' && isHello(e.method)) this.#userAgent = readClient(bytes, at, end);
  }

  #fromServer(frame: Frame): void {
    this.#frames++;
    const { bytes, start, end } = frame;
    if (end - start < headBytes) return;
    this.#measure(frame);
    const id = u32le(bytes, start + 8);
    const e = this.#pending.get(id);
    if (e === undefined) return;
    e.answer(frame, frame.length);
    if (!this.#open(frame, e)) {
      this.#pending.take(id);
      this.#emit(e.partial());
      return;
    }
    const body = this.#body;
    if (body.operation === Operation.reply) this.#reply(e);
    else if (body.operation === Operation.message && body.end - body.start >= 10) {
      const flags = u32le(body.bytes, body.start);
      if (body.bytes[body.start + 4] === 0) readAnswer(e, body.bytes, body.start + 5, body.end);
      else e.partial();
      if ((flags & MessageFlag.moreToCome) !== 0 && this.#goesOn(e, id, frame)) return;
    } else e.partial();
    this.#pending.take(id);
    this.#emit(e);
  }

  /**
   * An exhaust cursor: the server says more without being asked, each time in answer to what it said before. A hello that
   * goes on for ever is told at its first answer; true where the exchange goes on.
   */
  #goesOn(e: Exchange, id: number, frame: Frame): boolean {
    if (isHello(e.method) || this.#pending.full) return false;
    this.#pending.take(id);
    const next = this.#pending.add(u32le(frame.bytes, frame.start + 4));
    if (next !== undefined && next !== e) copy(e, next, frame);
    if (next !== undefined) next.responseMessages++;
    return true;
  }

  /** OP_REPLY: flags, cursor, offset, number of documents, the documents. */
  #reply(e: Exchange): void {
    const { bytes, start, end } = this.#body;
    if (end - start < 25) {
      e.partial();
      return;
    }
    const flags = u32le(bytes, start);
    readAnswer(e, bytes, start + 20, end);
    // CursorNotFound, QueryFailure.
    if ((flags & 3) !== 0 && e.outcome <= Outcome.ok) e.ended(Outcome.clientError, e.code, e.codeText);
    if (e.method === 'find' || e.method === 'getMore') e.responseMessages = u32le(bytes, start + 16);
  }
}

/** Makes `to` the same exchange as `from`. */
function copy(from: Exchange, to: Exchange, frame: Frame): void {
  to.ask(from.method, from.target, frame, from.requestBytes);
  to.resource = from.resource;
  to.authority = from.authority;
  to.flags = from.flags;
  to.start = from.start;
  to.requestEnd = from.requestEnd;
  to.readAt = from.readAt;
  to.responseStart = from.responseStart;
  to.end = from.end;
  to.responseBytes = from.responseBytes;
  to.responseMessages = from.responseMessages;
  to.outcome = from.outcome;
  to.code = from.code;
  to.codeText = from.codeText;
  to.traceId = from.traceId;
  to.parentSpanId = from.parentSpanId;
  to.correlationId = from.correlationId;
  for (const text of from.attributes) to.attributes.push(text);
}
