import { textOf } from './text.ts';

/**
 * Turns byte ranges into strings, and the same bytes into the same string without allocating: a cache of fixed size that
 * is keyed by the bytes themselves. What a host sends over and over (paths, hosts, user agents, table names, topics)
 * is decoded once; what is seldom pushes out what is seldom. Memory is at most `slots` strings of `longest` bytes each,
 * twice.
 *
 * A second string may be kept beside each entry: what is derived from it at a cost (a normalised statement, a route
 * template) by the function given.
 *
 * @example
 * const hosts = new Interner(256);
 * hosts.text(bytes, 10, 21); // 'example.com', decoded
 * hosts.text(bytes, 90, 101); // 'example.com', the same string, nothing allocated
 */
export class Interner {
  readonly #mask: number;
  readonly #longest: number;
  readonly #keys: (Uint8Array | undefined)[];
  readonly #texts: string[];
  readonly #derived: string[];
  readonly #derive: ((text: string) => string) | undefined;
  #slot = 0;

  /**
   * @param slots number of entries, rounded up to a power of two
   * @param longest bytes; what is longer is decoded each time
   * @param derive computes {@link derived} of an entry
   */
  constructor(slots: number, options: { longest?: number; derive?: (text: string) => string } = {}) {
    let size = 2;
    while (size < slots) size *= 2;
    this.#mask = size - 1;
    this.#longest = options.longest ?? 256;
    this.#derive = options.derive;
    this.#keys = new Array<Uint8Array | undefined>(size + 1).fill(undefined);
    this.#texts = new Array<string>(size + 1).fill('');
    this.#derived = new Array<string>(size + 1).fill('');
  }

  /** The text of bytes[start] .. bytes[end - 1], see {@link textOf}. */
  text(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length <= 0) {
      this.#slot = -1;
      return '';
    }
    if (length > this.#longest) return this.#fill(this.#mask + 1, undefined, textOf(bytes, start, end));
    let hash = length * 0x9e3779b1;
    hash = Math.imul(hash ^ bytes[end - 1], 0x85ebca6b) ^ bytes[start];
    for (let i = start + (length & 3); i < end; i += 4) {
      hash = Math.imul(hash ^ bytes[i] ^ (bytes[i + 2] << 8), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    const first = (hash >>> 12) & this.#mask;
    const second = first ^ 1;
    if (this.#equal(first, bytes, start, length)) {
      this.#slot = first;
      return this.#texts[first];
    }
    if (this.#equal(second, bytes, start, length)) {
      this.#slot = second;
      return this.#texts[second];
    }
    const victim = this.#keys[first] === undefined || (hash & 1) === 0 ? first : second;
    return this.#fill(victim, new Uint8Array(bytes.subarray(start, end)), textOf(bytes, start, end));
  }

  /** What `derive` makes of the text that {@link text} returned last. Computed once an entry. */
  get derived(): string {
    return this.#slot < 0 ? '' : this.#derived[this.#slot];
  }

  #equal(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    const key = this.#keys[slot];
    if (key === undefined || key.length !== length) return false;
    for (let i = 0; i < length; i++) if (key[i] !== bytes[start + i]) return false;
    return true;
  }

  #fill(slot: number, key: Uint8Array | undefined, text: string): string {
    this.#keys[slot] = key;
    this.#texts[slot] = text;
    this.#derived[slot] = this.#derive === undefined ? '' : this.#derive(text);
    this.#slot = slot;
    return text;
  }
}
