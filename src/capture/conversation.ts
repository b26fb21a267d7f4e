import type { CaptureTime } from '../base/units.ts';
import type { Connection } from '../model/connection.ts';
import { Side } from '../model/request.ts';
import {
  type Chunk,
  Confidence,
  type Protocol,
  type ProtocolOptions,
  type RequestSink,
  type Session,
  type SessionContext,
  type Want,
  Want as Wants,
} from '../protocols/protocol.ts';

/** Turns of unrecognised bytes after which a conversation is given up as unknown. */
const MAX_TRIES = 6;
/** Chunks held back, and bytes of each side's turn looked at, while no protocol is sure. */
const MAX_HELD = 8;
const MAX_PREFIX = 2048;

/** Pieces of the client's stream whose beginning is remembered while requests wait for an answer. */
const MOST_PIECES = 64;

const nothing = new Uint8Array(0);

/** Bytes and what a chunk adds to them, at most so many. */
function joined(bytes: Uint8Array, chunk: Chunk, most: number): Uint8Array {
  const length = Math.min(bytes.length + chunk.end - chunk.start, most);
  const whole = new Uint8Array(length);
  whole.set(bytes);
  whole.set(chunk.bytes.subarray(chunk.start, chunk.start + length - bytes.length), bytes.length);
  return whole;
}

/** What conversations share: protocols, options and where results and wishes go. */
export interface ConversationHost {
  readonly protocols: readonly Protocol[];
  readonly options: ProtocolOptions;
  readonly sink: RequestSink;
  /** The kernel (or file) should capture more or less of this conversation. */
  wants(conversation: Conversation, want: Want): void;
  /** Its protocol has become known. */
  identified(conversation: Conversation): void;
  count(name: string): void;
  /** Something that could not be understood, as it had begun before the capture did. */
  joinedMidway(): void;
}

interface HeldChunk {
  readonly from: Side;
  readonly chunk: Chunk;
}

/**
 * One connection on its way to requests: asks the protocols whose it is, holding back the first bytes until one is sure,
 * and then feeds that protocol's session.
 */
export class Conversation implements SessionContext {
  readonly connection: Connection;
  readonly transport: 'tcp' | 'udp';
  readonly serverPort: number;
  readonly fromTheBeginning: boolean;
  wanted: Want = Wants.heads;
  session: Session | undefined;
  /** True once it gave a request: from then on its place in the stream is known. */
  understood = false;
  /** True once every protocol has declined: only counters from here on. */
  unknown = false;
  /** Where it stands among those that are open, -1 where it does not. */
  place = -1;
  /** Whoever feeds this conversation keeps here what it needs to find its way back. */
  carrier: object | undefined;
  /** Requests read from TLS plaintext rather than from the wire. */
  readonly plaintext: boolean;
  /** What is said inside of this one's TLS, once that is seen. */
  inside: Conversation | undefined;

  readonly #host: ConversationHost;
  #opening = false;
  #tries = 0;
  #held: HeldChunk[] | undefined;
  /** What was seen of each side's turn from its beginning, as far as it is whole. */
  #clientPrefix: Uint8Array = nothing;
  #serverPrefix: Uint8Array = nothing;
  #clientTurnBytes = 0;
  #serverTurnBytes = 0;
  #turnOf: Side | -1 = -1;
  /** The piece of the client's stream that came last: when it passed, its sequence number, requests that began in it. */
  #pieceTime = -0.5;
  #pieceSequence = 0;
  #pieceRequests = 0;
  /** The same of those before it, while requests wait for an answer. */
  #pieces: number[] | undefined;

  /** @param inside of another conversation's TLS: whether it is seen from its beginning. Absent where it is not inside of any. */
  constructor(host: ConversationHost, connection: Connection, inside?: { readonly beginningSeen: boolean }) {
    this.#host = host;
    this.plaintext = inside !== undefined;
    this.connection = connection;
    this.transport = connection.transport;
    this.serverPort = connection.server.port;
    this.fromTheBeginning = inside?.beginningSeen ?? connection.beginningSeen;
  }

  get sink(): RequestSink {
    return this.#host.sink;
  }

  get options(): ProtocolOptions {
    return this.#host.options;
  }

  want(want: Want): void {
    if (want === this.wanted) return;
    this.wanted = want;
    if (this.#opening) return;
    this.#host.wants(this, want);
  }

  /** What is strange before the first whole exchange of a connection that is older than the capture is no loss. */
  count(name: string): void {
    if (this.fromTheBeginning || this.understood) this.#host.count(name);
    else this.#host.joinedMidway();
  }

  become(protocol: string): Session | undefined {
    const next = this.#host.protocols.find((p) => p.name === protocol);
    if (protocol === '') {
      this.session = undefined;
      this.connection.protocol = '';
      this.unknown = false;
      this.#tries = 0;
      this.#turnOf = -1;
      this.want(Wants.heads);
      return undefined;
    }
    if (next === undefined) {
      this.session = undefined;
      this.#giveUp();
      return undefined;
    }
    return this.#open(next);
  }

  /** The next piece of one direction, in stream order. */
  data(from: Side, chunk: Chunk): void {
    if (this.session !== undefined) {
      if (from === Side.client && chunk.sequence !== undefined && chunk.sequence >= 0)
        this.#remember(chunk.time, chunk.sequence);
      this.session.data(from, chunk);
    } else if (!this.unknown) this.#recognise(from, chunk);
  }

  /** Where the request that began at `start` began in the client's stream, 0 where that is not known. Asked once a request. */
  sequenceOf(start: CaptureTime): number {
    const before = this.#pieces;
    if (before !== undefined)
      for (let at = 0; at < before.length; at += 3)
        if (before[at] === start) return (before[at + 1] + before[at + 2]++) >>> 0;
    return this.#pieceTime === start ? (this.#pieceSequence + this.#pieceRequests++) >>> 0 : 0;
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.session !== undefined) this.session.lost(from, bytes, time);
    else {
      this.#held = undefined;
      this.#turnOf = -1;
    }
  }

