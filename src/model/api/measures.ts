import { z } from 'zod';

const count = z.int().nonnegative();
const perSecond = z.number().nonnegative();
const nanos = z.number().nonnegative().nullable();

/** What is measured of an edge or a node over a span, in brief: what maps and lists show. Null: nothing to measure it by. */
export const goldenSchema = z.strictObject({
  requests: count,
  /** Requests a second over the span (of which only what lies before now counts). */
  rate: perSecond,
  /** Failed and not by the asker's fault: server errors, timeouts, aborted. */
  errors: count,
  client_errors: count,
  p50_ns: nanos,
  p95_ns: nanos,
  p99_ns: nanos,
  /** TCP or UDP payload from the client, and from the server. */
  bytes_out: count,
  bytes_in: count,
  segments: count,
  retransmits: count,
  opened: count,
  /** Connections that never came to be. */
  failed: count,
  resets: count,
  rtt_ns: nanos,
});
export type Golden = z.infer<typeof goldenSchema>;

/** Everything that is measured of an edge over a span, as one side saw it or counted once. */
export const measuresSchema = goldenSchema.extend({
  server_errors: count,
  timeouts: count,
  aborted: count,
  /** Requests that wait on purpose or stream: not in the latencies. */
  waits: count,
  latency_count: count,
  mean_ns: nanos,
  max_ns: nanos,
  /** Means of the parts of the latency, over requests of which they are known. */
  received_ns: nanos,
  waited_ns: nanos,
  worked_ns: nanos,
  sent_ns: nanos,
  request_bytes: count,
  response_bytes: count,
  ended: count,
  /** Mean time to establish a connection. */
  connect_ns: nanos,
  source_segments: count,
  destination_segments: count,
  source_retransmits: count,
  destination_retransmits: count,
  out_of_order: count,
  zero_window: count,
  rtt_min_ns: nanos,
});
export type Measures = z.infer<typeof measuresSchema>;
