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
export { type EntitiesQuestion, readEntities } from './readers/entities.ts';
export { type Facet, facetColumns, readFacets } from './readers/facets.ts';
export {
  type EdgeSums,
  type EdgeView,
  type Graph,
  type GraphEdge,
  type GraphQuestion,
  type Quantiles,
  readGraph,
} from './readers/graph.ts';
export { diffGraphs, type EdgeChange, type GraphDiff, readGraphDiff } from './readers/graph-diff.ts';
export { type HeatMap, type HeatMapCell, type HeatMapQuestion, readHeatMap } from './readers/heat-map.ts';
export { type RowsPage, type RowsQuestion, type RowTable, readRows } from './readers/rows.ts';
export { type EdgeSelector, readSeries, type Series, type SeriesPoint, type SeriesQuestion } from './readers/series.ts';
export { readSlowest, type SlowestQuestion } from './readers/slowest.ts';
export type { Span } from './readers/span.ts';
export { readTrace, type StoredTrace } from './readers/trace.ts';
export type { IncomingBlock, MigrationReport, RetentionReport, Store, StoreStats, TableStats } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
