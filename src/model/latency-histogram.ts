import { histogramQuantiles, latencyBucket } from './tables/latency-buckets.ts';

/** Room is made for so many buckets at a time: two doublings. */
const step = 64;

/**
 * Latencies in the buckets that the store uses too (each 2 % wide), so that a quantile is the same wherever it is shown.
 * Takes a few hundred bytes: only the range that occurs is kept.
 */
export class LatencyHistogram {
  /** Counts of the buckets from `#first` on. */
  #counts = new Uint32Array(0);
  #first = 0;
  count = 0;

  /** Takes a latency in nanoseconds. */
  add(nanoseconds: number): void {
    const bucket = latencyBucket(nanoseconds);
    this.#makeRoom(bucket, bucket);
    this.#counts[bucket - this.#first]++;
    this.count++;
  }

  /** Takes all that another histogram holds. */
  merge(other: LatencyHistogram): void {
    if (other.count === 0) return;
    this.#makeRoom(other.#first, other.#first + other.#counts.length - 1);
    const shift = other.#first - this.#first;
    for (let i = 0; i < other.#counts.length; i++) this.#counts[i + shift] += other.#counts[i];
    this.count += other.count;
  }

  /** Forgets all, and keeps the room. */
  clear(): void {
    if (this.count === 0) return;
    this.#counts.fill(0);
    this.count = 0;
  }

  /** Quantiles in nanoseconds, NaN where there is none. `levels` ascend from 0 to 1. */
  quantiles(levels: readonly number[]): number[] {
    const buckets = Array.from(this.#counts, (_, i) => i + this.#first);
    return histogramQuantiles(buckets, this.#counts, levels);
  }

  #makeRoom(from: number, to: number): void {
    const end = this.#first + this.#counts.length;
    if (this.#counts.length > 0 && from >= this.#first && to < end) return;
    const first = Math.floor((this.#counts.length === 0 ? from : Math.min(from, this.#first)) / step) * step;
    const last = Math.max(to + 1, this.#counts.length === 0 ? 0 : end);
    const counts = new Uint32Array(Math.ceil((last - first) / step) * step);
    counts.set(this.#counts, this.#counts.length === 0 ? 0 : this.#first - first);
    this.#counts = counts;
    this.#first = first;
  }
}
