import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import { sequenceAdd, sequenceDistance } from './tcp-sequence.ts';

/** Takes one direction of a TCP stream in order. */
export interface StreamReceiver {
  /** The next piece. Its bytes are overwritten after the call. */
  piece(chunk: Chunk): void;
  /** `bytes` bytes are not in the capture (-1: nobody knows how many). */
  lost(bytes: number, time: CaptureTime): void;
}

/** What a segment turned out to be. */
export const Arrival = {
  /** It continues the stream. */
  inOrder: 0,
  /** It lies beyond a gap and is held. */
  ahead: 1,
  /** It fills a gap or part of one, before which later segments had come. */
  late: 2,
  /** All of it had been there before, or its first part (retransmission with more). */
  repeated: 3,
  /** It has no place in the stream: far from everything seen. */
  stale: 4,
} as const;
export type Arrival = (typeof Arrival)[keyof typeof Arrival];

/** How much one direction may hold while it waits for a missing segment. */
export interface ReassemblyLimits {
  readonly bytes: number;
  readonly pieces: number;
}

/** What all directions together hold behind gaps, and may hold. */
export interface ReassemblyBudget {
  held: number;
  readonly limit: number;
}

export const defaultReassemblyLimits: ReassemblyLimits = { bytes: 8 * 1024 * 1024, pieces: 8192 };

/** What one held piece costs beyond its bytes. */
const PIECE_OVERHEAD = 96;
/** How far before the first byte seen a segment may lie and still be an old one of this stream. */
const OLD_RANGE = 1024 * 1024;
/** Segments out of all range, one after the other, after which the stream is taken up anew where they are. */
const STALE_RUN = 4;

interface HeldPiece {
  sequence: number;
  /** Bytes of the stream; `bytes.length` of them were captured. */
  length: number;
  bytes: Uint8Array;
  readonly time: CaptureTime;
}

const nothing = new Uint8Array(0);

/**
 * One direction of a TCP connection: takes segments in the order of the capture and hands out the stream in order.
 * Bytes seen first win over bytes seen again. Gaps are held open until they are filled, or until whoever owns this
 * object knows that they never will be ({@link giveUpTo}, {@link finish}). Sequence numbers wrap as often as they like.
 */
export class TcpReassembly {
  /** Sequence number of the next byte to hand out. Meaningful once {@link started}. */
  next = 0;
  started = false;
  /** Bytes handed out or declared lost so far. */
  passed = 0;
  /** Memory in use for held pieces. */
  held = 0;
  /** Sequence number of the FIN; meaningful where {@link finSeen}. */
  fin = 0;
  finSeen = false;
  /** When the oldest gap opened, NEVER where there is none. */
  gapSince: CaptureTime = NEVER;
  readonly #receiver: StreamReceiver;
  readonly #limits: ReassemblyLimits;
  readonly #budget: ReassemblyBudget | undefined;
  /** By sequence number, without overlaps. Made when the first gap is. */
  #pieces: HeldPiece[] | undefined;
  #staleRun = 0;

  constructor(receiver: StreamReceiver, limits: ReassemblyLimits = defaultReassemblyLimits, budget?: ReassemblyBudget) {
    this.#receiver = receiver;
    this.#limits = limits;
    this.#budget = budget;
  }

  /** The stream begins with this sequence number (that of the SYN + 1, or the first one seen). */
  start(sequence: number): void {
    this.next = sequence;
    this.started = true;
  }

  /** True where segments are held behind a gap. */
  get hasGap(): boolean {
    return this.#pieces !== undefined && this.#pieces.length > 0;
  }

  /** True once everything up to the FIN was handed out. */
  get ended(): boolean {
    return this.finSeen && this.started && this.next === this.fin;
  }

  /** Notes a FIN at `sequence`; a second one elsewhere is ignored. */
  end(sequence: number): void {
    if (this.finSeen) return;
    this.finSeen = true;
    this.fin = sequence;
  }

