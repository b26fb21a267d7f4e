/** At most so many of something in a stretch of time, for each who asks: a bucket that fills at a steady rate. */
export class RateLimit {
  readonly #most: number;
  readonly #perMillisecond: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  /** @param most at once, and in each `milliseconds` */
  constructor(most: number, milliseconds: number, now: () => number = Date.now) {
    this.#most = most;
    this.#perMillisecond = most / milliseconds;
    this.#now = now;
  }

  /** Takes one. @returns 0 where that is allowed, else the milliseconds to wait */
  take(who: string): number {
    const now = this.#now();
    const bucket = this.#buckets.get(who) ?? { left: this.#most, at: now };
    bucket.left = Math.min(this.#most, bucket.left + (now - bucket.at) * this.#perMillisecond);
    bucket.at = now;
    this.#buckets.delete(who);
    this.#buckets.set(who, bucket);
    if (this.#buckets.size > 10_000) for (const oldest of this.#buckets.keys()) return this.#forget(oldest, bucket);
    return this.#spend(bucket);
  }

  #forget(oldest: string, bucket: { left: number; at: number }): number {
    this.#buckets.delete(oldest);
    return this.#spend(bucket);
  }

  #spend(bucket: { left: number }): number {
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / this.#perMillisecond);
    bucket.left--;
    return 0;
  }
}
