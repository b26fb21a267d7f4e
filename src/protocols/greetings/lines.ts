import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Chunk } from '../protocol.ts';

/** Longest line that is kept; servers of SMTP and FTP accept 512 to 4096 bytes. */
const longestLine = 1024;
const LF = 10;
const CR = 13;

/** A line, or the part of it that was captured. Reused. */
export interface Line {
  bytes: Uint8Array;
  start: number;
  /** Index after the last byte, without CR LF. */
  end: number;
  /** Bytes of the whole line on the wire, CR LF included. */
  length: number;
  /** False where it is longer than what is kept, or its end was not captured. */
  whole: boolean;
  time: CaptureTime;
  lastTime: CaptureTime;
  readAt: CaptureTime;
}

/** Cuts one direction into lines. A line whose end was not captured ends with the chunk: people write a line at a time. */
export class LineCutter {
  readonly #take: (line: Line) => void;
  readonly #held = new Uint8Array(longestLine);
  #heldBytes = 0;
  #length = 0;
  readonly #line: Line = {
    bytes: this.#held,
    start: 0,
    end: 0,
    length: 0,
    whole: true,
    time: NEVER,
    lastTime: NEVER,
    readAt: NEVER,
  };

  constructor(take: (line: Line) => void) {
    this.#take = take;
  }

  /** True where a line has begun and not ended. */
  get within(): boolean {
    return this.#length > 0;
  }

  /** Takes the chunk from `at` up to the end of one line; returns where that is, or the end of the chunk. */
  next(chunk: Chunk, at: number): number {
    const { bytes, end } = chunk;
    if (this.#length === 0) {
      this.#line.time = chunk.time;
      this.#line.readAt = chunk.readAt;
    }
    let stop = at;
    while (stop < end && bytes[stop] !== LF) stop++;
    const isEnd = stop < end;
    if (isEnd) stop++;
    this.#hold(bytes, at, stop);
    if (isEnd) this.#give(true, chunk.lastTime);
    return stop;
  }

  /** Bytes were not captured: the line that they belong to ends here. */
  cut(bytes: number, time: CaptureTime): void {
    if (this.#length === 0) return;
    this.#length += bytes;
    this.#give(false, time);
  }

  /** Forgets the line that has begun. */
  clear(): void {
    this.#heldBytes = this.#length = 0;
  }

  #hold(bytes: Uint8Array, from: number, to: number): void {
    const count = Math.min(to - from, longestLine - this.#heldBytes);
    this.#held.set(bytes.subarray(from, from + count), this.#heldBytes);
    this.#heldBytes += count;
    this.#length += to - from;
  }

  #give(whole: boolean, time: CaptureTime): void {
    const line = this.#line;
    let end = this.#heldBytes;
    if (end > 0 && this.#held[end - 1] === LF) end--;
    if (end > 0 && this.#held[end - 1] === CR) end--;
    line.start = 0;
    line.end = end;
    line.length = this.#length;
    line.whole = whole && this.#length <= longestLine;
    line.lastTime = time;
    this.clear();
    this.#take(line);
  }
}
