import type { Golden } from '../../../../src/model/api.ts';

/** Nothing was measured. */
export const noGolden: Golden = {
  requests: 0,
  rate: 0,
  errors: 0,
  client_errors: 0,
  p50_ns: null,
  p95_ns: null,
  p99_ns: null,
  bytes_out: 0,
  bytes_in: 0,
  segments: 0,
  retransmits: 0,
  opened: 0,
  failed: 0,
  resets: 0,
  rtt_ns: null,
};

const sums = [
  'requests',
  'rate',
  'errors',
  'client_errors',
  'bytes_out',
  'bytes_in',
  'segments',
  'retransmits',
  'opened',
  'failed',
  'resets',
] as const;
const worst = ['p50_ns', 'p95_ns', 'p99_ns', 'rtt_ns'] as const;

/** Several edges as one: counts are summed; quantiles cannot be, so those of the slowest stand for all. */
export function mergeGolden(list: readonly Golden[]): Golden {
  if (list.length === 1) return list[0];
  const merged: { -readonly [Key in keyof Golden]: Golden[Key] } = { ...noGolden };
  for (const one of list) {
    for (const name of sums) merged[name] += one[name];
    for (const name of worst) {
      const value = one[name];
      const so = merged[name];
      if (value !== null && (so === null || value > so)) merged[name] = value;
    }
  }
  return merged;
}

/** Share of requests that failed, 0..1. */
export function errorShare(golden: Golden): number {
  return golden.requests > 0 ? golden.errors / golden.requests : 0;
}

/** What may drive the width and the colour of edges. */
export const measureNames = ['rate', 'errors', 'p95', 'bytes'] as const;
export type MeasureName = (typeof measureNames)[number];

/** Strength of a measure, 0 (nothing) .. 1 (very much), by its logarithm. @param seconds that were measured */
export function strength(golden: Golden, measure: MeasureName, seconds: number): number {
  const within = (value: number, decades: number): number => Math.min(Math.max(value / decades, 0), 1);
  switch (measure) {
    case 'rate': // 0.1/s .. 10k/s; connections where no request was understood
      return within(Math.log10(1 + 10 * Math.max(golden.rate, golden.opened / seconds)), 5);
    case 'errors':
      return within(Math.log10(1 + (100 * (golden.errors + golden.failed)) / seconds), 4);
    case 'p95': // 5 ms .. 2 s
      return golden.p95_ns === null ? 0 : within(Math.log10(golden.p95_ns) - 6.7, 2.6);
    case 'bytes': // 1 kB/s .. 1 GB/s
      return within(Math.log10(1 + (golden.bytes_in + golden.bytes_out) / seconds / 1000), 6);
  }
}
