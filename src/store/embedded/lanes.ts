/** A fixed number of things of which each serves one at a time; who comes when all are busy waits its turn. */
export class Lanes<T> {
  readonly #free: T[];
  readonly #waiting: ((lane: T) => void)[] = [];

  constructor(lanes: readonly T[]) {
    this.#free = [...lanes];
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs something with a lane of its own. */
  async use<Result>(run: (lane: T) => Promise<Result>): Promise<Result> {
    const lane = await this.take();
    try {
      return await run(lane);
    } finally {
      this.give(lane);
    }
  }

  take(): Promise<T> {
    const lane = this.#free.pop();
    if (lane !== undefined) return Promise.resolve(lane);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(lane: T): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(lane);
    else next(lane);
  }
}