  close(time: CaptureTime, how: 'closed' | 'reset' | 'timed_out' | 'unknown'): void {
    this.session?.close(time, how);
    this.session = undefined;
    this.unknown = true;
    this.#held = undefined;
  }

  #remember(time: CaptureTime, sequence: number): void {
    // A piece of which no request was told yet may be the beginning of one whose head goes on in this piece.
    if (this.session?.pending === 0 && this.#pieceRequests > 0) this.#pieces = undefined;
    else {
      this.#pieces ??= [];
      // The oldest stays: with a long upload it is where the request began.
      if (this.#pieces.length >= MOST_PIECES * 3) this.#pieces.splice(3, 3);
      this.#pieces.push(this.#pieceTime, this.#pieceSequence, this.#pieceRequests);
    }
    this.#pieceTime = time;
    this.#pieceSequence = sequence;
    this.#pieceRequests = 0;
  }

  #recognise(from: Side, chunk: Chunk): void {
    if (chunk.start === chunk.end && this.#held === undefined) return;
    const newTurn = this.#turnOf !== from;
    if (newTurn) {
      this.#turnOf = from;
      this.#setTurn(from, nothing, 0);
    }
    // Nearly always the first chunk tells: it is looked at where it lies.
    const client = from === Side.client;
    const before = client ? this.#clientPrefix : this.#serverPrefix;
    const passed = client ? this.#clientTurnBytes : this.#serverTurnBytes;
    const first = passed === 0;
    const continues = passed === before.length && before.length < MAX_PREFIX;
    const prefix = first || !continues ? before : joined(before, chunk, MAX_PREFIX);
    const turnBytes = passed + chunk.end - chunk.start + chunk.skipped;
    const protocol = first
      ? this.#ask(chunk.bytes, chunk.start, chunk.end, from, turnBytes)
      : this.#ask(prefix, 0, prefix.length, from, turnBytes);
    if (protocol !== undefined && protocol !== 'more') {
      // The kernel captures generously until it is told what is enough, which shows only in what is here already.
      this.#opening = true;
      this.#open(protocol);
      this.#release();
      this.data(from, chunk);
      this.#opening = false;
      this.#host.wants(this, this.wanted);
      return;
    }
    const seen = first ? joined(nothing, chunk, MAX_PREFIX) : prefix;
    this.#setTurn(from, seen, turnBytes);
    const full = this.#hold(from, chunk) >= MAX_HELD || seen.length >= MAX_PREFIX;
    if (protocol === undefined || full) {
      if (newTurn || full) this.#tries++;
      if (this.#tries >= MAX_TRIES) this.#giveUp();
    }
  }

  #setTurn(from: Side, prefix: Uint8Array, bytes: number): void {
    if (from === Side.client) {
      this.#clientPrefix = prefix;
      this.#clientTurnBytes = bytes;
    } else {
      this.#serverPrefix = prefix;
      this.#serverTurnBytes = bytes;
    }
  }

  /** Whose the beginning of a turn is; 'more' where that takes more of it, undefined where it is nobody's. */
  #ask(bytes: Uint8Array, start: number, end: number, from: Side, turnBytes: number): Protocol | 'more' | undefined {
    let fallback: Protocol | undefined;
    let undecided = false;
    for (const protocol of this.#host.protocols) {
      if (!protocol.transports.includes(this.transport)) continue;
      const sure = protocol.recognise(bytes, start, end, from, this.serverPort, turnBytes);
      if (sure === Confidence.yes) return protocol;
      if (sure === Confidence.more) undecided = true;
      else if (sure === Confidence.maybe && protocol.ports.includes(this.serverPort)) fallback ??= protocol;
    }
    return undecided ? 'more' : fallback;
  }

  /**
   * Keeps a copy. A chunk that continues the one before joins it, so that a sender of single bytes does not use up the room.
   * @returns how many are kept
   */
  #hold(from: Side, chunk: Chunk): number {
    this.#held ??= [];
    const held = this.#held;
    const last = held.at(-1);
    if (last !== undefined && last.from === from && last.chunk.skipped === 0 && last.chunk.end < MAX_PREFIX) {
      last.chunk.bytes = joined(last.chunk.bytes, chunk, Number.POSITIVE_INFINITY);
      last.chunk.end = last.chunk.bytes.length;
      last.chunk.skipped = chunk.skipped;
      last.chunk.lastTime = chunk.lastTime;
      return held.length;
    }
    if (held.length >= MAX_HELD) held.shift();
    const bytes = chunk.bytes.slice(chunk.start, chunk.end);
    held.push({ from, chunk: { ...chunk, bytes, start: 0, end: bytes.length } });
    return held.length;
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    this.#clientPrefix = this.#serverPrefix = nothing;
    if (held !== undefined) for (const { from, chunk } of held) this.data(from, chunk);
  }

  #open(protocol: Protocol): Session {
    this.connection.protocol = protocol.name;
    this.unknown = false;
    this.session = protocol.open(this);
    this.#host.identified(this);
    return this.session;
  }

  #giveUp(): void {
    this.unknown = true;
    this.#held = undefined;
    this.#clientPrefix = this.#serverPrefix = nothing;
    this.want(Wants.counters);
  }
}
