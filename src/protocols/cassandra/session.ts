import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { u16be, u32be } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { Interner } from '../interner.ts';
import { decompressLz4 } from '../lz4.ts';
import { PendingTable } from '../pending.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import type { Statement } from '../sql/index.ts';
import { textOf } from '../text.ts';
import { clearTraceContext, newTraceContext, readTraceHeader } from '../trace-context.ts';
import { errorOf } from './errors.ts';
import { describe, describeQuery, keepPrepared, readBatch, readLongString, readStatementId } from './request.ts';
import { SegmentReader } from './segments.ts';
import { CassandraRule, FrameFlag, headBytes, Opcode } from './wire.ts';

const protocol = 'cassandra';

/** Bytes of a frame after which not every byte is captured any more. */
const bulk = 64 * 1024;

const keyspaces = new Interner(64);
const trace = newTraceContext();

/** Names of requests that carry no statement. */
const names = new Map<number, string>([
  [Opcode.startup, 'STARTUP'],
  [Opcode.options, 'OPTIONS'],
  [Opcode.register, 'REGISTER'],
  [Opcode.authResponse, 'AUTH_RESPONSE'],
]);

/** The beginning of a body that was compressed: statements and errors are shorter. */
const body = new Uint8Array(4096);

/** One connection of Cassandra or ScyllaDB, protocol versions 3 to 5. Paired by stream. */
export class CassandraSession implements Session {
  readonly #context: SessionContext;
  readonly #rules = [new CassandraRule(false), new CassandraRule(true)] as const;
  readonly #cutters: readonly [FrameCutter, FrameCutter];
  readonly #segments: readonly [SegmentReader, SegmentReader];
  readonly #pending = new PendingTable(newExchange, 32_768);
  /** What the streams are preparing. */
  readonly #preparing = new Map<number, Statement>();
  #keyspace = '';
  #driver = '';
  /** What frames (segments from version 5 on) are compressed with: 'lz4', 'snappy', '' where that was not said or not seen. */
  #compression = '';
  #bulky = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const options = { synced: context.fromTheBeginning, keep: 4096 };
    const [client, server] = this.#rules;
    this.#segments = [
      new SegmentReader(
        false,
        (frame) => this.#fromClient(frame),
        () => this.#lostTrack(Side.client),
      ),
      new SegmentReader(
        true,
        (frame) => this.#fromServer(frame),
        () => this.#lostTrack(Side.server),
      ),
    ];
    this.#cutters = [
      new FrameCutter(client, (frame) => this.#take(Side.client, frame), options),
      new FrameCutter(server, (frame) => this.#take(Side.server, frame), options),
    ];
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#pending.length;
  }

  data(from: Side, chunk: Chunk): void {
    const cutter = this.#cutters[from];
    const wasSynced = cutter.synced;
    cutter.push(chunk);
    if (wasSynced && !cutter.synced) this.#lostTrack(from);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    const cutter = this.#cutters[from];
    const wasSynced = cutter.synced;
    cutter.gap(bytes, time);
    if (wasSynced && !cutter.synced) this.#lostTrack(from);
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    for (const [, e] of this.#pending.entries()) {
      if ((e.flags & RequestFlag.partial) === 0) {
        e.outcome = outcomeOfEnding(how);
        if (how === 'unknown') e.partial();
        else e.end = time;
      }
      this.#emit(e);
    }
    this.#pending.clear();
    this.#preparing.clear();
  }

  /** The answers to what waits may be lost; those that come are told by their streams. */
  #lostTrack(from: Side): void {
    this.#segments[from].reset();
    this.#context.count(from === Side.client ? 'cassandra_request_lost' : 'cassandra_answer_lost');
    if (from === Side.server) for (const [, e] of this.#pending.entries()) e.partial();
  }

  #take(from: Side, frame: Frame): void {
    const rule = this.#rules[from];
    if (rule.segmented) this.#segments[from].read(frame, rule.compressed);
    else if (from === Side.client) this.#fromClient(frame);
    else this.#fromServer(frame);
  }

  /**
   * Decompresses the beginning of a frame's body into {@link body}: its length before compression, and an LZ4 block.
   * Returns how much there is of it, -1 where it cannot be opened.
   */
  #open({ bytes, start, end, length }: Frame): number {
    const at = start + headBytes;
    const size = this.#compression !== 'snappy' && end - at > 4 ? u32be(bytes, at) : -1;
    const wanted = Math.min(size, body.length);
    const count = size <= 0 ? size : decompressLz4(bytes, at + 4, end, body, wanted);
    const isWhole = end - start === length;
    if ((size >= 0 && count === wanted) || (count > 0 && !isWhole)) return count;
    this.#context.count('cassandra_compressed');
    return -1;
  }

  #emit(e: Exchange): void {
    e.authority = this.#keyspace;
    e.userAgent = this.#driver;
    e.emit(this.#context.sink, protocol);
  }

  #measure(frame: Frame): void {
    const isBulky = frame.length > bulk;
    if (isBulky === this.#bulky) return;
    this.#bulky = isBulky;
    this.#context.want(isBulky ? Want.segments : Want.stream);
  }

  #fromClient(frame: Frame): void {
    let { bytes, end } = frame;
    const { start } = frame;
    if (end - start < headBytes) return;
    this.#measure(frame);
    const stream = u16be(bytes, start + 2);
    const former = this.#pending.take(stream);
    if (former !== undefined) this.#emit(former.partial());
    this.#preparing.delete(stream);
    const e = this.#pending.add(stream);
    if (e === undefined) return;
    e.ask('', '', frame, frame.length);
    const flags = bytes[start + 1];
    const opcode = bytes[start + 4];
    let at = start + headBytes;
    if ((flags & FrameFlag.compressed) !== 0) {
      end = this.#open(frame);
      if (end < 0) {
        e.method = names.get(opcode) ?? '';
        e.partial().attribute('cassandra.compressed', 'true');
        return;
      }
      at = 0;
      bytes = body;
    }
    if ((flags & FrameFlag.payload) !== 0) at = this.#payload(e, bytes, at, end);
    if (opcode === Opcode.startup) this.#starts(bytes, at, end);
    this.#asks(e, stream, opcode, bytes, at, end);
  }

  #asks(e: Exchange, stream: number, opcode: number, bytes: Uint8Array, at: number, end: number): void {
    switch (opcode) {
      case Opcode.query:
        describeQuery(e, bytes, at, end, this.#context.options.keepRaw);
        return;
      case Opcode.prepare: {
        const statement = readLongString(e, bytes, at, end);
        describe(e, statement);
        e.method = 'PREPARE';
        e.kind = 1;
        this.#preparing.set(stream, statement);
        return;
      }
      case Opcode.execute:
        describe(e, readStatementId(bytes, at, end));
        return;
      case Opcode.batch:
        readBatch(e, bytes, at, end);
        return;
    }
    e.method = names.get(opcode) ?? '';
  }

  /** The options of STARTUP: a [string map]. */
  #starts(bytes: Uint8Array, at: number, end: number): void {
    let count = end - at >= 2 ? u16be(bytes, at) : 0;
    at += 2;
    const texts: string[] = [];
    for (count = Math.min(count, 16) * 2; count > 0 && end - at >= 2; count--) {
      const length = u16be(bytes, at);
      texts.push(textOf(bytes, at + 2, Math.min(end, at + 2 + Math.min(length, 64))));
      at += 2 + length;
    }
    const option = (name: string) => texts[texts.indexOf(name) + 1] ?? '';
    const has = (name: string) => texts.indexOf(name) % 2 === 0;
    if (has('COMPRESSION')) this.#compression = option('COMPRESSION').toLowerCase();
    if (has('DRIVER_NAME')) this.#driver = `${option('DRIVER_NAME')}/${option('DRIVER_VERSION')}`;
  }

  /** A custom payload: a [bytes map], in which some hand on trace context. Returns the index after it. */
  #payload(e: Exchange, bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return end;
    const count = u16be(bytes, at);
    at += 2;
    clearTraceContext(trace);
    for (let i = 0; i < count && end - at >= 2; i++) {
      const nameEnd = at + 2 + u16be(bytes, at);
      if (end - nameEnd < 4) return end;
      const value = nameEnd + 4;
      const length = Math.max(0, u32be(bytes, nameEnd) | 0);
      const name = textOf(bytes, at + 2, Math.min(nameEnd, at + 66)).toLowerCase();
      readTraceHeader(trace, name, bytes, value, Math.min(end, value + length));
      at = value + length;
    }
    e.follow(trace);
    return Math.min(at, end);
  }

  #fromServer(frame: Frame): void {
    const { bytes, start, end } = frame;
    if (end - start < headBytes) return;
    this.#measure(frame);
    const opcode = bytes[start + 4];
    // From here on version 5 sends segments, in both directions.
    const isVersion5 = (bytes[start] & 0x7f) === 5 && !this.#rules[Side.server].segmented;
    if (isVersion5 && (opcode === Opcode.ready || opcode === Opcode.authenticate)) {
      for (const rule of this.#rules) {
        rule.segmented = true;
        rule.compressed = this.#compression !== '';
      }
    }
    const stream = u16be(bytes, start + 2);
    const e = this.#pending.take(stream);
    if (e === undefined) return;
    e.answer(frame, frame.length);
    const flags = bytes[start + 1];
    const isCompressed = (flags & FrameFlag.compressed) !== 0;
    const opened = isCompressed ? this.#open(frame) : -1;
    if (opened >= 0) this.#answers(e, stream, opcode, body, this.#afterPreface(flags, body, 0, opened), opened);
    else if (isCompressed) {
      // What it says is not seen, but whether it is an error is.
      e.outcome = opcode === Opcode.error ? Outcome.unset : Outcome.ok;
      if (opcode === Opcode.error) e.partial();
    } else {
      const at = start + headBytes;
      this.#answers(e, stream, opcode, bytes, flags === 0 ? at : this.#afterPreface(flags, bytes, at, end), end);
    }
    this.#preparing.delete(stream);
    this.#emit(e);
  }

  /** Tracing id, warnings and payload stand before the body. */
  #afterPreface(flags: number, bytes: Uint8Array, at: number, end: number): number {
    if ((flags & FrameFlag.tracing) !== 0) at += 16;
    if ((flags & FrameFlag.warning) !== 0 && end - at >= 2) {
      let count = u16be(bytes, at);
      for (at += 2; count > 0 && end - at >= 2; count--) at += 2 + u16be(bytes, at);
    }
    if ((flags & FrameFlag.payload) !== 0 && end - at >= 2) {
      let count = u16be(bytes, at);
      for (at += 2; count > 0 && end - at >= 2; count--) {
        at += 2 + u16be(bytes, at);
        if (end - at < 4) return end;
        at += 4 + Math.max(0, u32be(bytes, at) | 0);
      }
    }
    return Math.min(at, end);
  }

  #answers(e: Exchange, stream: number, opcode: number, bytes: Uint8Array, at: number, end: number): void {
    if (opcode === Opcode.error) {
      if (end - at < 4) {
        e.partial();
        return;
      }
      const code = u32be(bytes, at);
      const [name, outcome] = errorOf(code);
      e.ended(outcome, code, name);
      return;
    }
    e.outcome = Outcome.ok;
    if (opcode !== Opcode.result || end - at < 6) return;
    const from = at + 6;
    switch (u32be(bytes, at)) {
      case 3: {
        const to = from + u16be(bytes, at + 4);
        if (to <= end) this.#keyspace = keyspaces.text(bytes, from, to);
        return;
      }
      case 4: {
        const to = from + u16be(bytes, at + 4);
        const statement = this.#preparing.get(stream);
        if (to <= end && statement !== undefined && e.kind === 1) keepPrepared(bytes, from, to, statement);
      }
    }
  }
}
