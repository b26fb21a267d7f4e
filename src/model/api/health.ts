import { z } from 'zod';
import { lossSchema } from './graph.ts';
import { spanQuery, spanSchema } from './time.ts';

const count = z.int().nonnegative();

/** Something that is not as it should be, as an error says it. */
export const problemOfHealthSchema = z.strictObject({
  code: z.string(),
  severity: z.enum(['warning', 'critical']),
  what: z.string(),
  next: z.string(),
});

export const healthSchema = z.strictObject({
  status: z.enum(['ok', 'degraded', 'failing']),
  version: z.string(),
  /** ISO 8601. */
  started: z.string(),
  now: z.string(),
  problems: z.array(problemOfHealthSchema),
  agents: z.strictObject({ known: count, connected: count }),
  store: z.strictObject({
    kind: z.enum(['embedded', 'remote']),
    /** Bytes on disk of all tables. */
    bytes: count,
    rows: count,
    /** Room left on its disk, and how much of the disk it may use; null where unknown. */
    disk_free: count.nullable(),
    disk_total: count.nullable(),
    budget: count.nullable(),
    /** The oldest row, ISO 8601. */
    oldest: z.string().nullable(),
    tables: z.array(z.strictObject({ name: z.string(), rows: count, bytes: count, oldest: z.string().nullable() })),
  }),
  ingest: z.strictObject({
    blocks: count,
    rows: count,
    bytes: count,
    /** Blocks that had been stored before and came again. */
    repeated: count,
    /** Blocks that were refused and put aside. */
    quarantined: count,
    /** Rows a second, over the last minute. */
    rate: z.number().nonnegative(),
  }),
  live: z.strictObject({ subscribers: count, dropped: count, edges: count, entities: count }),
  memory: z.strictObject({ rss: count, heap: count }),
});
export type Health = z.infer<typeof healthSchema>;

export const agentSchema = z.strictObject({
  id: z.string(),
  host: z.string(),
  cluster: z.string(),
  version: z.string(),
  /** ISO 8601. */
  started: z.string(),
  last_seen: z.string(),
  connected: z.boolean(),
  kernel: z.string(),
  architecture: z.string(),
  /** Between the newest row of its last block and that block's arrival. */
  lag_ms: z.number(),
  /** How far its clock is ahead of the server's; what is within the time of travel is 0. */
  clock_ahead_ms: z.number(),
  /** Parts of the kernel side that are not there, and what is not seen because of it. */
  missing: z.array(z.strictObject({ concern: z.string(), lost: z.string(), why: z.string() })),
  /** What each place lost since the agent started. */
  losses: z.record(z.string(), count),
  counters: z.record(z.string(), count),
  /** Blocks waiting on its disk, and rows that found no room there. */
  spool: z.strictObject({ blocks: count, bytes: count, lost_rows: count }),
  blocks: count,
  rows: count,
  cpu_ratio: z.number().nonnegative(),
  rss: count,
});
export type AgentInfo = z.infer<typeof agentSchema>;

export const agentsSchema = z.strictObject({ items: z.array(agentSchema) });
export type Agents = z.infer<typeof agentsSchema>;

export const lossesQuery = z.strictObject(spanQuery);
/** What was lost in the span, whoever lost it. */
export const lossesSchema = z.strictObject({ span: spanSchema, total: count, items: z.array(lossSchema) });
export type Losses = z.infer<typeof lossesSchema>;

/** How the server is set up; secrets are left out. */
export const configSchema = z.strictObject({
  listen: z.string(),
  data: z.string(),
  store: z.string(),
  authentication: z.array(z.enum(['token', 'password', 'oidc'])),
  retention: z.array(z.strictObject({ table: z.string(), days: z.number().positive() })),
  disk_budget: count.nullable(),
  version: z.string(),
});
export type Config = z.infer<typeof configSchema>;
