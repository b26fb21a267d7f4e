import { RecentTexts } from '../../wire/block/builders/recent-texts.ts';

/** Targets that an agent tells apart in an hour. Services have hundreds; thousands are values that no template took out. */
const most = 20_000;
const hour = 3_600_000;

/** What the rest is called. What it was stays in the request's `resource`. */
export const otherTarget = '{other}';

/**
 * Keeps the number of distinct targets within bounds, whatever clients ask for: dictionaries, tables of operations and roll-ups
 * by target stay small. The first ones of each hour keep their names; what comes beyond is counted.
 */
export class Targets {
  readonly #known = new Set<string>();
  readonly #recent = new RecentTexts();
  readonly #now: () => number;
  #hour = 0;
  /** Requests whose target is told as {@link otherTarget}, since the start. */
  folded = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The target as it is told. */
  of(target: string): string {
    if (this.#recent.get(target) === 1) return target;
    if (this.#known.has(target)) {
      this.#recent.set(target, 1);
      return target;
    }
    if (this.#known.size >= most && !this.#anotherHour()) {
      this.folded++;
      return otherTarget;
    }
    this.#known.add(target);
    this.#recent.set(target, 1);
    return target;
  }

  #anotherHour(): boolean {
    const now = Math.floor(this.#now() / hour);
    if (now === this.#hour) return false;
    const first = this.#hour === 0;
    this.#hour = now;
    if (first) return false;
    this.#known.clear();
    this.#recent.clear();
    return true;
  }
}
