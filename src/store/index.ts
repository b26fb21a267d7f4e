/**
 * The store: everything that Wirelight remembers, in ClickHouse's SQL, embedded or on a server.
 *
 * @example
 * await using store = await openStore({ kind: 'embedded', directory: '/var/lib/wirelight' });
 * await store.write({ agent, sequence, block: readTableBlock('requests', bytes) });
 * const { edges } = await readGraph(store, { span: { from, to } });
 */
export { Answer, type AnswerRow, asId, asNumber, asText, asTime } from './answer.ts';
export type { QueryOptions } from './engine.ts';
export { type EmbeddedStoreOptions, openStore, type RemoteStoreOptions, type StoreOptions } from './open.ts';
export type { Parameter, Parameters } from './parameters.ts';
export {
  type EdgeSums,
  type EdgeView,
  type Graph,
  type GraphEdge,
  type GraphQuestion,
  type Quantiles,
  readGraph,
} from './readers/graph.ts';
export type { Span } from './readers/span.ts';
export type { IncomingBlock, MigrationReport, RetentionReport, Store, StoreStats, TableStats } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
