/** Pause in milliseconds while records come, and the share of the ring that may fill up meanwhile before it is shortened. */
const BUSY = 10;
const ROOM = 1 / 16;

/**
 * How long to pause between two readings of the ring: short while records come and shorter where they would fill it, longer
 * and longer when none do, so that an idle host costs next to nothing.
 */
export class Pace {
  readonly #longest: number;
  #busy: number;
  #pause: number;

  /** @param longest pause in milliseconds */
  constructor(longest: number) {
    this.#longest = Math.max(longest, 1);
    this.#busy = Math.min(BUSY, this.#longest);
    this.#pause = this.#longest;
  }

  /**
   * The next pause in milliseconds.
   * @param count records that came
   * @param fill share of the ring that they had filled, 0 to 1
   */
  next(count: number, fill: number): number {
    if (fill > ROOM) this.#busy = Math.max(this.#busy / 2, 1);
    else if (fill < ROOM / 4) this.#busy = Math.min(this.#busy * 1.5, BUSY, this.#longest);
    this.#pause = count > 0 ? this.#busy : Math.min(this.#pause * 1.2, this.#longest);
    return this.#pause;
  }
}
