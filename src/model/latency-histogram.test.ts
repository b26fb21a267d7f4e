import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LatencyHistogram } from './latency-histogram.ts';

const latencies = fc.array(fc.integer({ min: 0, max: 10 ** 12 }), { minLength: 1, maxLength: 200 });

function of(all: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const latency of all) histogram.add(latency);
  return histogram;
}

describe('a latency histogram', () => {
  test('gives quantiles within 4 % of the true ones', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.95, 0.99), (all, level) => {
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(level * sorted.length) - 1)];
        const [found] = of(all).quantiles([level]);
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.04 + 1);
      }),
    );
  });

  test('is the same whether it was filled at once or merged of parts', () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const merged = of(a);
        merged.merge(of(b));
        const levels = [0, 0.25, 0.5, 0.9, 0.99, 1];
        expect(merged.quantiles(levels)).toEqual(of([...a, ...b]).quantiles(levels));
        expect(merged.count).toBe(a.length + b.length);
      }),
    );
  });

  test('is empty after it was cleared', () => {
    const histogram = of([5, 5000, 5_000_000]);
    histogram.clear();
    expect(histogram.quantiles([0.5])).toEqual([Number.NaN]);
    histogram.add(1000);
    expect(histogram.count).toBe(1);
  });
});
