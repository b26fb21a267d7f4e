/**
 * How long to pause between two readings of the ring: short while records come, longer and longer when none do, so that
 * an idle host costs next to nothing.
 */
export class Pace {
  readonly #longest: number;
  #pause: number;

  /** @param longest pause in milliseconds */
  constructor(longest: number) {
    this.#longest = Math.max(longest, 1);
    this.#pause = this.#longest;
  }

  /** The next pause in milliseconds, after `count` records came. */
  next(count: number): number {
    if (count > 0) this.#pause = Math.min(5, this.#longest);
    else this.#pause = Math.min(this.#pause * 1.2, this.#longest);
    return this.#pause;
  }
}
