/**
 * Latency histograms: log-linear buckets, 32 to each doubling, so that a value is off by at most 3.2 % of itself. The bucket
 * of a number is the exponent and the first five bits of the mantissa of it as a double, which costs a shift and gives the
 * same answer in SQL and in TypeScript. Histograms add up, so roll-ups of roll-ups lose nothing and any quantile computed
 * from them equals the one computed from the rows' buckets.
 */

const mantissaBits = 5;
const perOctave = 1 << mantissaBits;
/** Bucket of 1 ns in raw bits: what is subtracted so that buckets start at 1. 0 is the bucket of everything below 1 ns. */
const offset = 1023 * perOctave - 1;

const double = new Float64Array(1);
const bits = new Uint32Array(double.buffer);

/** The bucket of a latency in nanoseconds: 0 for 0, 1 for 1 ns, at most 2048 for 2^64. */
export function latencyBucket(nanos: number): number {
  if (!(nanos >= 1)) return 0;
  double[0] = nanos;
  return (bits[1] >>> (20 - mantissaBits)) - offset;
}

/** The same in SQL. `expression` is a non-negative integer. */
export function latencyBucketSql(expression: string): string {
  return `toUInt16(if(${expression} < 1, 0, bitShiftRight(reinterpretAsUInt64(toFloat64(${expression})), ${52 - mantissaBits}) - ${offset}))`;
}

/** The smallest latency of a bucket, in nanoseconds. */
export function latencyBucketStart(bucket: number): number {
  if (bucket < 1) return 0;
  const index = bucket - 1;
  return 2 ** Math.floor(index / perOctave) * (1 + (index % perOctave) / perOctave);
}

/**
 * Quantiles of a histogram, in nanoseconds: interpolated within their buckets, as if the values lay evenly in them.
 *
 * @param buckets ascending
 * @param counts how many in each
 * @param levels ascending, 0..1
 * @returns NaN for every level where the histogram is empty
 */
export function histogramQuantiles(
  buckets: ArrayLike<number>,
  counts: ArrayLike<number>,
  levels: readonly number[],
): number[] {
  let total = 0;
  for (let i = 0; i < buckets.length; i++) total += counts[i];
  if (total === 0) return levels.map(() => Number.NaN);
  const result: number[] = [];
  let below = 0;
  let i = 0;
  for (const level of levels) {
    const rank = level * total;
    while (i < buckets.length - 1 && below + counts[i] < rank) below += counts[i++];
    const start = latencyBucketStart(buckets[i]);
    const share = counts[i] === 0 ? 0 : Math.min(1, Math.max(0, (rank - below) / counts[i]));
    result.push(start + share * (latencyBucketStart(buckets[i] + 1) - start));
  }
  return result;
}
