import { z } from 'zod';
import { connectionSchema, eventSchema, requestSchema } from '../json.ts';
import { goldenSchema } from './measures.ts';
import { filterSchema, spanQuery, spanSchema } from './time.ts';

const origin = {
  /** Names the row: give it to GET /requests/{id}. */
  id: z.string(),
  cluster: z.string(),
  host: z.string(),
  agent: z.string(),
  /** Ids of the entities at both ends: those that the map shows. */
  source_entity: z.string(),
  destination_entity: z.string(),
};

/** A request as `observe` shows it, with where it came from. */
export const storedRequestSchema = requestSchema.extend({
  ...origin,
  /** Where both ends were seen by agents of their own: what each measured, and what lies between. Null otherwise. */
  sides: z
    .strictObject({
      client_latency_ns: z.number().nonnegative().nullable(),
      server_latency_ns: z.number().nonnegative().nullable(),
      /** The client's less the server's: network, proxies and queues. */
      between_ns: z.number().nullable(),
    })
    .nullable(),
});
export type StoredRequest = z.infer<typeof storedRequestSchema>;

/** What a connection did in the span, and how it stood at the end of it. */
export const storedConnectionSchema = connectionSchema.extend(origin);
export type StoredConnection = z.infer<typeof storedConnectionSchema>;

export const storedEventSchema = eventSchema.extend(origin);
export type StoredEvent = z.infer<typeof storedEventSchema>;

const page = {
  ...spanQuery,
  filter: filterSchema.optional(),
  /** What `next` of the page before said. */
  cursor: z.string().max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
  /** Names of fields, comma-separated: only these (and `id`, `time`) are given. All where absent. */
  fields: z.string().max(1024).optional(),
};

export const requestOrders = ['newest', 'oldest', 'slowest', 'largest'] as const;

/** What requests and events are chosen and ordered by, in their pages as in their index. */
const once = {
  /** `all`: a row for each side that saw it; `once`: one row for each request, as counts have it. */
  sides: z.enum(['all', 'once']).default('all'),
};
/** Any place of a long answer, as GET .../index names them. */
const place = {
  /** A mark: only what comes before it. */
  until: z.string().max(1024).optional(),
  /** Rows to pass over after `cursor`. */
  skip: z.coerce.number().int().min(0).max(100_000_000).default(0),
};

export const requestsQuery = z.strictObject({
  ...page,
  ...once,
  ...place,
  order: z.enum(requestOrders).default('newest'),
});
/** Where in an answer of any length its parts begin, so that its millionth row is reached as fast as its first. */
export const requestIndexQuery = z.strictObject({
  ...spanQuery,
  ...once,
  filter: filterSchema.optional(),
  order: z.enum(requestOrders).default('newest'),
});
export const flowsQuery = z.strictObject({
  ...page,
  order: z.enum(['newest', 'oldest', 'largest', 'retransmits']).default('newest'),
});
const eventOrder = z.enum(['newest', 'oldest']).default('newest');
export const eventsQuery = z.strictObject({ ...page, ...place, order: eventOrder });
export const eventIndexQuery = z.strictObject({ ...spanQuery, filter: filterSchema.optional(), order: eventOrder });

const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ span: spanSchema, items: z.array(item), next: z.string().nullable() });

export const requestsSchema = pageOf(storedRequestSchema);
export type Requests = z.infer<typeof requestsSchema>;
export const flowsSchema = pageOf(storedConnectionSchema);
export type Flows = z.infer<typeof flowsSchema>;
export const eventsSchema = pageOf(storedEventSchema);
export type Events = z.infer<typeof eventsSchema>;

/**
 * How many rows an answer has, and where its parts begin: part i holds `marks[i + 1].before - marks[i].before` rows, those
 * between `cursor=marks[i].cursor` and `until=marks[i + 1].cursor`. The first mark's cursor is ''.
 */
export const rowIndexSchema = z.strictObject({
  span: spanSchema,
  total: z.int().nonnegative(),
  marks: z.array(z.strictObject({ cursor: z.string(), before: z.int().nonnegative() })),
});
export type RowIndex = z.infer<typeof rowIndexSchema>;

/** One request with its surroundings. */
export const requestDetailSchema = z.strictObject({
  request: storedRequestSchema,
  /** Its connection, all of it that is stored; null where no flow of it was. */
  connection: storedConnectionSchema.nullable(),
  /** At most 20 before and 20 after it on the same connection, in the order of time, without itself. */
  neighbours: z.array(storedRequestSchema),
  /** Events of the same connection. */
  events: z.array(storedEventSchema),
});
export type RequestDetail = z.infer<typeof requestDetailSchema>;

