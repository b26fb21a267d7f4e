/** Runs migrations that have not run yet, under a lock. */
import { type Deployment, identifier, storageName } from '../model/tables/ddl.ts';
import { Answer, asNumber } from './answer.ts';
import type { Engine } from './engine.ts';
import { type Migration, migrations } from './migrations.ts';
import type { MigrationReport } from './store.ts';
import { StoreError } from './store-error.ts';

/** A lock older than this was left by a server that died. */
const staleSeconds = 600;

/**
 * Brings the schema up to date. Several servers may try at once: the lock is a table, whose creation succeeds for one alone.
 *
 * @param version of Wirelight, remembered with each migration
 */
export async function migrate(
  engine: Engine,
  deployment: Deployment,
  version: string,
  steps: readonly Migration[] = migrations,
): Promise<MigrationReport> {
  const onCluster = deployment.cluster === '' ? '' : ` ON CLUSTER ${identifier(deployment.cluster)}`;
  await engine.query(`CREATE DATABASE IF NOT EXISTS ${identifier(deployment.database)}${onCluster}`);
  await lock(engine, deployment, onCluster);
  try {
    return await run(engine, deployment, version, steps);
  } finally {
    await engine.query(`DROP TABLE IF EXISTS ${lockName(deployment)}${onCluster}`);
  }
}

async function run(
  engine: Engine,
  deployment: Deployment,
  version: string,
  steps: readonly Migration[],
): Promise<MigrationReport> {
  const done = await appliedMigrations(engine, deployment);
  const newest = Math.max(0, ...done);
  const known = Math.max(0, ...steps.map((step) => step.number));
  if (newest > known) {
    throw new StoreError('store_too_new', `the store has schema ${newest}, this version knows ${known}`, {
      why: 'a later version of Wirelight has used it',
      next: 'start that version or a later one',
    });
  }
  const applied: number[] = [];
  for (const step of steps.toSorted((a, b) => a.number - b.number)) {
    if (done.has(step.number)) continue;
    for (const statement of step.statements(deployment)) await engine.query(statement, { seconds: 3600 });
    await engine.query(
      `INSERT INTO ${tableName(deployment, 'migrations')} (number, name, version, applied)
       SELECT {number:UInt32}, {name:String}, {version:String}, now64(9)`,
      { parameters: { number: step.number, name: step.name, version } },
    );
    applied.push(step.number);
  }
  return { applied, version: known };
}

/** Numbers of the migrations that have run. */
async function appliedMigrations(engine: Engine, deployment: Deployment): Promise<Set<number>> {
  const exists = new Answer(
    await engine.query(
      'SELECT count() AS n FROM system.tables WHERE database = {database:String} AND name = {name:String}',
      {
        parameters: { database: deployment.database, name: 'migrations' },
      },
    ),
  );
  if (asNumber(exists.first()?.n) === 0) return new Set();
  const answer = new Answer(await engine.query(`SELECT DISTINCT number FROM ${tableName(deployment, 'migrations')}`));
  return new Set(answer.column('number').map(asNumber));
}

async function lock(engine: Engine, deployment: Deployment, onCluster: string): Promise<void> {
  const create = `CREATE TABLE ${lockName(deployment)}${onCluster} (x UInt8) ENGINE = Memory`;
  const deadline = Date.now() + staleSeconds * 2000;
  for (;;) {
    try {
      await engine.query(create);
      return;
    } catch (error) {
      // 57: TABLE_ALREADY_EXISTS.
      if (!(error instanceof StoreError && error.clickhouse === 57) || Date.now() > deadline) throw error;
    }
    const age = new Answer(
      await engine.query(
        `SELECT toInt64(now()) - toInt64(metadata_modification_time) AS seconds FROM system.tables
         WHERE database = {database:String} AND name = 'migration_lock'`,
        { parameters: { database: deployment.database } },
      ),
    );
    // The embedded engine is ours alone: whoever left the lock there is dead.
    const stale = engine.kind === 'embedded' ? 0 : staleSeconds;
    if (age.rows > 0 && asNumber(age.first()?.seconds) >= stale) {
      await engine.query(`DROP TABLE IF EXISTS ${lockName(deployment)}${onCluster}`);
    } else {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function lockName(deployment: Deployment): string {
  return `${identifier(deployment.database)}.migration_lock`;
}

function tableName(deployment: Deployment, table: string): string {
  return `${identifier(deployment.database)}.${identifier(deployment.cluster === '' ? table : storageName(table, deployment))}`;
}
