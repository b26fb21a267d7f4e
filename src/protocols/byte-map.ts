/**
 * A cache from byte ranges to values, of fixed size, keyed by the bytes themselves: looking up neither allocates nor makes
 * a string. What is seldom pushes out what is seldom. Where the value is just the text, use `Interner`.
 *
 * @example
 * const parsed = new ByteMap<Statement>(1024, 2048);
 * const statement = parsed.get(bytes, start, end) ?? parsed.set(bytes, start, end, parse(bytes, start, end));
 */
export class ByteMap<Value> {
  readonly #mask: number;
  readonly #longest: number;
  readonly #keys: (Uint8Array | undefined)[];
  readonly #values: (Value | undefined)[];
  #turn = 0;

  /**
   * @param slots number of entries, rounded up to a power of two
   * @param longest bytes of the longest key that is kept
   */
  constructor(slots: number, longest: number) {
    let size = 2;
    while (size < slots) size *= 2;
    this.#mask = size - 1;
    this.#longest = longest;
    this.#keys = new Array<Uint8Array | undefined>(size).fill(undefined);
    this.#values = new Array<Value | undefined>(size).fill(undefined);
  }

  /** The value kept for bytes[start] .. bytes[end - 1]. */
  get(bytes: Uint8Array, start: number, end: number): Value | undefined {
    const length = end - start;
    if (length <= 0 || length > this.#longest) return undefined;
    const slot = hashOf(bytes, start, end) & this.#mask;
    if (this.#equal(slot, bytes, start, length)) return this.#values[slot];
    if (this.#equal(slot ^ 1, bytes, start, length)) return this.#values[slot ^ 1];
    return undefined;
  }

  /** Keeps `value` under a copy of bytes[start] .. bytes[end - 1] (unless they are too long) and returns it. */
  set(bytes: Uint8Array, start: number, end: number, value: Value): Value {
    const length = end - start;
    if (length <= 0 || length > this.#longest) return value;
    let slot = hashOf(bytes, start, end) & this.#mask;
    if (!this.#equal(slot, bytes, start, length)) {
      if (this.#equal(slot ^ 1, bytes, start, length)) slot ^= 1;
      else if (this.#keys[slot] !== undefined) {
        if (this.#keys[slot ^ 1] === undefined || (++this.#turn & 1) === 1) slot ^= 1;
      }
    }
    this.#keys[slot] = new Uint8Array(bytes.subarray(start, end));
    this.#values[slot] = value;
    return value;
  }

  #equal(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    const key = this.#keys[slot];
    if (key === undefined || key.length !== length) return false;
    for (let i = 0; i < length; i++) if (key[i] !== bytes[start + i]) return false;
    return true;
  }
}

/** Long keys are sampled: what tells statements and keys apart is spread over them, and equality is checked in full. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let hash = Math.imul(length, 0x9e3779b1) ^ bytes[end - 1];
  const step = length > 64 ? 3 : 1;
  for (let i = start; i < end; i += step) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
