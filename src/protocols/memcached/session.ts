import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { u16be, u32be } from '../byte-reader.ts';
import type { ConnectionEnding } from '../ending.ts';
import type { Exchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { InOrder } from '../in-order.ts';
import { Interner } from '../interner.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { topicInterner } from '../topic.ts';
import { headBytes, isQuiet, isServersFault, operations, statsOperation, statusName } from './binary.ts';
import { clientRule, isWord, serverRule, splitLine, words } from './text.ts';

const protocol = 'memcached';

/** How a command is answered. */
const Kind = {
  /** By one line. */
  line: 0,
  /** By values, and END. */
  values: 1,
  /** By lines of statistics, and END or the like. */
  stats: 2,
  /** Meta command: by one line, perhaps with data. */
  meta: 3,
  /** Binary, by one packet. */
  binary: 4,
  binaryStats: 5,
} as const;

const commands = new Set(
  (
    'get gets gat gats set add replace append prepend cas delete incr decr touch mg ms md ma mn me stats version ' +
    'verbosity flush_all cache_memlimit slabs lru lru_crawler watch shutdown misbehave debugtime refresh_certs'
  ).split(' '),
);
/** Bit of a kind: answered only if there is something to tell. */
const quiet = 16;
const keys = topicInterner(4096, ':');
const names = new Interner(64);

/** One connection of memcached, in text (classic or meta) or binary. */
export class MemcachedSession implements Session {
  readonly #context: SessionContext;
  readonly #client: FrameCutter;
  readonly #server: FrameCutter;
  readonly #order: InOrder;
  #frames = 0;
  readonly #unframed: [number, number] = [0, 0];
  #opaque = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const options = { synced: context.fromTheBeginning, keep: 512 };
    this.#client = new FrameCutter(clientRule, (frame) => this.#fromClient(frame), options);
    this.#server = new FrameCutter(serverRule, (frame) => this.#fromServer(frame), options);
    this.#order = new InOrder((exchange) => exchange.emit(context.sink, protocol), context.fromTheBeginning);
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#order.length;
  }

  data(from: Side, chunk: Chunk): void {
    const length = chunk.end - chunk.start + chunk.skipped;
    if (this.#opaque || length === 0) return;
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    const before = this.#frames;
    this.#unframed[from] += length;
    cutter.push(chunk);
    if (from === Side.server) this.#order.serverSpoke(chunk.lastTime);
    if (cutter.synced) return;
    if (wasSynced || this.#frames !== before) this.#lostTrack(from, chunk.lastTime);
    if (from === Side.server) this.#order.first()?.answer(chunk, Math.max(0, this.#unframed[from]));
    this.#unframed[from] = 0;
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    if (bytes > 0) this.#unframed[from] += bytes;
    cutter.gap(bytes, time);
    if (!cutter.synced) this.#unframed[from] = 0;
    if (from === Side.server) this.#order.serverSpoke(time);
    if (wasSynced && !cutter.synced) this.#lostTrack(from, time);
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    this.#order.close(time, how);
  }

  #lostTrack(from: Side, time: CaptureTime): void {
    if (from === Side.client) {
      this.#context.count('memcached_request_lost');
      this.#order.loseRequests();
    } else {
      this.#context.count('memcached_answer_lost');
      this.#order.loseAnswers(time);
    }
  }

  #fromClient(frame: Frame): void {
    this.#frames++;
    this.#unframed[Side.client] -= frame.length;
    if (frame.bytes[frame.start] === 0x80) this.#asksBinary(frame);
    else this.#asks(frame);
  }

  #asks(frame: Frame): void {
    const { bytes, start, end } = frame;
    if (!splitLine(bytes, start, end) || words.count === 0) return;
    const method = names.text(bytes, words.from[0], Math.min(words.to[0], words.from[0] + 16));
    if (method === 'quit') return;
    this.#order.asks(frame.time);
    const e = this.#order.add();
    if (e === undefined) return;
    e.ask(commands.has(method) ? method : '', '', frame, frame.length);
    if (words.count > 1 && isWord(bytes, words.count - 1, 'noreply')) {
      this.#target(e, bytes, words.from[1], words.to[1]);
      this.#emitOneWay(e);
      return;
    }
    switch (method) {
      case 'get':
      case 'gets':
        e.kind = Kind.values;
        e.requestMessages = words.count - 1;
        break;
      case 'gat':
      case 'gats':
        e.kind = Kind.values;
        e.requestMessages = words.count - 2;
        if (words.count > 2) this.#target(e, bytes, words.from[2], words.to[2]);
        return;
      case 'stats':
        e.kind = Kind.stats;
        return;
      case 'watch':
        e.flags |= RequestFlag.wait | RequestFlag.streaming;
        return;
      case 'mg':
      case 'ms':
      case 'md':
      case 'ma':
      case 'mn':
      case 'me':
        this.#meta(e, bytes);
        break;
      case 'version':
      case 'verbosity':
      case 'flush_all':
      case 'cache_memlimit':
      case 'slabs':
      case 'lru':
      case 'shutdown':
        return;
    }
    if (words.count > 1) this.#target(e, bytes, words.from[1], words.to[1]);
  }

  /** Flags of a meta command: q for quiet, O for a token that comes back, k for the key that does. */
  #meta(e: Exchange, bytes: Uint8Array): void {
    e.kind = Kind.meta;
    for (let i = 2; i < Math.min(words.count, 8); i++) {
      const flag = bytes[words.from[i]];
      if (flag === 0x71 && words.to[i] - words.from[i] === 1) e.kind |= quiet;
      else if (flag === 0x4f) e.key = hashOf(bytes, words.from[i], words.to[i]);
    }
  }

  #target(e: Exchange, bytes: Uint8Array, from: number, to: number): void {
    const text = keys.text(bytes, from, Math.min(to, from + 250));
    e.target = keys.derived;
    if (this.#context.options.keepRaw && text !== e.target) e.resource = text;
  }

  #emitOneWay(e: Exchange): void {
    e.flags |= RequestFlag.oneWay;
    this.#order.takeLast();
    e.emit(this.#context.sink, protocol);
  }

  #asksBinary(frame: Frame): void {
    const { bytes, start, end } = frame;
    if (end - start < headBytes) return;
    const operation = bytes[start + 1];
    const name = operations[operation];
    if (name === 'quit' || name === 'quitq') return;
    this.#order.asks(frame.time);
    const e = this.#order.add();
    if (e === undefined) return;
    e.ask(name, '', frame, frame.length);
    e.kind = operation === statsOperation ? Kind.binaryStats : Kind.binary;
    e.key = operation * 0x1_0000_0000 + u32be(bytes, start + 12);
    if (isQuiet(operation)) e.kind |= quiet;
    const key = start + headBytes + bytes[start + 4];
    const keyEnd = key + u16be(bytes, start + 2);
    if (keyEnd > end) e.partial();
    else if (keyEnd > key && !name.startsWith('sasl')) this.#target(e, bytes, key, keyEnd);
  }

  #fromServer(frame: Frame): void {
    this.#frames++;
    this.#unframed[Side.server] -= frame.length;
    const { bytes, start, end } = frame;
    if (bytes[start] === 0x81) {
      if (end - start >= headBytes) this.#answersBinary(frame);
      return;
    }
    if (!splitLine(bytes, start, end) || words.count === 0) return;
    const e = this.#whose(frame, (waiting) => this.#isAnswerTo(waiting, bytes));
    if (e === undefined) return;
    e.answer(frame, frame.length);
    this.#takeLine(e, bytes);
  }

  /**
   * Whose answer this is: the first that waits, after quiet ones that it does not fit. Those had nothing to tell: a miss, or
   * all is well.
   */
  #whose(frame: Frame, fits: (waiting: Exchange) => boolean): Exchange | undefined {
    const first = this.#order.first();
    if (first !== undefined && first.responseStart !== NEVER) return first;
    let e = this.#order.answered(frame.lastTime);
    while (e !== undefined && (e.kind & quiet) !== 0 && !fits(e)) {
      e.ended(Outcome.ok, -1, /^m?g/.test(e.method) ? 'MISS' : '');
      e.end = frame.lastTime;
      this.#order.finish();
      e = this.#order.first();
    }
    return e;
  }

  #isAnswerTo(e: Exchange, bytes: Uint8Array): boolean {
    if (isWord(bytes, 0, 'MN')) return e.method === 'mn';
    for (let i = 1; i < Math.min(words.count, 8); i++) {
      if (bytes[words.from[i]] === 0x4f) return e.key === hashOf(bytes, words.from[i], words.to[i]);
    }
    return e.method !== 'mn';
  }

  #takeLine(e: Exchange, bytes: Uint8Array): void {
    const from = words.from[0];
    const word = names.text(bytes, from, Math.min(words.to[0], from + 16));
    switch (word) {
      case 'ERROR':
      case 'CLIENT_ERROR':
        this.#end(e, Outcome.clientError, word);
        return;
      case 'SERVER_ERROR':
      case 'BUSY':
        this.#end(e, Outcome.serverError, word);
        return;
      case 'VALUE':
        e.responseMessages++;
        if (e.kind === Kind.values) return;
        break;
      case 'STAT':
        if (e.kind === Kind.stats) return;
        break;
      case 'END':
        this.#end(e, Outcome.ok, e.kind === Kind.values && e.responseMessages === 0 ? 'MISS' : '');
        return;
      case 'EN':
        this.#end(e, Outcome.ok, 'MISS');
        return;
      case 'VA':
        e.responseMessages++;
        break;
      case 'NOT_STORED':
      case 'NOT_FOUND':
      case 'EXISTS':
      case 'NS':
      case 'NF':
      case 'EX':
        this.#end(e, Outcome.ok, word);
        return;
    }
    this.#end(e, Outcome.ok, '');
  }

  #end(e: Exchange, outcome: Outcome, word: string): void {
    e.ended(outcome, -1, word);
    const isWatch = (e.flags & RequestFlag.streaming) !== 0;
    this.#order.finish();
    if (!isWatch || outcome !== Outcome.ok) return;
    this.#opaque = true;
    this.#context.want(Want.counters);
  }

  #answersBinary(frame: Frame): void {
    const { bytes, start } = frame;
    const id = bytes[start + 1] * 0x1_0000_0000 + u32be(bytes, start + 12);
    const e = this.#whose(frame, (waiting) => waiting.key === id);
    if (e === undefined) return;
    e.answer(frame, frame.length);
    if (e.key !== id) e.partial();
    const status = u16be(bytes, start + 6);
    if ((e.kind & ~quiet) === Kind.binaryStats && status === 0 && u16be(bytes, start + 2) > 0) return;
    if (status === 0) {
      e.ended(Outcome.ok, 0);
      if (/^(?:get|gat)/.test(e.method)) e.responseMessages = 1;
    } else if (status === 1 && /^(?:get|gat)/.test(e.method)) e.ended(Outcome.ok, status, 'MISS');
    else if (status === 1 || status === 2 || status === 5) e.ended(Outcome.ok, status, statusName(status));
    else e.ended(isServersFault(status) ? Outcome.serverError : Outcome.clientError, status, statusName(status));
    this.#order.finish();
  }
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  return hash;
}
