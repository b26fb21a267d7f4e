import { textOf } from './text.ts';

/** A byte string and what was made of it. */
export interface CacheEntry<Value> {
  readonly bytes: Uint8Array;
  readonly value: Value;
}

/** True where the entry's bytes stand at bytes[at], all of them before `end`. */
export function isAt(entry: CacheEntry<unknown>, bytes: Uint8Array, at: number, end: number): boolean {
  const key = entry.bytes;
  const length = key.length;
  if (length > end - at) return false;
  for (let i = 0; i < length; i++) if (key[i] !== bytes[at + i]) return false;
  return true;
}

/**
 * What is made of byte strings that come again and again, made once: a cache of fixed size keyed by the bytes themselves.
 * Each key has two places; of two that want the same the newer stays. Memory is bounded by slots x longest.
 *
 * Who expects the same bytes as last time keeps the entry and asks {@link isAt} first, which costs neither hash nor search.
 */
export class ByteCache<Value> {
  readonly #mask: number;
  readonly #longest: number;
  readonly #make: (key: Uint8Array) => Value;
  readonly #slots: (CacheEntry<Value> | undefined)[];

  /**
   * @param slots number of entries, rounded up to a power of two
   * @param make makes the value of bytes that are new; gets a copy of them that it may keep. {@link fromText} where it wants
   *   text
   * @param longest bytes of a key; what is longer is made each time
   */
  constructor(slots: number, make: (key: Uint8Array) => Value, longest = 256) {
    let size = 2;
    while (size < slots) size *= 2;
    this.#mask = size - 1;
    this.#longest = longest;
    this.#make = make;
    this.#slots = new Array<CacheEntry<Value> | undefined>(size).fill(undefined);
  }

  /** The entry of bytes[start] .. bytes[end - 1]. */
  entry(bytes: Uint8Array, start: number, end: number): CacheEntry<Value> {
    const length = end - start;
    if (length > this.#longest) return this.#new(bytes, start, end);
    let hash = Math.imul(length, 0x9e3779b1);
    if (length > 0) hash = Math.imul(hash ^ bytes[end - 1], 0x85ebca6b) ^ bytes[start];
    for (let i = start + (length & 3); i < end; i += 4) {
      hash = Math.imul(
        hash ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)),
        0x01000193,
      );
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 13) ^ bytes[start + 1], 0x2c1b3c6d);
    const first = (hash >>> 10) & this.#mask;
    const inFirst = this.#slots[first];
    if (inFirst !== undefined && inFirst.bytes.length === length && isAt(inFirst, bytes, start, end)) return inFirst;
    const inSecond = this.#slots[first ^ 1];
    if (inSecond !== undefined && inSecond.bytes.length === length && isAt(inSecond, bytes, start, end))
      return inSecond;
    const entry = this.#new(bytes, start, end);
    if (inFirst !== undefined) this.#slots[first ^ 1] = inFirst;
    this.#slots[first] = entry;
    return entry;
  }

  #new(bytes: Uint8Array, start: number, end: number): CacheEntry<Value> {
    const key = new Uint8Array(bytes.subarray(start, end));
    return { bytes: key, value: this.#make(key) };
  }
}

/** What a {@link ByteCache} makes of bytes by way of their text. */
export function fromText<Value>(make: (text: string) => Value): (key: Uint8Array) => Value {
  return (key) => make(textOf(key, 0, key.length));
}
