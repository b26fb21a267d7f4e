import type { CaptureTime } from '../../base/units.ts';
import type { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';

/** Pieces held back behind a hole, and how long, before the hole is given up as lost. */
const MOST_HELD = 256;
const LONGEST_WAIT = 1_000_000_000;

/** What is done with pieces once they are in order. */
export interface StreamTarget {
  segment(from: Side, chunk: Chunk): void;
  lost(from: Side, bytes: number, time: CaptureTime): void;
}

interface HeldPiece {
  readonly seq: number;
  readonly length: number;
  /** True where the kernel had not seen the bytes before it either. */
  readonly hole: boolean;
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
   * @param hole bytes before it have not arrived yet
   */
  take(seq: number, length: number, hole: boolean, chunk: Chunk, target: StreamTarget): void {
    if (this.#next < 0) this.#next = seq;
    const ahead = (seq - this.#next) | 0;
    if (this.#held === undefined && ahead === 0) {
      this.#next = (seq + length) >>> 0;
      chunk.skipped = length - (chunk.end - chunk.start);
      target.segment(this.#from, chunk);
      return;
    }
    if (ahead > 0 && (hole || this.#held !== undefined)) {
      this.#hold(seq, length, hole, chunk);
      if (this.#held !== undefined && this.#held.length > MOST_HELD) this.giveUp(chunk.time, target);
      return;
    }
    this.#deliver(seq, length, chunk, target);
    if (this.#held !== undefined) this.#drain(target, false);
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

  #deliver(seq: number, length: number, chunk: Chunk, target: StreamTarget): void {
    const ahead = (seq - this.#next) | 0;
    if (ahead > 0) {
      // The kernel saw these bytes and did not need to show them.
      const { bytes, start, end } = chunk;
      chunk.bytes = bytes;
      chunk.start = chunk.end = 0;
      chunk.skipped = ahead;
      target.segment(this.#from, chunk);
      chunk.start = start;
      chunk.end = end;
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

  #hold(seq: number, length: number, hole: boolean, chunk: Chunk): void {
    if (this.#held === undefined) {
      this.#held = [];
      this.#waitingSince = chunk.time;
    }
    const bytes = chunk.bytes.slice(chunk.start, chunk.end);
    const piece = { seq, length, hole, chunk: { ...chunk, bytes, start: 0, end: bytes.length } };
    let at = this.#held.length;
    while (at > 0 && ((this.#held[at - 1].seq - seq) | 0) > 0) at--;
    this.#held.splice(at, 0, piece);
  }

  /** Sends on what has become contiguous. After a hole was given up, a gap within what was held is one more hole. */
  #drain(target: StreamTarget, gaveUp: boolean): void {
    const held = this.#held;
    if (held === undefined) return;
    while (held.length > 0) {
      const piece = held[0];
      const ahead = (piece.seq - this.#next) | 0;
      if (ahead > 0 && piece.hole) {
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
