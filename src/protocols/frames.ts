import { type CaptureTime, NEVER } from '../base/units.ts';
import type { Chunk } from './protocol.ts';

/** How a protocol with a length in front of each message says where messages end. */
export interface FrameRule {
  /**
   * Length in bytes of the whole frame (header included) that begins at bytes[at], of which bytes up to `end` are there.
   * 0 where more bytes are needed to tell, -1 where no frame can begin so.
   */
  length(bytes: Uint8Array, at: number, end: number): number;
  /** After a gap: is bytes[at] surely the beginning of a frame? Stricter than {@link length}, as it sees any bytes. */
  begins(bytes: Uint8Array, at: number, end: number): boolean;
  /**
   * After a gap, where every byte is captured but chunks need not start with frames: index of the first byte that surely
   * begins a frame, or -1. Where left out only the start of each chunk is tried.
   */
  find?(bytes: Uint8Array, at: number, end: number): number;
  /** Longest header in bytes that is collected before giving up on it; 64 where left out. */
  readonly longestHeader?: number;
  /** The byte with which each header ends (text protocols): {@link length} is not asked again before it went by. */
  readonly headerEnds?: number;
}

/** One whole frame that went by. Reused for all: copy what is kept. */
export interface Frame {
  bytes: Uint8Array;
  /** The captured beginning of the frame, header included, is bytes[start] .. bytes[end - 1]. */
  start: number;
  end: number;
  /** Bytes of the whole frame on the wire; more than `end - start` where not all of it was captured or kept. */
  length: number;
  /** First and last byte seen. */
  time: CaptureTime;
  lastTime: CaptureTime;
  /** See {@link Chunk.readAt}; of the chunk in which the frame began. */
  readAt: CaptureTime;
}

const defaultLongestHeader = 64;

/**
 * Cuts one direction of a connection into frames, wherever the chunks were cut, and counts through what was not captured.
 * A frame that lies in one chunk is handed on in place; only what spans chunks is copied, at most `keep` bytes of it.
 *
 * Where a whole header lies in bytes that were not captured, nobody knows where the next frame begins: {@link synced} is
 * false until a chunk starts with what {@link FrameRule.begins} is sure of.
 */
