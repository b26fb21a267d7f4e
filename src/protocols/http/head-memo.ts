import { Buffer } from 'node:buffer';

type Compare = (
  this: Uint8Array,
  target: Uint8Array,
  targetStart: number,
  targetEnd: number,
  start: number,
  end: number,
) => number;
/** Works on any Uint8Array; unlike a loop it compares many bytes at a time, and unlike `subarray` it allocates nothing. */
const compare = Buffer.prototype.compare as Compare;

/** A head that was read, with all its bytes. */
export interface Remembered<Head> {
  readonly bytes: Uint8Array;
  /** Bytes that were there when it was read, from its beginning on. */
  readonly available: number;
  readonly cut: boolean;
  readonly head: Head;
}

interface Slot<Head> {
  remembered: Remembered<Head> | undefined;
  /** Fingerprint of the head that was last looked for in vain. */
  missed: number;
  /** How often in a row what was remembered was not what came. */
  misses: number;
}

/** Longest head in bytes that is remembered. */
const longest = 1024;
/** Misses in a row after which a slot is rarely tried: its heads differ each time (trace ids, cookies). */
const patience = 8;

/**
 * Heads that are the same to the last byte as one that was read before, on any connection, need not be read again: most of
 * what a busy host sends (health checks, pages, polling). A direct-mapped table of fixed size; what is found is compared
 * byte by byte, so that the fingerprint, made of a few bytes, need not be good.
 */
export class HeadMemo<Head> {
  readonly #slots: Slot<Head>[];
  readonly #copy: (head: Head) => Head;
  #slot: Slot<Head>;
  #fingerprint = 0;

  /**
   * @param size a power of two
   * @param copy makes a copy that is kept, of a head that is reused
   */
  constructor(size: number, copy: (head: Head) => Head) {
    this.#slots = Array.from({ length: size }, () => ({ remembered: undefined, missed: 0, misses: 0 }));
    this.#slot = this.#slots[0];
    this.#copy = copy;
  }

  /** What was read before out of the same bytes; a head of which bytes[start] .. are the same and as many are there. */
  find(bytes: Uint8Array, start: number, end: number, cut: boolean): Remembered<Head> | undefined {
    const available = end - start;
    let hash = available ^ (cut ? 0x4000_0000 : 0);
    const step = (available >> 3) | 1;
    for (let i = start; i < end; i += step) hash = Math.imul(hash ^ bytes[i], 0x01000193);
    hash ^= hash >>> 15;
    this.#fingerprint = hash;
    const slot = this.#slots[hash & (this.#slots.length - 1)];
    this.#slot = slot;
    const known = slot.remembered;
    if (known === undefined || known.available !== available || known.cut !== cut) return undefined;
    if (slot.misses > patience && (slot.misses & 31) !== 0) {
      slot.misses++;
      return undefined;
    }
    const { length } = known.bytes;
    if (compare.call(bytes, known.bytes, 0, length, start, start + length) === 0) {
      slot.misses = 0;
      return known;
    }
    slot.misses++;
    return undefined;
  }

  /** Remembers the head that {@link find} has just not found: its bytes are bytes[start] .. bytes[headEnd - 1]. */
  remember(bytes: Uint8Array, start: number, headEnd: number, end: number, cut: boolean, head: Head): void {
    const slot = this.#slot;
    const seenBefore = slot.missed === this.#fingerprint;
    slot.missed = this.#fingerprint;
    if (!seenBefore || headEnd - start > longest || (slot.misses > patience && (slot.misses & 31) !== 0)) return;
    slot.remembered = {
      bytes: new Uint8Array(bytes.subarray(start, headEnd)),
      available: end - start,
      cut,
      head: this.#copy(head),
    };
  }
}