  /**
   * Takes a segment of `length` bytes of which `chunk` has the captured ones and the rest as `skipped`.
   * @param keepBytes false where only lengths matter from now on, which saves copying what is held
   */
  segment(sequence: number, length: number, chunk: Chunk, keepBytes = true): Arrival {
    if (!this.started) this.start(sequence);
    const distance = sequenceDistance(sequence, this.next);
    if (distance === 0) {
      this.#staleRun = 0;
      const late = this.hasGap;
      if (late) this.#deliverUpToHeld(length, chunk);
      else this.#deliver(length, chunk);
      return late ? Arrival.late : Arrival.inOrder;
    }
    if (distance > 0) {
      this.#staleRun = 0;
      return this.#hold(sequence, length, chunk, keepBytes);
    }
    const known = -distance;
    if (known > this.passed + OLD_RANGE) return this.#stale(sequence, length, chunk);
    this.#staleRun = 0;
    if (known >= length) return Arrival.repeated;
    skipFront(chunk, known);
    if (this.hasGap) this.#deliverUpToHeld(length - known, chunk);
    else this.#deliver(length - known, chunk);
    return Arrival.repeated;
  }

  /** Declares every gap before `sequence` lost and hands out what lies between and directly after. */
  giveUpTo(sequence: number, time: CaptureTime): void {
    if (!this.started) return;
    const target = this.finSeen && sequenceDistance(sequence, this.fin) > 0 ? this.fin : sequence;
    for (;;) {
      const missing = sequenceDistance(target, this.next);
      if (missing <= 0) return;
      const first = this.#pieces?.[0];
      const gap = first === undefined ? missing : Math.min(missing, sequenceDistance(first.sequence, this.next));
      this.#lose(gap, time);
      this.#drain(time);
    }
  }

  /** Declares every gap before held pieces lost and hands all of them out. */
  finish(time: CaptureTime): void {
    for (let first = this.#pieces?.[0]; first !== undefined; first = this.#pieces?.[0]) {
      this.giveUpTo(first.sequence, time);
      // What claims to lie beyond the FIN cannot be reached: it is let go.
      if (this.#pieces?.[0] === first) {
        this.#pieces.shift();
        this.#account(-first.bytes.length - PIECE_OVERHEAD);
      }
    }
    if (this.finSeen && this.started && sequenceDistance(this.fin, this.next) > 0) this.giveUpTo(this.fin, time);
  }

  /** True where more is held than may be, here or by all together. */
  get overLimit(): boolean {
    if (this.held === 0) return false;
    if (this.held > this.#limits.bytes || (this.#pieces?.length ?? 0) > this.#limits.pieces) return true;
    return this.#budget !== undefined && this.#budget.held > this.#budget.limit;
  }

  #account(bytes: number): void {
    this.held += bytes;
    if (this.#budget !== undefined) this.#budget.held += bytes;
  }

  #deliver(length: number, chunk: Chunk): void {
    this.next = sequenceAdd(this.next, length);
    this.passed += length;
    this.#receiver.piece(chunk);
  }

