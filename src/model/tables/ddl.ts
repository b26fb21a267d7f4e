/** DDL from declarations, for one machine and for a cluster: the same columns, keys and retention in both. */
import type { Column } from './column.ts';
import { type EdgeMeasure, edgeKey, mergeExpression, type RollupTable } from './edges.ts';
import { requestTraces } from './request-traces.ts';
import type { Table } from './table.ts';

/** Where the tables are made. */
export interface Deployment {
  readonly database: string;
  /**
   * Name of the ClickHouse cluster. Then each table is a ReplicatedMergeTree named `NAME_local` on every node, behind a
   * Distributed table of its own name. '' for one server or the embedded engine.
   */
  readonly cluster: string;
  /** Days to keep, by table; the declaration's where absent. */
  readonly retentionDays: Readonly<Record<string, number>>;
  /** Whether an insert is on the disk, and not only in the kernel's cache, before it is acknowledged. */
  readonly fsync: boolean;
}

/** Quotes a name for SQL. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** Name of the table that holds the rows: itself, or the local one of a cluster. */
export function storageName(table: string, deployment: Deployment): string {
  return deployment.cluster === '' ? table : `${table}_local`;
}

/** `CREATE TABLE` statements of a table: the one with the rows first. */
export function createTable(table: Table, deployment: Deployment): string[] {
  const onCluster = clusterClause(deployment);
  const local = `${identifier(deployment.database)}.${identifier(storageName(table.name, deployment))}`;
  const statements = [
    [
      `CREATE TABLE IF NOT EXISTS ${local}${onCluster}`,
      `(\n${[...columnLines(table), ...indexLines(table)].join(',\n')}\n)`,
      `ENGINE = ${engineOf(table, deployment)}`,
      ...(table.partitionBy === '' ? [] : [`PARTITION BY ${table.partitionBy}`]),
      ...(table.primaryKeyLength < table.orderBy.length
        ? [`PRIMARY KEY (${table.orderBy.slice(0, table.primaryKeyLength).join(', ')})`]
        : []),
      `ORDER BY (${table.orderBy.join(', ')})`,
      ...ttlLines(table, deployment),
      `SETTINGS ${settingsOf(table, deployment)}`,
      `COMMENT ${quoted(table.doc)}`,
    ].join('\n'),
  ];
  if (deployment.cluster !== '') statements.push(distributed(table, deployment));
  return statements;
}

/** Statements that add a column which a table was not made with. A table that has it stays as it is. */
export function addColumn(table: Table, name: string, deployment: Deployment): string[] {
  const line = columnLines(table).find((one) => one.startsWith(`  ${identifier(name)} `));
  if (line === undefined) throw new Error(`${table.name} declares no column ${name}`);
  const names = deployment.cluster === '' ? [table.name] : [storageName(table.name, deployment), table.name];
  // A Distributed table keeps nothing: its columns have no codec.
  return names.map((to) => {
    const declared = to === storageName(table.name, deployment) ? line : line.replace(/ CODEC\(.*\)$/, '');
    return `ALTER TABLE ${identifier(deployment.database)}.${identifier(to)}${clusterClause(deployment)} ADD COLUMN IF NOT EXISTS ${declared.trim()}`;
  });
}

/** Materialised views that keep the roll-ups: name and statement. */
export function createView(
  name: string,
  from: string,
  to: RollupTable,
  seconds: number,
  measures: Readonly<Partial<Record<EdgeMeasure, string>>>,
  deployment: Deployment,
): string {
  const database = identifier(deployment.database);
  const keys = Object.keys(edgeKey);
  const columns = Object.entries(measures).map(([measure, expression]) => `${expression} AS ${measure}`);
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${identifier(name)}${clusterClause(deployment)}`,
    `TO ${database}.${identifier(storageName(to.name, deployment))} AS`,
    // Aliases that are named like what they are made of would be taken for it by later expressions.
    `SELECT bucket AS time, * EXCEPT (bucket) FROM (`,
    `SELECT toDateTime64(toStartOfInterval(time, INTERVAL ${seconds} SECOND), 9, 'UTC') AS bucket, ${keys.join(', ')},`,
    `${columns.join(',\n')}`,
    `FROM ${database}.${identifier(storageName(from, deployment))}`,
    `GROUP BY bucket, ${keys.join(', ')}`,
    `SETTINGS prefer_column_name_to_alias = 1)`,
  ].join('\n');
}

/** The materialised view that keeps `request_traces`. */
export function createTraceView(deployment: Deployment): string {
  const name = (table: string): string => `${identifier(deployment.database)}.${identifier(table)}`;
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${name('request_traces_from_requests')}${clusterClause(deployment)}`,
    `TO ${name(storageName('request_traces', deployment))} AS`,
    requestTraces.replace('{requests}', name(storageName('requests', deployment))),
  ].join('\n');
}

