import { z } from 'zod';
import { severities } from '../tables/incidents.ts';
import { changeSchema } from './change.ts';
import { idSchema } from './entity.ts';
import { filterSchema, spanQuery, spanSchema } from './time.ts';

/** What can be followed over time, with its unit. */
export const metricUnits = {
  rate: '1/s',
  requests: '1',
  errors: '1/s',
  client_errors: '1/s',
  error_ratio: 'ratio',
  p50: 'ns',
  p95: 'ns',
  p99: 'ns',
  mean: 'ns',
  max: 'ns',
  waited: 'ns',
  worked: 'ns',
  bytes: 'By/s',
  bytes_out: 'By/s',
  bytes_in: 'By/s',
  retransmits: '1/s',
  retransmit_ratio: 'ratio',
  opened: '1/s',
  failed: '1/s',
  resets: '1/s',
  rtt: 'ns',
} as const;
export type Metric = keyof typeof metricUnits;
export const metrics = Object.keys(metricUnits) as readonly Metric[];

export const seriesQuery = z.strictObject({
  ...spanQuery,
  /** Names of metrics, comma-separated. */
  metrics: z.string().max(512).default('rate,error_ratio,p50,p95,p99'),
  /** Milliseconds between points; chosen for about 120 points where absent. Rounded up to whole buckets. */
  step: z.coerce.number().int().min(1000).optional(),
  filter: filterSchema.optional(),
  /** All edges to it (`direction=in`), from it (`out`). */
  entity: idSchema.optional(),
  direction: z.enum(['in', 'out']).default('in'),
  /** One edge. */
  edge: z.string().max(512).optional(),
  /** One line for each. */
  by: z.enum(['protocol', 'source', 'destination', 'side']).optional(),
  /** Which rows count: each request once, or as one side saw it. */
  side: z.enum(['once', 'client', 'server']).default('once'),
  /** Lines at most, those with the most requests. */
  limit: z.coerce.number().int().min(1).max(100).default(10),
});

export const lineSchema = z.strictObject({
  metric: z.enum(metrics),
  unit: z.string(),
  /** What `by` is on this line: an id, a protocol; '' without `by`. */
  key: z.string(),
  label: z.string(),
  /** One for each of `times`; null where there is nothing to measure it by. */
  values: z.array(z.number().nullable()),
});
export type Line = z.infer<typeof lineSchema>;

export const seriesSchema = z.strictObject({
  span: spanSchema,
  step_ms: z.int().positive(),
  /** Beginning of each step, epoch milliseconds. */
  times: z.array(z.int()),
  lines: z.array(lineSchema),
});
export type Series = z.infer<typeof seriesSchema>;

export const timelineQuery = z.strictObject({
  ...spanQuery,
  columns: z.coerce.number().int().min(10).max(2000).default(240),
});

/** A moment that the store itself knows to have mattered. */
export const timelineMarkSchema = z.strictObject({
  /** Epoch milliseconds. */
  time: z.int(),
  /** `appeared`: an instance of a service was seen for the first time; `version`: in a version that was not there before. */
  kind: z.enum(['appeared', 'version']),
  /** The service. */
  entity: idSchema,
  entity_name: z.string(),
  /** Instances that appeared; 1 for versions. */
  count: z.int().positive(),
  before: z.string(),
  after: z.string(),
});
export type TimelineMark = z.infer<typeof timelineMarkSchema>;

/** An incident as far as the axis of time is concerned. */
export const timelineIncidentSchema = z.strictObject({
  id: z.string(),
  opened: z.int(),
  /** Null while it is not over. */
  closed: z.int().nullable(),
  severity: z.enum(severities),
  title: z.string(),
});
export type TimelineIncident = z.infer<typeof timelineIncidentSchema>;

/** What the scrubber shows: everything that was seen, in brief. Arrays are as long as `times`. */
export const timelineSchema = z.strictObject({
  span: spanSchema,
  step_ms: z.int().positive(),
  times: z.array(z.int()),
  rate: z.array(z.number()),
  /** Share of requests that failed, 0..1; null where there were none. */
  error_ratio: z.array(z.number().nullable()),
  p95_ns: z.array(z.number().nullable()),
  /** What was lost, by any agent. */
  losses: z.array(z.number()),
  changes: z.array(changeSchema),
  marks: z.array(timelineMarkSchema),
  incidents: z.array(timelineIncidentSchema),
  /** The oldest row that is still there, and now. Null where nothing was ever stored. */
  retained: spanSchema.nullable(),
});
export type Timeline = z.infer<typeof timelineSchema>;
