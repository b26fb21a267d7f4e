/** The HTTP API as types and schemas: what is asked and what is answered. Described in docs/api.md. */
export * from './api/change.ts';
export { parseDuration } from './api/duration.ts';
export * from './api/entity.ts';
export * from './api/graph.ts';
export * from './api/health.ts';
export * from './api/live.ts';
export * from './api/measures.ts';
export * from './api/problem.ts';
export * from './api/query.ts';
export * from './api/routes.ts';
export * from './api/series.ts';
export * from './api/session.ts';
export * from './api/stored.ts';
export { filterSchema, parseMoment, type Span, spanSchema } from './api/time.ts';