/** The measures of a roll-up that is filled from a finer one. */
export function mergedMeasures(to: RollupTable): Record<EdgeMeasure, string> {
  const names = Object.keys(to.columns).filter((name): name is EdgeMeasure => !(name === 'time' || name in edgeKey));
  return Object.fromEntries(names.map((name) => [name, mergeExpression(name)])) as Record<EdgeMeasure, string>;
}

/** How many days a table's rows are kept, 0 for ever. */
export function keptDays(table: Table, deployment: Deployment): number {
  return deployment.retentionDays[table.retention?.as ?? table.name] ?? table.retention?.days ?? 0;
}

/** The TTL expression of a table, '' where it keeps everything. */
export function ttlOf(table: Table, deployment: Deployment): string {
  if (table.retention === undefined) return '';
  const days = keptDays(table, deployment);
  return `toDateTime(${table.retention.by}) + toIntervalDay(${days})`;
}

function columnLines(table: Table): string[] {
  const rollup = table.engine.kind === 'rollup';
  return [
    ...Object.entries(table.columns).map(
      ([name, column]) =>
        `  ${identifier(name)} ${storedType(column, rollup)}${defaultOf(column)} COMMENT ${quoted(column.doc)} CODEC(${column.codec})`,
    ),
    ...Object.entries(table.aliases).map(
      ([name, alias]) =>
        `  ${identifier(name)} ${alias.clickhouse} ALIAS ${alias.expression} COMMENT ${quoted(alias.doc)}`,
    ),
  ];
}

function defaultOf({ absent }: Column): string {
  return absent === '' ? '' : ` DEFAULT ${absent}`;
}

/** Statements that give a table's columns the defaults that they are declared with. */
export function setDefaults(table: Table, deployment: Deployment): string[] {
  const names = new Set([storageName(table.name, deployment), table.name]);
  const changes = Object.entries(table.columns).flatMap(([name, column]) =>
    column.absent === '' ? [] : [`MODIFY COLUMN ${identifier(name)} ${column.type.clickhouse}${defaultOf(column)}`],
  );
  if (changes.length === 0) return [];
  return [...names].map(
    (name) =>
      `ALTER TABLE ${identifier(deployment.database)}.${identifier(name)}${clusterClause(deployment)} ${changes.join(', ')}`,
  );
}

function storedType(column: Column, rollup: boolean): string {
  const { clickhouse } = column.type;
  if (!rollup || column.merge === undefined) return clickhouse;
  const merge = column.merge === 'histogram' ? 'sumMap' : column.merge;
  return `SimpleAggregateFunction(${merge}, ${clickhouse})`;
}

function indexLines(table: Table): string[] {
  return table.indexes.map(
    (index) => `  INDEX ${index.name} ${index.expression} TYPE ${index.type} GRANULARITY ${index.granularity}`,
  );
}

function engineOf(table: Table, deployment: Deployment): string {
  const replicated = deployment.cluster !== '';
  const where = replicated ? [`'/clickhouse/tables/{shard}/{database}/${table.name}'`, "'{replica}'"] : [];
  const prefix = replicated ? 'Replicated' : '';
  switch (table.engine.kind) {
    case 'append':
      return `${prefix}MergeTree(${where.join(', ')})`;
    case 'replace':
      return `${prefix}ReplacingMergeTree(${[...where, table.engine.version].join(', ')})`;
    case 'rollup':
      return `${prefix}AggregatingMergeTree(${where.join(', ')})`;
  }
}

function ttlLines(table: Table, deployment: Deployment): string[] {
  const ttl = ttlOf(table, deployment);
  return ttl === '' ? [] : [`TTL ${ttl}`];
}

/** Blocks whose number is remembered for as many inserts as this: replays after a crash are far fewer. */
const deduplicationWindow = 10_000;

function settingsOf(table: Table, deployment: Deployment): string {
  const window = deployment.cluster === '' ? 'non_replicated_deduplication_window' : 'replicated_deduplication_window';
  const settings: Record<string, number> = {
    [window]: deduplicationWindow,
    ...(deployment.fsync ? { fsync_after_insert: 1, fsync_part_directory: 1 } : {}),
    ...(table.partitionBy === '' ? {} : { ttl_only_drop_parts: 1 }),
    ...table.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

function distributed(table: Table, deployment: Deployment): string {
  const database = identifier(deployment.database);
  const shard = table.shardBy === '' ? 'rand()' : `cityHash64(${table.shardBy})`;
  const local = storageName(table.name, deployment);
  return [
    `CREATE TABLE IF NOT EXISTS ${database}.${identifier(table.name)}${clusterClause(deployment)}`,
    `AS ${database}.${identifier(local)}`,
    `ENGINE = Distributed(${quoted(deployment.cluster)}, ${quoted(deployment.database)}, ${quoted(local)}, ${shard})`,
  ].join('\n');
}

/** ` ON CLUSTER ...` where there is one. */
export function clusterClause(deployment: Deployment): string {
  return deployment.cluster === '' ? '' : ` ON CLUSTER ${identifier(deployment.cluster)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
