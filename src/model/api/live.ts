import { z } from 'zod';
import { filterSchema } from './time.ts';

/**
 * `GET /live` (text/event-stream): `event: request|connection|event` with a StoredRequest, StoredConnection or StoredEvent
 * as data and an id, `event: dropped` with {@link droppedSchema} where the reader was too slow, and `event: gap` with
 * {@link gapSchema} first where a reader comes back too late for what it missed.
 */
export const liveQuery = z.strictObject({
  filter: filterSchema.optional(),
  /** Kinds of records, comma-separated. */
  types: z.string().max(64).default('request,connection,event'),
  /** Records a second at most; what is above is dropped and counted. */
  rate: z.coerce.number().int().min(1).max(10_000).default(1000),
  /** Id of the last record that was got before, as the header `last-event-id` has it: what came meanwhile comes first. */
  after: z.string().max(64).optional(),
});

/** How many records did not reach the reader since the last such message. */
export const droppedSchema = z.strictObject({ count: z.int().positive() });
export type Dropped = z.infer<typeof droppedSchema>;

/** What came between the last record that a reader got and now cannot be told: `GET /requests` has it. */
export const gapSchema = z.strictObject({ why: z.enum(['too_long', 'restarted']) });
export type Gap = z.infer<typeof gapSchema>;

/** `GET /live/graph` (text/event-stream): `event: graph` with a Graph, then `event: delta` with a GraphDelta. */
export const liveGraphQuery = z.strictObject({
  /** Seconds that rates and latencies are taken over. */
  window: z.coerce.number().int().min(10).max(900).default(60),
  /** Milliseconds between messages; where nothing came in for so long, what comes next is told at once. */
  interval: z.coerce.number().int().min(250).max(60_000).default(1000),
});
