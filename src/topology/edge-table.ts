/** Numbers edges, so that a row finds its edge without a string: an open-addressing table over the parts of its key. */
export class EdgeTable {
  /** Five numbers an edge: source low, source high, destination low, destination high, protocol and port. */
  #keys = new Uint32Array(5 * 1024);
  #slots = new Int32Array(4096).fill(-1);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** The number of an edge: 0, 1, 2, ... in the order of first occurrence. */
  number(
    sourceLow: number,
    sourceHigh: number,
    destinationLow: number,
    destinationHigh: number,
    service: number,
  ): number {
    const mask = this.#slots.length - 1;
    let slot = hash(sourceLow, sourceHigh, destinationLow, destinationHigh, service) & mask;
    for (;;) {
      const number = this.#slots[slot];
      if (number < 0) break;
      const at = number * 5;
      const keys = this.#keys;
      if (
        keys[at] === sourceLow &&
        keys[at + 1] === sourceHigh &&
        keys[at + 2] === destinationLow &&
        keys[at + 3] === destinationHigh &&
        keys[at + 4] === service
      ) {
        return number;
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, sourceLow, sourceHigh, destinationLow, destinationHigh, service);
  }

  #add(
    slot: number,
    sourceLow: number,
    sourceHigh: number,
    destinationLow: number,
    destinationHigh: number,
    service: number,
  ): number {
    const number = this.#count++;
    const at = number * 5;
    if (at + 5 > this.#keys.length) {
      const grown = new Uint32Array(this.#keys.length * 2);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    this.#keys[at] = sourceLow;
    this.#keys[at + 1] = sourceHigh;
    this.#keys[at + 2] = destinationLow;
    this.#keys[at + 3] = destinationHigh;
    this.#keys[at + 4] = service;
    this.#slots[slot] = number;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    const keys = this.#keys;
    for (let number = 0; number < this.#count; number++) {
      const at = number * 5;
      let slot = hash(keys[at], keys[at + 1], keys[at + 2], keys[at + 3], keys[at + 4]) & mask;
      while (slots[slot] >= 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}

function hash(a: number, b: number, c: number, d: number, e: number): number {
  let h = Math.imul(a ^ (b >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ c, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16) ^ d, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15) ^ e, 0x165667b1);
  return h ^ (h >>> 16);
}
