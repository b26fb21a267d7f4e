/**
 * Schemas of the records that leave Wirelight. They check; the types are in records.ts, so that nobody who only makes
 * records has to load zod.
 */
import { z } from 'zod';
import type {
  Attributes,
  ConnectionRecord,
  EdgeRecord,
  EndpointRecord,
  EventRecord,
  RequestRecord,
  WirelightRecord,
} from './records.ts';
import { outcomeNames } from './request.ts';

/** A schema that gives exactly a type that is declared elsewhere. */
type SchemaOf<T> = z.ZodType<T>;

const count = z.int().nonnegative();
const nanos = z.int().nonnegative().nullable();
const maybeCount = count.nullable();
const known = z.string().min(1).optional();
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/** ISO 8601 in UTC with exactly nine digits of a second. */
export const timeSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);

const transport = z.enum(['tcp', 'udp']);
const side = z.enum(['client', 'server', 'both', 'unknown']);
const verdict = z.enum(['forwarded', 'dropped', 'failed', '']);
const ip = z.union([z.ipv4(), z.ipv6()]);

/** OpenTelemetry attributes. */
export const attributesSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]),
) satisfies SchemaOf<Attributes>;

/** One end of a conversation. */
export const endpointSchema = z.strictObject({
  ip,
  port: z.int().min(0).max(65_535),
  name: z.string().min(1),
  kind: z.enum(['workload', 'pod', 'container', 'process', 'host', 'service', 'domain', 'address']),
  address_class: z.enum(['loopback', 'link_local', 'private', 'public', 'multicast', 'unspecified']),
  local: z.boolean(),
  domain: known,
  workload: known,
  pid: z.int().positive().optional(),
  process: known,
  executable: known,
  command: known,
  user: known,
  container: known,
  container_id: known,
  container_runtime: known,
  unit: known,
  pod: known,
  namespace: known,
  netns: z.int().positive().optional(),
  cgroup: z.int().positive().optional(),
}) satisfies SchemaOf<Loose<EndpointRecord>>;

/** One request with its response. */
export const requestSchema = z.strictObject({
  type: z.literal('request'),
  time: timeSchema,
  protocol: z.string().min(1),
  operation: z.string(),
  method: z.string(),
  target: z.string(),
  resource: known,
  authority: known,
  status: z.int().nullable(),
  status_text: known,
  outcome: z.enum(outcomeNames),
  verdict,
  latency_ns: nanos,
  received_ns: nanos,
  waited_ns: nanos,
  worked_ns: nanos,
  sent_ns: nanos,
  first_byte_ns: nanos,
  side,
  source: endpointSchema,
  destination: endpointSchema,
  request_bytes: count,
  response_bytes: count,
  request_messages: z.int().positive().optional(),
  response_messages: z.int().positive().optional(),
  flags: z.array(z.enum(['partial', 'wait', 'streaming', 'tls', 'one_way', 'retry', 'both_sides', 'upgrade'])),
  connection: z.int().positive(),
  transport,
  trace_id: hex(32).optional(),
  parent_span_id: hex(16).optional(),
  correlation_id: known,
  attributes: attributesSchema,
}) satisfies SchemaOf<Loose<RequestRecord>>;

/** What became of a connection. */
export const connectionSchema = z.strictObject({
  type: z.literal('connection'),
  time: timeSchema,
  change: z.enum(['opened', 'established', 'identified', 'updated', 'closed']),
  connection: z.int().positive(),
  transport,
  protocol: z.string(),
  state: z.enum(['open', 'closed', 'reset', 'aborted', 'refused', 'timed_out', 'unreachable', 'failed']),
  verdict,
  error: known,
  side,
  source: endpointSchema,
  destination: endpointSchema,
  beginning_seen: z.boolean(),
  start: timeSchema,
  connect_ns: nanos,
  duration_ns: nanos,
  source_bytes: maybeCount,
  destination_bytes: maybeCount,
  source_segments: maybeCount,
  destination_segments: maybeCount,
  source_retransmits: maybeCount,
  destination_retransmits: maybeCount,
  out_of_order: maybeCount,
  zero_window: maybeCount,
  rtt_ns: maybeCount,
  rtt_min_ns: maybeCount,
  send_queue_bytes: maybeCount,
  receive_queue_bytes: maybeCount,
  attributes: attributesSchema,
}) satisfies SchemaOf<Loose<ConnectionRecord>>;

/** Something that happened at one moment. */
export const eventSchema = z.strictObject({
  type: z.literal('event'),
  time: timeSchema,
  event: z.enum([
    'retransmit',
    'reset_sent',
    'reset_received',
    'drop',
    'listen_overflow',
    'syn_drop',
    'udp_receive_overflow',
    'zero_window',
    'connect_failed',
    'dns_failure',
    'process_start',
    'process_exit',
    'loss',
  ]),
  reason: known,
  verdict,
  count: z.int().positive(),
  transport: z.enum(['tcp', 'udp', 'other']),
  side,
  source: endpointSchema.optional(),
  destination: endpointSchema.optional(),
  connection: z.int().positive().optional(),
  protocol: known,
  tcp_state: known,
  bytes: z.int().positive().optional(),
  pid: z.int().positive().optional(),
  process: known,
  netns: z.int().positive().optional(),
  attributes: attributesSchema,
}) satisfies SchemaOf<Loose<EventRecord>>;

/** Any record. */
export const recordSchema = z.discriminatedUnion('type', [
  requestSchema,
  connectionSchema,
  eventSchema,
]) satisfies SchemaOf<Loose<WirelightRecord>>;

const entityKind = endpointSchema.shape.kind;

/** What went from one entity to another. */
export const edgeSchema = z.strictObject({
  type: z.literal('edge'),
  time: timeSchema,
  window_ns: z.int().positive(),
  source: z.strictObject({ name: z.string().min(1), kind: entityKind }),
  destination: z.strictObject({ name: z.string().min(1), kind: entityKind, port: endpointSchema.shape.port }),
  protocol: z.string().min(1),
  requests: count,
  requests_per_second: z.number().nonnegative(),
  failures: count,
  client_errors: count,
  failure_share: z.number().min(0).max(1).nullable(),
  latency_p50_ns: nanos,
  latency_p95_ns: nanos,
  latency_p99_ns: nanos,
  bytes: count,
  bytes_per_second: z.number().nonnegative(),
  retransmits: count,
  connections: count,
}) satisfies SchemaOf<Loose<EdgeRecord>>;

/** zod says `undefined` where a field may be absent, and gives writable arrays: the same thing, said less strictly. */
type Loose<T> = T extends readonly (infer Item)[]
  ? Item[]
  : T extends object
    ? { -readonly [K in keyof T]: undefined extends T[K] ? Loose<T[K]> | undefined : Loose<T[K]> }
    : T;
