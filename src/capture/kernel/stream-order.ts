import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';

/** Pieces held back behind a hole, and how long, before the hole is given up as lost: some retransmissions of a lost segment. */
const MOST_HELD = 256;
const LONGEST_WAIT = 5_000_000_000;

/** Tells of bytes that went by without being captured. One for all: it is read before the call returns. */
const leftOut: Chunk = {
  bytes: new Uint8Array(0),
  start: 0,
  end: 0,
  skipped: 0,
  time: NEVER,
  lastTime: NEVER,
  readAt: NEVER,
  sequence: -1,
};

/** What is done with pieces once they are in order. */
export interface StreamTarget {
  segment(from: Side, chunk: Chunk): void;
  lost(from: Side, bytes: number, time: CaptureTime): void;
}

interface HeldPiece {
  readonly seq: number;
  readonly length: number;
  /** True where it arrived out of order: what is before it may be missing. Otherwise the kernel saw all from its forerunner on. */
  readonly gap: boolean;
  readonly chunk: Chunk;
}

/**
 * One direction of a TCP conversation, put in order by sequence number. Bytes that the kernel saw pass without capturing
 * them are told as skipped; behind a hole in the stream pieces wait until it is filled or given up.
 */
export class StreamOrder {
  readonly #from: Side;
  #next = -1;
  #held: HeldPiece[] | undefined;
  #waitingSince = 0;

  constructor(from: Side) {
    this.#from = from;
  }

  /** True while pieces are held back. */
  get waiting(): boolean {
    return this.#held !== undefined;
  }

  /** When the first of them began to wait. */
  get waitingSince(): number {
    return this.#waitingSince;
  }

  /**
   * Takes a stretch of `length` bytes from sequence number `seq`, of which chunk.bytes[start..end) are captured.
   * @param complete where it arrived out of order, the sequence number before which nothing is missing; otherwise -1
   */
  take(seq: number, length: number, complete: number, chunk: Chunk, target: StreamTarget): void {
    if (this.#next < 0) this.#next = complete < 0 ? seq : complete;
    if (complete >= 0) this.#advance(complete, chunk.time, target);
    const ahead = (seq - this.#next) | 0;
    if (this.#held === undefined && ahead === 0) {
      this.#next = (seq + length) >>> 0;
      chunk.skipped = length - (chunk.end - chunk.start);
      chunk.sequence = seq;
      target.segment(this.#from, chunk);
      return;
    }
    if (ahead > 0 && (complete >= 0 || this.#held !== undefined)) {
      this.#hold(seq, length, complete >= 0, chunk);
      if (this.#held !== undefined && this.#held.length > MOST_HELD) this.giveUp(chunk.time, target);
      return;
    }
    this.#deliver(seq, length, chunk, target);
    this.#drain(target, false);
  }

  /** Gives up a hole that was not filled in time. */
  expire(now: CaptureTime, target: StreamTarget): void {
    if (this.#held !== undefined && now - this.#waitingSince > LONGEST_WAIT) this.giveUp(now, target);
  }

  /** What is held back goes out; the hole before it is lost. */
  giveUp(time: CaptureTime, target: StreamTarget): void {
    const first = this.#held?.[0];
    if (first === undefined) return;
    target.lost(this.#from, (first.seq - this.#next) >>> 0, time);
    this.#next = first.seq;
    this.#drain(target, true);
  }

  /** All bytes before `complete` have passed the kernel: what was captured of them is held, the rest was left out. */
  #advance(complete: number, time: CaptureTime, target: StreamTarget): void {
    const held = this.#held;
    while (held !== undefined && held.length > 0 && ((held[0].seq - complete) | 0) < 0) {
      const piece = held[0];
      held.shift();
      this.#deliver(piece.seq, piece.length, piece.chunk, target);
    }
    const ahead = (complete - this.#next) | 0;
    if (ahead > 0) {
      leftOut.skipped = ahead;
      leftOut.time = leftOut.lastTime = time;
      this.#next = complete;
      target.segment(this.#from, leftOut);
    }
    this.#drain(target, false);
  }

  #deliver(seq: number, length: number, chunk: Chunk, target: StreamTarget): void {
    const ahead = (seq - this.#next) | 0;
    chunk.sequence = ahead < 0 ? this.#next : seq;
    if (ahead > 0) {
      // The kernel saw these bytes and did not need to show them.
      leftOut.skipped = ahead;
      leftOut.time = leftOut.lastTime = chunk.time;
      target.segment(this.#from, leftOut);
    } else if (ahead < 0) {
      const known = -ahead;
      if (known >= length) return;
      chunk.start = Math.min(chunk.start + known, chunk.end);
      length -= known;
    }
    this.#next = (seq + (ahead < 0 ? -ahead : 0) + length) >>> 0;
    chunk.skipped = Math.max(length - (chunk.end - chunk.start), 0);
    target.segment(this.#from, chunk);
  }

  /** In the order of the stream. Of two that begin alike the longer goes first, as the kernel lets it replace the other. */
  #hold(seq: number, length: number, gap: boolean, chunk: Chunk): void {
    if (this.#held === undefined) {
      this.#held = [];
      this.#waitingSince = chunk.time;
    }
    const bytes = chunk.bytes.slice(chunk.start, chunk.end);
    const piece = { seq, length, gap, chunk: { ...chunk, bytes, start: 0, end: bytes.length } };
    let at = this.#held.length;
    for (; at > 0; at--) {
      const before = this.#held[at - 1];
      const later = (before.seq - seq) | 0;
      if (later < 0 || (later === 0 && before.length >= length)) break;
    }
    this.#held.splice(at, 0, piece);
  }

  /** Sends on what has become contiguous. After a hole was given up, a gap within what was held is one more hole. */
  #drain(target: StreamTarget, gaveUp: boolean): void {
    const held = this.#held;
    if (held === undefined) return;
    while (held.length > 0) {
      const piece = held[0];
      const ahead = (piece.seq - this.#next) | 0;
      if (ahead > 0 && piece.gap) {
        if (!gaveUp) return;
        target.lost(this.#from, ahead, piece.chunk.time);
        this.#next = piece.seq;
      }
      held.shift();
      this.#deliver(piece.seq, piece.length, piece.chunk, target);
    }
    this.#held = undefined;
  }
}