/** What requests can be counted by. */
export const facetFields = [
  'protocol',
  'method',
  'target',
  'authority',
  'outcome',
  'status',
  'status_text',
  'source',
  'destination',
  'port',
  'side',
  'host',
  'namespace',
] as const;
export type FacetField = (typeof facetFields)[number];

export const facetsQuery = z.strictObject({
  ...spanQuery,
  filter: filterSchema.optional(),
  /** Comma-separated. */
  fields: z.string().max(512).default('protocol,outcome,status,method,source,destination'),
  /** Values of each. */
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

export const facetsSchema = z.strictObject({
  span: spanSchema,
  /** Requests that pass the filter. */
  total: z.int().nonnegative(),
  facets: z.array(
    z.strictObject({
      field: z.enum(facetFields),
      /** Distinct values in all. */
      distinct: z.int().nonnegative(),
      /** The most frequent first. `value` is what a filter takes; `label` what people read. */
      values: z.array(
        z.strictObject({
          value: z.string(),
          label: z.string(),
          count: z.int().nonnegative(),
          errors: z.int().nonnegative(),
        }),
      ),
    }),
  ),
});
export type Facets = z.infer<typeof facetsSchema>;

/** What events can be counted by. */
export const eventFacetFields = ['event', 'reason', 'source', 'destination', 'port', 'process', 'host'] as const;
export type EventFacetField = (typeof eventFacetFields)[number];

export const eventFacetsQuery = z.strictObject({
  ...spanQuery,
  filter: filterSchema.optional(),
  /** Values of each. */
  limit: z.coerce.number().int().min(1).max(200).default(12),
  /** Points over time. */
  columns: z.coerce.number().int().min(2).max(500).default(120),
});

/** Events by value and over time. Counts are of what happened, not of rows: the kernel folds bursts into one row. */
export const eventFacetsSchema = z.strictObject({
  span: spanSchema,
  /** Rows, and what they stand for. */
  rows: z.int().nonnegative(),
  total: z.int().nonnegative(),
  facets: z.array(
    z.strictObject({
      field: z.enum(eventFacetFields),
      distinct: z.int().nonnegative(),
      values: z.array(z.strictObject({ value: z.string(), label: z.string(), count: z.int().nonnegative() })),
    }),
  ),
  step_ms: z.int().positive(),
  /** Beginning of each step, epoch milliseconds. */
  times: z.array(z.int()),
  /** Events of each kind in each step. */
  lines: z.array(z.strictObject({ event: z.string(), values: z.array(z.int().nonnegative()) })),
});
export type EventFacets = z.infer<typeof eventFacetsSchema>;

export const heatmapQuery = z.strictObject({
  ...spanQuery,
  filter: filterSchema.optional(),
  /** Columns and rows at most. */
  columns: z.coerce.number().int().min(2).max(2000).default(120),
  rows: z.coerce.number().int().min(2).max(200).default(48),
});

/** Requests by time and latency. Column i spans from + i*step_ms; row j latencies bounds_ns[j] ≤ l < bounds_ns[j + 1]. */
export const heatmapSchema = z.strictObject({
  span: spanSchema,
  step_ms: z.int().positive(),
  columns: z.int().nonnegative(),
  bounds_ns: z.array(z.number().nonnegative()),
  /** [column, row, requests, errors], only where there are any. */
  cells: z.array(z.tuple([z.int(), z.int(), z.int(), z.int()])),
  /** [column, records lost], only where something was: what these columns show is not all. */
  losses: z.array(z.tuple([z.int(), z.int()])),
});
export type Heatmap = z.infer<typeof heatmapSchema>;

export const operationsQuery = z.strictObject({
  ...spanQuery,
  filter: filterSchema.optional(),
  order: z.enum(['requests', 'errors', 'p95_ns', 'p99_ns', 'time', 'bytes']).default('requests'),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

export const operationSchema = z.strictObject({
  protocol: z.string(),
  method: z.string(),
  target: z.string(),
  operation: z.string(),
  ...goldenSchema.pick({
    requests: true,
    rate: true,
    errors: true,
    client_errors: true,
    p50_ns: true,
    p95_ns: true,
    p99_ns: true,
  }).shape,
  max_ns: z.number().nonnegative().nullable(),
  /** Sum of all their latencies: where the time goes. */
  total_ns: z.number().nonnegative(),
  request_bytes: z.int().nonnegative(),
  response_bytes: z.int().nonnegative(),
});
export type Operation = z.infer<typeof operationSchema>;

export const operationsSchema = z.strictObject({ span: spanSchema, items: z.array(operationSchema) });
export type Operations = z.infer<typeof operationsSchema>;
