/** The tables, each declared once. From a declaration come DDL, blocks, row types and API schemas. */
import { actions } from './actions.ts';
import { changes } from './changes.ts';
import { drift } from './drift.ts';
import { edges_1h, edges_1m, edges_10m, edges_10s } from './edges.ts';
import { entities } from './entities.ts';
import { events } from './events.ts';
import { flows } from './flows.ts';
import { incidents } from './incidents.ts';
import { meta, migrations } from './meta.ts';
import { request_traces } from './request-traces.ts';
import { requests } from './requests.ts';
import { spans } from './spans.ts';
import type { RowOf, Table } from './table.ts';

export * from './column.ts';
export {
  type EdgeMeasure,
  edgeKey,
  edgeMeasures,
  flowMeasures,
  mergeExpression,
  noRtt,
  type RollupName,
  requestMeasures,
  rollupSeconds,
  rollups,
} from './edges.ts';
export { entityKinds } from './entities.ts';
export { eventKinds } from './events.ts';
export { connectionStates } from './flows.ts';
export * from './latency-buckets.ts';
export { requestTraces, traceHash } from './request-traces.ts';
export { latencyCounts } from './requests.ts';
export { sides, transports } from './shared-columns.ts';
export type { Alias, Columns, Retention, RowOf, SkipIndex, Table, TableEngine } from './table.ts';

/** Every table, by name. */
export const tables = {
  requests,
  request_traces,
  flows,
  events,
  edges_10s,
  edges_1m,
  edges_10m,
  edges_1h,
  entities,
  changes,
  spans,
  incidents,
  actions,
  drift,
  meta,
  migrations,
} as const;

export type TableName = keyof typeof tables;

/** The row of a table by its name. */
export type Row<Name extends TableName> = RowOf<(typeof tables)[Name]>;

const byName: ReadonlyMap<string, Table> = new Map(Object.entries(tables));

/** The table of a name that came from outside, undefined where there is none. */
export function tableNamed(name: string): Table | undefined {
  return byName.get(name);
}

/** Tables of which agents send blocks. */
export type IngestedName = 'requests' | 'flows' | 'events' | 'entities' | 'spans';
