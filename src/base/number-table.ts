const FEWEST = 64;

/**
 * A map from numbers to objects for what comes and goes fast. Unlike Map it never moves to a new table because of what was
 * deleted: an abandoned table of Map that has grown old keeps everything alive that it held, and makes the collector copy it.
 * Open addressing, linear probing, deletion by moving back.
 */
export class NumberTable<Value extends object> {
  #keys = new Float64Array(FEWEST);
  #values: (Value | undefined)[] = new Array(FEWEST).fill(undefined);
  #mask = FEWEST - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): Value | undefined {
    const values = this.#values;
    const keys = this.#keys;
    for (let at = slotOf(key, this.#mask); ; at = (at + 1) & this.#mask) {
      const value = values[at];
      if (value === undefined || keys[at] === key) return value;
    }
  }

  set(key: number, value: Value): void {
    let at = slotOf(key, this.#mask);
    while (this.#values[at] !== undefined && this.#keys[at] !== key) at = (at + 1) & this.#mask;
    if (this.#values[at] === undefined) this.#size++;
    this.#keys[at] = key;
    this.#values[at] = value;
    if (this.#size * 2 > this.#mask) this.#grow();
  }

  /** @returns whether it was there */
  delete(key: number): boolean {
    const values = this.#values;
    const keys = this.#keys;
    const mask = this.#mask;
    let hole = slotOf(key, mask);
    while (values[hole] !== undefined && keys[hole] !== key) hole = (hole + 1) & mask;
    if (values[hole] === undefined) return false;
    this.#size--;
    for (let at = (hole + 1) & mask; values[at] !== undefined; at = (at + 1) & mask) {
      // What probing would still find where it stands may stay.
      if (((at - slotOf(keys[at], mask)) & mask) < ((at - hole) & mask)) continue;
      values[hole] = values[at];
      keys[hole] = keys[at];
      hole = at;
    }
    values[hole] = undefined;
    return true;
  }

  /** All entries as they are now, in no order; the table may change while they are walked. */
  *entries(): Generator<[key: number, value: Value]> {
    const keys = this.#keys.slice();
    const values = this.#values.slice();
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      if (value !== undefined) yield [keys[at], value];
    }
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    const room = values.length * 2;
    this.#keys = new Float64Array(room);
    this.#values = new Array(room).fill(undefined);
    this.#mask = room - 1;
    this.#size = 0;
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      if (value !== undefined) this.set(keys[at], value);
      values[at] = undefined;
    }
  }
}

function slotOf(key: number, mask: number): number {
  const high = Math.floor(key / 0x100000000);
  const mixed = Math.imul((key >>> 0) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & mask;
}
