import { ByteCache, fromText } from './byte-cache.ts';

interface Interned {
  readonly text: string;
  readonly derived: string;
}

/**
 * Turns byte ranges into strings, and the same bytes into the same string without allocating: what a host sends over and
 * over (paths, hosts, user agents, table names, topics) is decoded once. Of fixed size, see {@link ByteCache}.
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
  readonly #cache: ByteCache<Interned>;
  #derived = '';

  /**
   * @param slots number of entries, rounded up to a power of two
   * @param options.longest bytes; what is longer is decoded each time
   * @param options.derive computes {@link derived} of an entry
   */
  constructor(slots: number, options: { longest?: number; derive?: (text: string) => string } = {}) {
    const { derive } = options;
    this.#cache = new ByteCache(
      slots,
      fromText((text) => ({ text, derived: derive === undefined ? '' : derive(text) })),
      options.longest,
    );
  }

  /** The text of bytes[start] .. bytes[end - 1]: ASCII or UTF-8. '' where there are none. */
  text(bytes: Uint8Array, start: number, end: number): string {
    if (end <= start) {
      this.#derived = '';
      return '';
    }
    const { value } = this.#cache.entry(bytes, start, end);
    this.#derived = value.derived;
    return value.text;
  }

  /** What `derive` makes of the text that {@link text} returned last. Computed once an entry. */
  get derived(): string {
    return this.#derived;
  }
}
