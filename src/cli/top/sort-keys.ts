/** What edges can be sorted by. */
export const sortKeys = [
  'source',
  'destination',
  'protocol',
  'rate',
  'failures',
  'p50',
  'p95',
  'p99',
  'bytes',
  'retransmits',
  'connections',
] as const;
export type SortKey = (typeof sortKeys)[number];