export class FrameCutter {
  readonly #rule: FrameRule;
  readonly #take: (frame: Frame) => void;
  readonly #keep: number;
  readonly #longestHeader: number;
  readonly #headerEnds: number;
  readonly #frame: Frame = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    length: 0,
    time: NEVER,
    lastTime: NEVER,
    readAt: NEVER,
  };
  /** The beginning of a frame that spans chunks. */
  #held: Uint8Array = new Uint8Array(0);
  #heldBytes = 0;
  /** Its length (0: not yet known), and how many bytes of it have gone by. */
  #length = 0;
  #seen = 0;
  /** False once a byte of it was not captured: later bytes would not be contiguous. */
  #contiguous = true;
  #time: CaptureTime = NEVER;
  #readAt: CaptureTime = NEVER;
  #synced: boolean;
  /** How often the beginning of the next frame became unknown: each time, frames may have gone by unseen. */
  losses = 0;

  /**
   * @param take gets each frame when its last byte has gone by
   * @param options.keep most bytes kept of a frame that spans chunks
   * @param options.synced false where the connection is older than the capture
   */
  constructor(rule: FrameRule, take: (frame: Frame) => void, options: { keep?: number; synced?: boolean } = {}) {
    this.#rule = rule;
    this.#take = take;
    this.#longestHeader = rule.longestHeader ?? defaultLongestHeader;
    this.#headerEnds = rule.headerEnds ?? -1;
    this.#keep = Math.max(options.keep ?? 2048, this.#longestHeader);
    this.#synced = options.synced ?? true;
  }

  /** True where the beginning of the next frame is known. */
  get synced(): boolean {
    return this.#synced;
  }

  /** True where a frame has begun and not ended. */
  get within(): boolean {
    return this.#seen > 0;
  }

  /** The next chunk of this direction. */
  push(chunk: Chunk): void {
    const { bytes, end } = chunk;
    let at = chunk.start;
    if (!this.#synced) {
      at = this.#resync(bytes, at, end);
      if (at < 0) return;
    }
    while (at < end) {
      if (this.#seen > 0) {
        at = this.#continue(chunk, at);
        if (!this.#synced) return;
        continue;
      }
      const length = this.#rule.length(bytes, at, end);
      if (length < 0) {
        this.lost();
        if (this.#rule.find === undefined) return;
        at = this.#resync(bytes, at + 1, end);
        if (at < 0) return;
        continue;
      }
      const there = end - at;
      if (length > 0 && length <= there + chunk.skipped) {
        const stop = length < there ? at + length : end;
        this.#give(bytes, at, stop, length, chunk.time, chunk.lastTime, chunk.readAt);
        if (!this.#synced) return;
        if (length > there) {
          this.#skip(chunk.skipped - (length - there), chunk.lastTime);
          return;
        }
        at += length;
        continue;
      }
      this.#begin(chunk, at, length);
      at = end;
    }
    if (chunk.skipped > 0) this.#skip(chunk.skipped, chunk.lastTime);
  }

  /** So many bytes went by unseen (-1: nobody knows how many); those that belong to the frame it is in are counted through. */
  gap(bytes: number, time: CaptureTime): void {
    if (bytes < 0) this.lost();
    else if (this.#synced) this.#skip(bytes, time);
  }

  /** Bytes are gone: forgets the frame it is in and waits for a sure beginning. */
  lost(): void {
    if (this.#synced) this.losses++;
    this.#synced = false;
    this.#forget();
  }

  /** Trusts that the next byte begins a frame (the other side answered, a handshake ended). */
  resume(): void {
    this.#forget();
    this.#synced = true;
  }

  #forget(): void {
    this.#seen = this.#heldBytes = this.#length = 0;
  }

  /** Index of the first sure beginning of a frame, -1 where there is none. */
  #resync(bytes: Uint8Array, at: number, end: number): number {
    if (at >= end) return -1;
    if (this.#rule.find !== undefined) at = this.#rule.find(bytes, at, end);
    else if (!this.#rule.begins(bytes, at, end)) return -1;
    this.#synced = at >= 0;
    return at;
  }

  #begin(chunk: Chunk, at: number, length: number): void {
    this.#time = chunk.time;
    this.#readAt = chunk.readAt;
    this.#length = length;
    this.#seen = this.#heldBytes = 0;
    this.#contiguous = true;
    this.#hold(chunk.bytes, at, chunk.end);
    this.#seen = chunk.end - at;
    if (length === 0 && this.#seen >= this.#longestHeader) this.lost();
  }

  /** Takes the bytes of the frame that began in an earlier chunk; returns where it stopped. */
  #continue(chunk: Chunk, at: number): number {
    const { bytes, end } = chunk;
    while (this.#length === 0) {
      const stop = this.#headerEnds < 0 ? at + 1 : endOfHeader(bytes, at, end, this.#headerEnds);
      this.#hold(bytes, at, stop);
      this.#seen += stop - at;
      at = stop;
      const length = this.#rule.length(this.#held, 0, this.#heldBytes);
      if (length < 0 || (length === 0 && this.#seen >= this.#longestHeader)) {
        this.lost();
        return at;
      }
      this.#length = length;
      if (at >= end) break;
    }
    if (this.#length === 0) return at;
    const left = this.#length - this.#seen;
    const stop = left < end - at ? at + left : end;
    if (this.#contiguous) this.#hold(bytes, at, stop);
    this.#seen += stop - at;
    if (this.#seen >= this.#length) this.#giveHeld(chunk.lastTime);
    return stop;
  }

  #skip(bytes: number, time: CaptureTime): void {
    if (bytes <= 0) return;
    if (this.#seen === 0 || this.#length === 0) {
      this.lost();
      return;
    }
    const left = this.#length - this.#seen;
    this.#contiguous = false;
    if (bytes < left) {
      this.#seen += bytes;
      return;
    }
    this.#giveHeld(time);
    if (bytes > left) this.lost();
  }

  #hold(bytes: Uint8Array, from: number, to: number): void {
    let count = to - from;
    if (count > this.#keep - this.#heldBytes) count = this.#keep - this.#heldBytes;
    if (count <= 0) return;
    const need = this.#heldBytes + count;
    if (need > this.#held.length) {
      const grown = new Uint8Array(Math.min(this.#keep, Math.max(need, 2 * this.#held.length, defaultLongestHeader)));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(bytes.subarray(from, from + count), this.#heldBytes);
    this.#heldBytes = need;
  }

  #giveHeld(lastTime: CaptureTime): void {
    const length = this.#length;
    const captured = Math.min(this.#heldBytes, length);
    this.#seen = this.#heldBytes = this.#length = 0;
    this.#give(this.#held, 0, captured, length, this.#time, lastTime, this.#readAt);
    if (this.#held.length > 512) this.#held = new Uint8Array(0);
  }

  #give(
    bytes: Uint8Array,
    start: number,
    end: number,
    length: number,
    time: CaptureTime,
    lastTime: CaptureTime,
    readAt: CaptureTime,
  ): void {
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.start = start;
    frame.end = end;
    frame.length = length;
    frame.time = time;
    frame.lastTime = lastTime;
    frame.readAt = readAt;
    this.#take(frame);
  }
}

/** Index after the first `byte`, or `end`. */
function endOfHeader(bytes: Uint8Array, at: number, end: number, byte: number): number {
  while (at < end) if (bytes[at++] === byte) return at;
  return end;
}
