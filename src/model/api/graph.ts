import { z } from 'zod';
import { entityKinds } from '../tables/index.ts';
import { entitySchema } from './entity.ts';
import { goldenSchema, measuresSchema } from './measures.ts';
import { filterSchema, momentSchema, spanQuery, spanSchema } from './time.ts';

/** What a node stands for. Nodes of `process` are instances: pods, containers, processes, addresses. */
export const groupings = ['workload', 'namespace', 'host', 'process'] as const;
export const groupSchema = z.enum(groupings);
export type Grouping = z.infer<typeof groupSchema>;

/** Where the picture has holes: what was lost in the span, and by whom. */
export const lossSchema = z.strictObject({
  agent: z.string(),
  host: z.string(),
  /** Name of the place that lost. */
  name: z.string(),
  count: z.int().nonnegative(),
});
export type Loss = z.infer<typeof lossSchema>;

export const nodeSchema = z.strictObject({
  /** The entity's id; of groups by namespace or host `namespace:NAME`, `host:NAME`. */
  id: z.string(),
  kind: z.enum([...entityKinds, 'namespace', 'unknown']),
  name: z.string(),
  namespace: z.string(),
  cluster: z.string(),
  /** Host it was seen on last, '' where unknown or on several. */
  host: z.string(),
  /** Zone of the cloud it runs in, '' where unknown or in several. */
  zone: z.string(),
  /** loopback, link_local, private, public, multicast; '' where it is no address. */
  address_class: z.string(),
  /** Entities that it stands for. */
  members: z.int().nonnegative(),
  /** ISO 8601; null where unknown. */
  first_seen: z.string().nullable(),
  last_seen: z.string().nullable(),
  /** What others asked of it, and what it asked of others. */
  in: goldenSchema,
  out: goldenSchema,
});
export type GraphNode = z.infer<typeof nodeSchema>;

/** The key of an edge. */
export const edgeKey = {
  /** `source~destination~port~protocol`. */
  id: z.string(),
  source: z.string(),
  destination: z.string(),
  /** '' where unknown. */
  protocol: z.string(),
  port: z.int().min(0).max(65_535),
};

export const edgeSchema = z.strictObject({ ...edgeKey, ...goldenSchema.shape });
export type GraphEdge = z.infer<typeof edgeSchema>;

export const graphQuery = z.strictObject({
  ...spanQuery,
  filter: filterSchema.optional(),
  group: groupSchema.default('workload'),
  /** The edges with the most requests and bytes first. */
  limit: z.coerce.number().int().min(1).max(50_000).default(20_000),
});

export const graphSchema = z.strictObject({
  /** What was counted: `from` and `to` widened to whole buckets. */
  span: spanSchema,
  /** Length of the buckets, seconds; 0 where single rows were counted. */
  resolution: z.int().nonnegative(),
  group: groupSchema,
  nodes: z.array(nodeSchema),
  edges: z.array(edgeSchema),
  /** True where there are more edges than `limit`. */
  truncated: z.boolean(),
  losses: z.array(lossSchema),
});
export type Graph = z.infer<typeof graphSchema>;

/** What changed in the live graph since the message before, of GET /live/graph. */
export const graphDeltaSchema = z.strictObject({
  span: spanSchema,
  /** New ones and ones whose numbers changed. */
  nodes: z.array(nodeSchema),
  edges: z.array(edgeSchema),
  removed_nodes: z.array(z.string()),
  removed_edges: z.array(z.string()),
  losses: z.array(lossSchema),
});
export type GraphDelta = z.infer<typeof graphDeltaSchema>;

export const edgeChanges = [
  'added',
  'removed',
  'slower',
  'faster',
  'more_errors',
  'fewer_errors',
  'chattier',
  'quieter',
] as const;
export type EdgeChange = (typeof edgeChanges)[number];

export const diffQuery = z.strictObject({
  before_from: momentSchema,
  before_to: momentSchema,
  after_from: momentSchema,
  after_to: momentSchema.optional(),
  filter: filterSchema.optional(),
  group: groupSchema.default('workload'),
});

export const diffEdgeSchema = z.strictObject({
  ...edgeKey,
  /** Empty where nothing worth saying changed. */
  changes: z.array(z.enum(edgeChanges)),
  before: goldenSchema.nullable(),
  after: goldenSchema.nullable(),
});
export type DiffEdge = z.infer<typeof diffEdgeSchema>;

export const diffSchema = z.strictObject({
  before: spanSchema,
  after: spanSchema,
  group: groupSchema,
  nodes: z.array(nodeSchema.extend({ change: z.enum(['added', 'removed', 'same']) })),
  edges: z.array(diffEdgeSchema),
});
export type GraphDiff = z.infer<typeof diffSchema>;

export const edgesQuery = z.strictObject({
  ...spanQuery,
  filter: filterSchema.optional(),
  order: z.enum(['requests', 'errors', 'p95_ns', 'p99_ns', 'bytes', 'retransmits', 'failed']).default('requests'),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

export const namedEdgeSchema = edgeSchema.extend({ source_name: z.string(), destination_name: z.string() });
export type NamedEdge = z.infer<typeof namedEdgeSchema>;

export const edgesSchema = z.strictObject({ span: spanSchema, items: z.array(namedEdgeSchema) });
export type Edges = z.infer<typeof edgesSchema>;

/** One edge: counted once, and as each side saw it. */
export const edgeDetailSchema = z.strictObject({
  span: spanSchema,
  ...edgeKey,
  source_entity: entitySchema.nullable(),
  destination_entity: entitySchema.nullable(),
  total: measuresSchema,
  client: measuresSchema.nullable(),
  server: measuresSchema.nullable(),
  /** Mean latency as the clients saw it less that as the servers saw it: network, proxies and queues in between. Null unless both ends were seen apart. */
  between_ns: z.number().nullable(),
});
export type EdgeDetail = z.infer<typeof edgeDetailSchema>;
