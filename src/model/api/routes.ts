/** The whole API: every path with what it takes and gives. The server serves this list and nothing else; OpenAPI is made from it. */
import { z } from 'zod';
import { changeSchema, changesQuery, changesSchema, newChangeSchema } from './change.ts';
import { entitiesQuery, entitiesSchema, entityDetailSchema, entityQuery, idSchema } from './entity.ts';
import { diffQuery, diffSchema, edgeDetailSchema, edgesQuery, edgesSchema, graphQuery, graphSchema } from './graph.ts';
import { agentsSchema, configSchema, healthSchema, lossesQuery, lossesSchema } from './health.ts';
import { liveGraphQuery, liveQuery } from './live.ts';
import { schemaSchema, sqlAnswerSchema, sqlQuerySchema } from './query.ts';
import { seriesQuery, seriesSchema, timelineQuery, timelineSchema } from './series.ts';
import { auditQuery, auditSchema, loginSchema, type Role, sessionSchema } from './session.ts';
import {
  eventFacetsQuery,
  eventFacetsSchema,
  eventIndexQuery,
  eventsQuery,
  eventsSchema,
  facetsQuery,
  facetsSchema,
  flowsQuery,
  flowsSchema,
  heatmapQuery,
  heatmapSchema,
  operationsQuery,
  operationsSchema,
  requestDetailSchema,
  requestIndexQuery,
  requestsQuery,
  requestsSchema,
  rowIndexSchema,
} from './stored.ts';

/** Where all paths begin. */
export const apiPrefix = '/api/v1';

/** One path. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST';
  /** Below {@link apiPrefix}, parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** The least role that may; undefined: everybody. */
  readonly role: Role | undefined;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  readonly response: z.ZodType;
  /** Media type of the answer. */
  readonly type: 'application/json' | 'text/event-stream' | 'text/plain';
}

const nothing = z.strictObject({});

function get<P extends z.ZodObject, Q extends z.ZodObject, R extends z.ZodType>(
  path: string,
  summary: string,
  parts: { params: P; query: Q; response: R; role?: Role | undefined; type?: ApiRoute['type'] },
) {
  return {
    method: 'GET' as const,
    path,
    summary,
    role: 'role' in parts ? parts.role : ('viewer' as const),
    params: parts.params,
    query: parts.query,
    body: undefined,
    response: parts.response,
    type: parts.type ?? 'application/json',
  };
}

function post<B extends z.ZodType, R extends z.ZodType>(
  path: string,
  summary: string,
  parts: { body: B; response: R; role: Role | undefined },
) {
  return {
    method: 'POST' as const,
    path,
    summary,
    role: parts.role,
    params: nothing,
    query: nothing,
    body: parts.body,
    response: parts.response,
    type: 'application/json' as const,
  };
}

const entityParams = z.strictObject({ id: idSchema });
const textParams = z.strictObject({ id: z.string().min(1).max(512) });

