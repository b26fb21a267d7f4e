import type { LineSink } from './record-printer.ts';

/** Keeps the newest lines, so that they can be shown when all is over. */
export class RecentLines implements LineSink {
  readonly full = false;
  readonly #most: number;
  readonly #age: number;
  readonly #now: () => number;
  readonly #lines: string[] = [];
  readonly #times: number[] = [];
  #next = 0;

  /**
   * @param most lines that are kept
   * @param age milliseconds after which a line is too old to be shown
   * @param now milliseconds of a clock that only goes forward
   */
  constructor(most: number, age = Number.POSITIVE_INFINITY, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#age = age;
    this.#now = now;
  }

  refuse(): void {}

  push(line: string): void {
    this.#lines[this.#next] = line;
    this.#times[this.#next] = this.#now();
    this.#next = (this.#next + 1) % this.#most;
  }

  /** Those that are new enough, oldest first. */
  lines(): string[] {
    const oldest = this.#now() - this.#age;
    const start = this.#lines.length < this.#most ? 0 : this.#next;
    const found: string[] = [];
    for (let i = 0; i < this.#lines.length; i++) {
      const at = (start + i) % this.#lines.length;
      if (this.#times[at] >= oldest) found.push(this.#lines[at]);
    }
    return found;
  }
}
