/**
 * How old and how much rows may be. Age is ClickHouse's own TTL, by whole partitions. What a disk budget does is done here:
 * the oldest partitions go first, rows before roll-ups, and never the newest partition of a table.
 */
import { type Deployment, identifier, keptDays, storageName } from '../model/tables/ddl.ts';
import { type Table, tables } from '../model/tables/index.ts';
import { Answer, asNumber, asText } from './answer.ts';
import type { Engine } from './engine.ts';
import type { RetentionReport } from './store.ts';

/** How the disk stands. */
export interface DiskState {
  readonly total: number;
  readonly free: number;
  /** Bytes that the store may take, 0 for no limit but the disk's. */
  readonly budget: number;
}

interface Partition {
  readonly table: string;
  readonly partition: string;
  readonly bytes: number;
  readonly rows: number;
  /** Seconds since the epoch. */
  readonly from: number;
}

/** Share of the disk that is always left free, and least bytes. */
const keepFreeShare = 0.05;
const keepFreeLeast = 256 * 1024 * 1024;
/** Taken share of the budget from which a warning is given. */
const nearShare = 0.9;

/** Tables whose partitions may be dropped, those that can best be missed first. */
const droppable: readonly string[] = [
  'requests',
  'request_traces',
  'flows',
  'spans',
  'events',
  'edges_10s',
  'edges_1m',
  'edges_10m',
  'edges_1h',
];

/** Drops partitions until the store fits. */
export async function retain(engine: Engine, deployment: Deployment, disk: DiskState): Promise<RetentionReport> {
  const partitions = await listPartitions(engine, deployment);
  const bytes = partitions.reduce((sum, one) => sum + one.bytes, 0);
  const reserve = Math.min(disk.total * keepFreeShare, Math.max(keepFreeLeast, disk.total * 0.01));
  const overBudget = disk.budget > 0 ? bytes - disk.budget : 0;
  const overDisk = reserve - disk.free;
  const over = Math.max(overBudget, overDisk);
  if (over <= 0) return { ...warning(bytes, disk, reserve), dropped: [], bytes, budget: disk.budget, free: disk.free };

  const dropped: Partition[] = [];
  let freed = 0;
  for (const one of victims(partitions)) {
    if (freed >= over) break;
    await drop(engine, deployment, one);
    dropped.push(one);
    freed += one.bytes;
  }
  const rows = dropped.reduce((sum, one) => sum + one.rows, 0);
  const why = overBudget >= overDisk ? 'the store took more than its disk budget' : 'the disk was nearly full';
  const message =
    dropped.length === 0
      ? `${why} and there is nothing old to drop: give it more room`
      : `${why}: ${rows} of the oldest rows were dropped, ${Math.round(freed / 1e6)} MB`;
  return { state: 'over', message, dropped, bytes: bytes - freed, budget: disk.budget, free: disk.free + freed };
}

function warning(bytes: number, disk: DiskState, reserve: number): Pick<RetentionReport, 'state' | 'message'> {
  if (disk.budget > 0 && bytes > disk.budget * nearShare) {
    const share = Math.round((bytes / disk.budget) * 100);
    return {
      state: 'near',
      message: `the store takes ${share} % of its disk budget: soon the oldest rows will be dropped`,
    };
  }
  if (disk.free < reserve * 2) {
    return {
      state: 'near',
      message: `${Math.round(disk.free / 1e6)} MB are left on the store's disk: soon the oldest rows will be dropped`,
    };
  }
  return { state: 'ok', message: '' };
}

/** Partitions in the order in which they are dropped: tables that can best be missed first in each step of age. */
function victims(partitions: readonly Partition[]): Partition[] {
  const newest = new Map<string, number>();
  for (const one of partitions) newest.set(one.table, Math.max(newest.get(one.table) ?? 0, one.from));
  const old = partitions.filter((one) => droppable.includes(one.table) && one.from < (newest.get(one.table) ?? 0));
  const raw = (one: Partition) => !one.table.startsWith('edges_');
  return old.toSorted(
    (a, b) =>
      Number(raw(b)) - Number(raw(a)) || a.from - b.from || droppable.indexOf(a.table) - droppable.indexOf(b.table),
  );
}

async function listPartitions(engine: Engine, deployment: Deployment): Promise<Partition[]> {
  const source =
    deployment.cluster === ''
      ? 'system.parts'
      : `cluster('${deployment.cluster.replaceAll("'", "\\'")}', system.parts)`;
  const answer = new Answer(
    await engine.query(
      `SELECT table, partition_id, sum(bytes_on_disk) AS bytes, sum(rows) AS rows
       FROM ${source} WHERE active AND database = {database:String} GROUP BY table, partition_id`,
      { parameters: { database: deployment.database } },
    ),
  );
  const partitions: Partition[] = [];
  for (const row of answer.objects()) {
    const table = asText(row.table).replace(/_local$/, '');
    partitions.push({
      table,
      partition: asText(row.partition_id),
      bytes: asNumber(row.bytes),
      rows: asNumber(row.rows),
      from: partitionStart(asText(row.partition_id)) + outlives(table),
    });
  }
  return partitions;
}

/** The index of traces has longer partitions than the rows that it leads to: it goes when the last of these have gone. */
function outlives(table: string): number {
  return table === 'request_traces' ? tables.request_traces.partitionSeconds - tables.requests.partitionSeconds : 0;
}

/** When a partition begins, in seconds: ids are 202611, 20261122 or seconds since the epoch. */
function partitionStart(partition: string): number {
  if (!/^\d+$/.test(partition)) return 0;
  if (partition.length === 6) return Date.UTC(Number(partition.slice(0, 4)), Number(partition.slice(4)) - 1) / 1000;
  if (partition.length === 8) {
    const [year, month, day] = [partition.slice(0, 4), partition.slice(4, 6), partition.slice(6)].map(Number);
    return Date.UTC(year, month - 1, day) / 1000;
  }
  return Number(partition);
}

async function drop(engine: Engine, deployment: Deployment, one: Partition): Promise<void> {
  const onCluster = deployment.cluster === '' ? '' : ` ON CLUSTER ${identifier(deployment.cluster)}`;
  const name = `${identifier(deployment.database)}.${identifier(storageName(one.table, deployment))}`;
  await engine.query(`ALTER TABLE ${name}${onCluster} DROP PARTITION ID '${one.partition.replaceAll("'", '')}'`);
}

/** Sets the days to keep where they differ from what the tables have. */
export async function applyRetention(engine: Engine, deployment: Deployment): Promise<void> {
  const onCluster = deployment.cluster === '' ? '' : ` ON CLUSTER ${identifier(deployment.cluster)}`;
  const answer = new Answer(
    await engine.query('SELECT name, engine_full FROM system.tables WHERE database = {database:String}', {
      parameters: { database: deployment.database },
    }),
  );
  const engines = new Map([...answer.objects()].map((row) => [asText(row.name), asText(row.engine_full)]));
  for (const table of Object.values<Table>(tables)) {
    if (table.retention === undefined) continue;
    const storage = storageName(table.name, deployment);
    const days = keptDays(table, deployment);
    const existing = /toIntervalDay\((\d+)\)/.exec(engines.get(storage) ?? '')?.[1];
    if (existing === undefined || Number(existing) === days) continue;
    await engine.query(
      `ALTER TABLE ${identifier(deployment.database)}.${identifier(storage)}${onCluster}
       MODIFY TTL toDateTime(${table.retention.by}) + toIntervalDay(${days})`,
    );
  }
}