export const apiRoutes = {
  graph: get('/graph', 'The service graph of a span of time', {
    params: nothing,
    query: graphQuery,
    response: graphSchema,
  }),
  graphDiff: get('/graph/diff', 'How the graph of one span differs from that of another', {
    params: nothing,
    query: diffQuery,
    response: diffSchema,
  }),
  entities: get('/entities', 'Everything that has a name', {
    params: nothing,
    query: entitiesQuery,
    response: entitiesSchema,
  }),
  entity: get('/entities/{id}', 'One entity and what it did in a span', {
    params: entityParams,
    query: entityQuery,
    response: entityDetailSchema,
  }),
  edges: get('/edges', 'Edges of a span, the most of something first', {
    params: nothing,
    query: edgesQuery,
    response: edgesSchema,
  }),
  edge: get('/edges/{id}', 'One edge, counted once and as each side saw it', {
    params: textParams,
    query: entityQuery,
    response: edgeDetailSchema,
  }),
  requests: get('/requests', 'Requests, page by page', {
    params: nothing,
    query: requestsQuery,
    response: requestsSchema,
  }),
  requestIndex: get('/requests/index', 'How many requests there are, and where the parts of the answer begin', {
    params: nothing,
    query: requestIndexQuery,
    response: rowIndexSchema,
  }),
  requestFacets: get('/requests/facets', 'Which values requests have, with counts', {
    params: nothing,
    query: facetsQuery,
    response: facetsSchema,
  }),
  requestHeatmap: get('/requests/heatmap', 'Requests by time and latency', {
    params: nothing,
    query: heatmapQuery,
    response: heatmapSchema,
  }),
  request: get('/requests/{id}', 'One request, its connection and its neighbours', {
    query: nothing,
    params: textParams,
    response: requestDetailSchema,
  }),
  operations: get('/operations', 'What was asked, by protocol, method and target', {
    params: nothing,
    query: operationsQuery,
    response: operationsSchema,
  }),
  flows: get('/flows', 'What connections did in a span', { params: nothing, query: flowsQuery, response: flowsSchema }),
  events: get('/events', 'Drops, resets, retransmits and the like', {
    params: nothing,
    query: eventsQuery,
    response: eventsSchema,
  }),
  eventIndex: get('/events/index', 'How many events there are, and where the parts of the answer begin', {
    params: nothing,
    query: eventIndexQuery,
    response: rowIndexSchema,
  }),
  eventFacets: get('/events/facets', 'Events by kind, reason and ends, with counts, and over time', {
    params: nothing,
    query: eventFacetsQuery,
    response: eventFacetsSchema,
  }),
  series: get('/series', 'Metrics over time', { params: nothing, query: seriesQuery, response: seriesSchema }),
  timeline: get('/timeline', 'Everything that was seen, in brief, over time', {
    params: nothing,
    query: timelineQuery,
    response: timelineSchema,
  }),
  live: get('/live', 'Records as they come (server-sent events)', {
    params: nothing,
    query: liveQuery,
    response: z.string(),
    type: 'text/event-stream',
  }),
  liveGraph: get('/live/graph', 'The service graph as it changes (server-sent events)', {
    params: nothing,
    query: liveGraphQuery,
    response: z.string(),
    type: 'text/event-stream',
  }),
  query: post('/query', 'Runs a statement of SQL that only reads', {
    body: sqlQuerySchema,
    response: sqlAnswerSchema,
    role: 'viewer',
  }),
  schema: get('/schema', 'Tables and columns for SQL', { params: nothing, query: nothing, response: schemaSchema }),
  health: get('/health', 'How the server, its store and its agents are', {
    params: nothing,
    query: nothing,
    response: healthSchema,
  }),
  losses: get('/losses', 'What was not seen', { params: nothing, query: lossesQuery, response: lossesSchema }),
  agents: get('/agents', 'The agents and how they are', { params: nothing, query: nothing, response: agentsSchema }),
  config: get('/config', 'How the server is set up', {
    params: nothing,
    query: nothing,
    response: configSchema,
    role: 'operator',
  }),
  changes: get('/changes', 'Deployments and other changes', {
    params: nothing,
    query: changesQuery,
    response: changesSchema,
  }),
  postChange: post('/changes', 'Tells of a deployment or another change', {
    body: newChangeSchema,
    response: changeSchema,
    role: 'operator',
  }),
  audit: get('/audit', 'Who did what', { params: nothing, query: auditQuery, response: auditSchema, role: 'admin' }),
  session: get('/session', 'Who asks, and how to log in', {
    params: nothing,
    query: nothing,
    response: sessionSchema,
    role: undefined,
  }),
  login: post('/login', 'Begins a session with a user and a password', {
    body: loginSchema,
    response: sessionSchema,
    role: undefined,
  }),
  logout: post('/logout', 'Ends the session', { body: nothing, response: sessionSchema, role: undefined }),
} as const satisfies Readonly<Record<string, ApiRoute>>;

export type RouteName = keyof typeof apiRoutes;
/** What a route is asked with, checked and completed. */
export type QueryOf<Name extends RouteName> = z.output<(typeof apiRoutes)[Name]['query']>;
export type ParamsOf<Name extends RouteName> = z.output<(typeof apiRoutes)[Name]['params']>;
export type BodyOf<Name extends RouteName> = (typeof apiRoutes)[Name]['body'] extends z.ZodType
  ? z.output<NonNullable<(typeof apiRoutes)[Name]['body']>>
  : undefined;
/** What a route answers. */
export type ResponseOf<Name extends RouteName> = z.output<(typeof apiRoutes)[Name]['response']>;
