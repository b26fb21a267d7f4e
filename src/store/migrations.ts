/** The schema's history. Numbers ascend; what has run is never changed, only followed by another. */
import {
  addColumn,
  clusterClause,
  createTable,
  createTraceView,
  createView,
  type Deployment,
  identifier,
  mergedMeasures,
  setDefaults,
  storageName,
} from '../model/tables/ddl.ts';
import {
  flowMeasures,
  requestMeasures,
  requestTraces,
  rollupSeconds,
  rollups,
  type Table,
  tables,
} from '../model/tables/index.ts';

/** One step of the schema. Statements must do no harm when run twice: a crash may have cut the step short. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  statements(deployment: Deployment): readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'tables and roll-ups',
    statements: (deployment) => [
      ...Object.values<Table>(tables).flatMap((table) => createTable(table, deployment)),
      ...viewStatements(deployment),
    ],
  },
  {
    number: 2,
    name: 'sequence numbers of requests',
    statements: (deployment) => addColumn(tables.requests, 'sequence', deployment),
  },
  {
    number: 3,
    name: 'where to look for traces',
    statements: (deployment) => [
      ...createTable(tables.request_traces, deployment),
      createTraceView(deployment),
      ...backfillTraces(deployment),
      `ALTER TABLE ${nameIn('requests', deployment)}${clusterClause(deployment)} DROP INDEX IF EXISTS by_trace`,
    ],
  },
  {
    number: 4,
    name: 'what stands for what an older agent does not tell',
    statements: (deployment) => [tables.requests, tables.flows].flatMap((table) => setDefaults(table, deployment)),
  },
];

function nameIn(table: string, deployment: Deployment): string {
  return `${identifier(deployment.database)}.${identifier(storageName(table, deployment))}`;
}

/** Rows that were there before the view was. Each server of a cluster fills its own from its own. */
function backfillTraces(deployment: Deployment): string[] {
  if (deployment.cluster !== '') return [];
  return [
    `INSERT INTO ${nameIn('request_traces', deployment)} ${requestTraces.replace('{requests}', nameIn('requests', deployment))}`,
  ];
}

/** The views that fill the roll-ups: the finest from rows, each other from the one before. */
function viewStatements(deployment: Deployment): string[] {
  const [finest] = rollups;
  const statements = [
    createView('edges_10s_from_requests', 'requests', finest, rollupSeconds.edges_10s, requestMeasures, deployment),
    createView('edges_10s_from_flows', 'flows', finest, rollupSeconds.edges_10s, flowMeasures, deployment),
  ];
  for (let i = 1; i < rollups.length; i++) {
    const from = rollups[i - 1].name;
    const to = rollups[i];
    const seconds = Object.values(rollupSeconds)[i];
    statements.push(createView(`${to.name}_from_${from}`, from, to, seconds, mergedMeasures(to), deployment));
  }
  return statements;
}
