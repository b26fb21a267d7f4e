/** Words of a key: two addresses of four, both ports, the transport. */
const KEY_WORDS = 10;

/** Distinguishes the transports in a key. */
export const TupleTransport = { tcp: 6, udp: 17 } as const;
export type TupleTransport = (typeof TupleTransport)[keyof typeof TupleTransport];

/** Which end of an entry a packet came from: the one with the lower address and port, or the other. */
export type TupleEnd = 0 | 1;

/**
 * Finds what belongs to the two ends of a packet, whichever of them sent it. An open hash table on typed arrays: looking
 * up allocates nothing. Keys are hashed with a seed, so that a crafted file cannot make all of them collide.
 * Bounded: when it is full, an entry that was not used for long makes room.
 */
export class TupleTable<T> {
  readonly #limit: number;
  readonly #seed: number;
  readonly #key = new Uint32Array(KEY_WORDS);
  #capacity = 1024;
  #keys = new Uint32Array(this.#capacity * KEY_WORDS);
  #values: (T | undefined)[] = [];
  /** Chains: first entry of each bucket, next entry of each entry; -1 ends. Buckets are twice the entries. */
  #buckets = new Int32Array(this.#capacity * 2).fill(-1);
  #next = new Int32Array(this.#capacity);
  #used = new Uint8Array(this.#capacity);
  #free: number[] = [];
  #hand = 0;
  /** Number of entries. */
  size = 0;
  /** Which end sent the packet of the last {@link find}. */
  end: TupleEnd = 0;

  /** @param limit most entries at a time */
  constructor(limit: number, seed = Math.floor(Math.random() * 0xffffffff)) {
    this.#limit = limit;
    this.#seed = seed;
  }

  /**
   * The entry of a packet, undefined where there is none; {@link end} then says who sent it.
   * @param addresses source in words 0-3, destination in words 4-7
   */
  find(addresses: Uint32Array, sourcePort: number, destinationPort: number, transport: TupleTransport): T | undefined {
    this.#setKey(addresses, sourcePort, destinationPort, transport);
    const entry = this.#lookUp(this.#bucket());
    if (entry < 0) return undefined;
    this.#used[entry] = 1;
    return this.#values[entry];
  }

  /** Adds an entry for the packet of the last {@link find}, which must have found none. Returns what had to make room. */
  add(value: T): T | undefined {
    let evicted: T | undefined;
    if (this.size >= this.#limit) evicted = this.#evict();
    else if (this.size >= this.#capacity) this.#grow();
    const entry = this.#free.pop() ?? this.size;
    this.size++;
    const bucket = this.#bucket();
    this.#keys.set(this.#key, entry * KEY_WORDS);
    this.#values[entry] = value;
    this.#next[entry] = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
    this.#used[entry] = 1;
    return evicted;
  }

  /** Puts another value in the place of that of the last successful {@link find}. */
  replace(value: T): void {
    const entry = this.#lookUp(this.#bucket());
    if (entry >= 0) this.#values[entry] = value;
  }

  /** Looks at up to `count` entries, going round; those for which `isOver` is true are removed. */
  sweep(count: number, isOver: (value: T) => boolean): void {
    const slots = this.#values.length;
    for (let i = 0; i < count && this.size > 0; i++) {
      this.#hand = this.#hand + 1 >= slots ? 0 : this.#hand + 1;
      const value = this.#values[this.#hand];
      if (value !== undefined && isOver(value)) this.#remove(this.#hand);
    }
  }

  /** All values. */
  *values(): Generator<T> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  #setKey(addresses: Uint32Array, sourcePort: number, destinationPort: number, transport: number): void {
    const key = this.#key;
    let order = 0;
    for (let i = 0; i < 4 && order === 0; i++) order = addresses[i] - addresses[4 + i];
    if (order === 0) order = sourcePort - destinationPort;
    this.end = order <= 0 ? 0 : 1;
    const low = order <= 0 ? 0 : 4;
    for (let i = 0; i < 4; i++) {
      key[i] = addresses[low + i];
      key[4 + i] = addresses[4 - low + i];
    }
    key[8] = order <= 0 ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
    key[9] = transport;
  }

  #bucket(): number {
    return bucketOf(this.#key, 0, this.#seed, this.#buckets.length - 1);
  }

  #lookUp(bucket: number): number {
    const key = this.#key;
    const keys = this.#keys;
    for (let entry = this.#buckets[bucket]; entry >= 0; entry = this.#next[entry]) {
      const at = entry * KEY_WORDS;
      let i = KEY_WORDS - 1;
      while (i >= 0 && keys[at + i] === key[i]) i--;
      if (i < 0) return entry;
    }
    return -1;
  }

  /** Second chance: passes over what was used since the hand was there last. */
  #evict(): T | undefined {
    for (;;) {
      this.#hand = this.#hand + 1 >= this.#values.length ? 0 : this.#hand + 1;
      if (this.#values[this.#hand] === undefined) continue;
      if (this.#used[this.#hand] === 0) return this.#remove(this.#hand);
      this.#used[this.#hand] = 0;
    }
  }

  #remove(entry: number): T | undefined {
    const value = this.#values[entry];
    const bucket = bucketOf(this.#keys, entry * KEY_WORDS, this.#seed, this.#buckets.length - 1);
    if (this.#buckets[bucket] === entry) this.#buckets[bucket] = this.#next[entry];
    else {
      let before = this.#buckets[bucket];
      while (this.#next[before] !== entry) before = this.#next[before];
      this.#next[before] = this.#next[entry];
    }
    this.#values[entry] = undefined;
    this.#free.push(entry);
    this.size--;
    return value;
  }

  #grow(): void {
    this.#capacity = Math.min(this.#capacity * 2, this.#limit);
    const keys = new Uint32Array(this.#capacity * KEY_WORDS);
    keys.set(this.#keys);
    const used = new Uint8Array(this.#capacity);
    used.set(this.#used);
    this.#keys = keys;
    this.#used = used;
    this.#next = new Int32Array(this.#capacity);
    let buckets = 1;
    while (buckets < this.#capacity * 2) buckets *= 2;
    this.#buckets = new Int32Array(buckets).fill(-1);
    for (let entry = 0; entry < this.#values.length; entry++) {
      if (this.#values[entry] === undefined) continue;
      const bucket = bucketOf(this.#keys, entry * KEY_WORDS, this.#seed, buckets - 1);
      this.#next[entry] = this.#buckets[bucket];
      this.#buckets[bucket] = entry;
    }
  }
}

function bucketOf(keys: Uint32Array, at: number, seed: number, mask: number): number {
  let hash = seed | 0;
  for (let i = 0; i < KEY_WORDS; i++) {
    hash = Math.imul(hash ^ keys[at + i], 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & mask;
}