  /** Hands out the part of a segment that lies before what is held, then what is held and now continues the stream. */
  #deliverUpToHeld(length: number, chunk: Chunk): void {
    const pieces = this.#pieces;
    const { lastTime } = chunk;
    let remaining = length;
    while (remaining > 0) {
      const first = pieces?.[0];
      const room = first === undefined ? remaining : sequenceDistance(first.sequence, this.next);
      if (room > 0) {
        const taken = Math.min(room, remaining);
        const rest = splitFront(chunk, taken);
        this.#deliver(taken, chunk);
        remaining -= taken;
        restore(chunk, rest);
      } else {
        const passed = this.#deliverFirstHeld(lastTime);
        const again = Math.min(passed, remaining);
        skipFront(chunk, again);
        remaining -= again;
      }
    }
    this.#drain(lastTime);
  }

  /** Hands out held pieces that continue the stream. */
  #drain(time: CaptureTime): void {
    const pieces = this.#pieces;
    if (pieces === undefined) return;
    while (pieces.length > 0 && sequenceDistance(pieces[0].sequence, this.next) <= 0) this.#deliverFirstHeld(time);
    this.gapSince = pieces.length === 0 ? NEVER : pieces[0].time;
  }

  #deliverFirstHeld(time: CaptureTime): number {
    const piece = this.#pieces?.shift();
    if (piece === undefined) return 0;
    this.#account(-piece.bytes.length - PIECE_OVERHEAD);
    const at = piece.time > time ? piece.time : time;
    this.#deliver(piece.length, {
      bytes: piece.bytes,
      start: 0,
      end: piece.bytes.length,
      skipped: piece.length - piece.bytes.length,
      time: at,
      lastTime: at,
      readAt: NEVER,
    });
    return piece.length;
  }

  #lose(bytes: number, time: CaptureTime): void {
    this.next = sequenceAdd(this.next, bytes);
    this.passed += bytes;
    this.#receiver.lost(bytes, time);
  }

  #stale(sequence: number, length: number, chunk: Chunk): Arrival {
    if (++this.#staleRun < STALE_RUN) return Arrival.stale;
    this.#staleRun = 0;
    this.#pieces = undefined;
    this.#account(-this.held);
    this.gapSince = NEVER;
    this.finSeen = false;
    this.next = sequence;
    this.#receiver.lost(-1, chunk.time);
    this.#deliver(length, chunk);
    return Arrival.inOrder;
  }

  /** Keeps what is new of a segment beyond a gap. */
  #hold(sequence: number, length: number, chunk: Chunk, keepBytes: boolean): Arrival {
    this.#pieces ??= [];
    const pieces = this.#pieces;
    if (pieces.length === 0) this.gapSince = chunk.time;
    const last = pieces[pieces.length - 1];
    const before = this.held;
    if (last === undefined || sequenceDistance(sequence, sequenceAdd(last.sequence, last.length)) >= 0) {
      this.#insert(pieces.length, sequence, length, chunk, 0, keepBytes);
      return Arrival.ahead;
    }
    let at = this.#firstEndingAfter(sequence);
    const isBeyondAll = at >= pieces.length;
    let from = sequence;
    const end = sequenceAdd(sequence, length);
    while (sequenceDistance(end, from) > 0) {
      const piece = pieces[at];
      const room = piece === undefined ? sequenceDistance(end, from) : sequenceDistance(piece.sequence, from);
      if (room > 0) {
        const taken = Math.min(room, sequenceDistance(end, from));
        this.#insert(at++, from, taken, chunk, sequenceDistance(from, sequence), keepBytes);
        from = sequenceAdd(from, taken);
      } else {
        from = sequenceAdd(piece.sequence, piece.length);
        at++;
      }
    }
    if (this.held === before) return Arrival.repeated;
    return isBeyondAll ? Arrival.ahead : Arrival.late;
  }

  /** Index of the first held piece that ends after `sequence`. */
  #firstEndingAfter(sequence: number): number {
    const pieces = this.#pieces ?? [];
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = pieces[middle];
      if (sequenceDistance(sequenceAdd(piece.sequence, piece.length), sequence) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #insert(at: number, sequence: number, length: number, chunk: Chunk, offset: number, keepBytes: boolean): void {
    const from = Math.min(chunk.start + offset, chunk.end);
    const to = Math.min(from + length, chunk.end);
    const bytes = keepBytes && to > from ? chunk.bytes.slice(from, to) : nothing;
    this.#pieces?.splice(at, 0, { sequence, length, bytes, time: chunk.time });
    this.#account(bytes.length + PIECE_OVERHEAD);
  }
}

/** Takes the first `n` bytes of the stream off a chunk. */
function skipFront(chunk: Chunk, n: number): void {
  const captured = Math.min(n, chunk.end - chunk.start);
  chunk.start += captured;
  chunk.skipped -= n - captured;
}

interface Rest {
  start: number;
  end: number;
  skipped: number;
}

/** Cuts a chunk down to its first `n` bytes of the stream and returns what was cut off. */
function splitFront(chunk: Chunk, n: number): Rest {
  const captured = chunk.end - chunk.start;
  if (n <= captured) {
    const rest = { start: chunk.start + n, end: chunk.end, skipped: chunk.skipped };
    chunk.end = chunk.start + n;
    chunk.skipped = 0;
    return rest;
  }
  const rest = { start: chunk.end, end: chunk.end, skipped: chunk.skipped - (n - captured) };
  chunk.skipped = n - captured;
  return rest;
}

function restore(chunk: Chunk, rest: Rest): void {
  chunk.start = rest.start;
  chunk.end = rest.end;
  chunk.skipped = rest.skipped;
}
