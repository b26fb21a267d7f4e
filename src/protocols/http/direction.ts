import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Body } from './body.ts';
import { CR, LF } from './bytes.ts';
import type { Exchange } from './exchange.ts';

/** Where in the stream of messages one direction is. */
export const Phase = {
  /** Before a message. */
  between: 0,
  /** In a head that began in an earlier chunk. */
  head: 1,
  body: 2,
  /** After a message whose end is a guess: what comes belongs to it, until a chunk begins with a head. */
  tail: 3,
  /** Bytes are gone: what is between here and the next head at the beginning of a chunk is unknown. */
  lost: 4,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** Longest head that is put together from several chunks; what is longer is read as if it were cut there. */
const longestHead = 16_384;

/** One direction of an HTTP/1 connection. */
export class Direction {
  phase: Phase;
  readonly body = new Body();
  /** The exchange whose message is going by; undefined between messages and where it is nobody's. */
  exchange: Exchange | undefined;
  /** First byte of the head that is being put together, and the reading of what it answers. */
  time: CaptureTime = NEVER;
  readAt: CaptureTime = NEVER;
  /** Last byte seen. */
  lastTime: CaptureTime = NEVER;
  /** The beginning of a head: held[0] .. held[length - 1]. */
  held: Uint8Array = nothing;
  length = 0;
  /** True where the head held has its end. */
  complete = false;
  #scanned = 0;

  constructor(phase: Phase) {
    this.phase = phase;
  }

  /** Begins to put a head together. */
  hold(bytes: Uint8Array, at: number, end: number, time: CaptureTime, readAt: CaptureTime): void {
    this.phase = Phase.head;
    this.time = time;
    this.readAt = readAt;
    this.length = this.#scanned = 0;
    this.append(bytes, at, end);
  }

  /**
   * Goes on with bytes[at] .. bytes[end - 1] up to the head's end or {@link longestHead}; returns the index after the last
   * one taken.
   */
  append(bytes: Uint8Array, at: number, end: number): number {
    const before = this.length;
    const room = longestHead - before;
    const take = Math.min(end - at, room);
    if (before + take > this.held.length) {
      const grown = new Uint8Array(Math.min(longestHead, Math.max(256, 2 * (before + take))));
      grown.set(this.held.subarray(0, before));
      this.held = grown;
    }
    this.held.set(bytes.subarray(at, at + take), before);
    this.length = before + take;
    const headEnd = this.#headEnd();
    this.complete = headEnd >= 0;
    if (headEnd < 0) return at + take;
    this.length = headEnd;
    return at + headEnd - before;
  }

  /** True where the head held is as long as a head may be. */
  get full(): boolean {
    return this.length >= longestHead;
  }

  /** Lets go of the head held. */
  release(): void {
    this.length = 0;
    if (this.held.length > 1024) this.held = nothing;
  }

  /** Index after the empty line that ends the head, -1 where it is not there yet. */
  #headEnd(): number {
    const { held, length } = this;
    for (let i = this.#scanned; i < length; i++) {
      if (held[i] !== LF) continue;
      if (i + 1 < length && held[i + 1] === LF) return i + 2;
      if (i + 2 < length && held[i + 1] === CR && held[i + 2] === LF) return i + 3;
      if (i + 2 >= length) {
        this.#scanned = i;
        return -1;
      }
    }
    this.#scanned = length;
    return -1;
  }
}

const nothing = new Uint8Array(0);
