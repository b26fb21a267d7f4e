/** Backups with the engine's own BACKUP and RESTORE: consistent, while writing goes on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Deployment, identifier } from '../model/tables/ddl.ts';
import { type Table, tables } from '../model/tables/index.ts';
import { Answer, asNumber, asText } from './answer.ts';
import type { Engine } from './engine.ts';
import { quoteText } from './parameters.ts';
import { StoreError } from './store-error.ts';

/** Writes all tables to a directory (which must not exist) of the machine on which the engine runs. */
export async function backupStore(
  engine: Engine,
  deployment: Deployment,
  directory: string,
): Promise<{ bytes: number; tables: number }> {
  const database = identifier(deployment.database);
  const onCluster = deployment.cluster === '' ? '' : ` ON CLUSTER ${identifier(deployment.cluster)}`;
  const answer = new Answer(
    await engine.query(`BACKUP DATABASE ${database}${onCluster} TO File(${quoteText(directory)})`, { seconds: 86_400 }),
  );
  const row = answer.first();
  if (row !== undefined && asText(row.status) !== 'BACKUP_CREATED') {
    throw new StoreError('store_failed', `the backup to ${directory} ended as ${asText(row.status)}`);
  }
  const sizes = new Answer(
    await engine.query('SELECT total_size AS bytes FROM system.backups WHERE id = {id:String}', {
      parameters: { id: asText(row?.id) },
    }),
  );
  return { bytes: asNumber(sizes.first()?.bytes ?? 0), tables: Object.keys(tables).length };
}

/**
 * Brings a backup back. Refuses where the store has rows already: nothing is mixed. The tables are then those of the backup, or
 * none where it could not be read: the schema has to be brought up to date afterwards, in either case.
 */
export async function restoreStore(
  engine: Engine,
  deployment: Deployment,
  directory: string,
): Promise<{ tables: number }> {
  const database = identifier(deployment.database);
  const onCluster = deployment.cluster === '' ? '' : ` ON CLUSTER ${identifier(deployment.cluster)}`;
  const existing = new Answer(
    await engine.query(
      `SELECT sum(total_rows) AS rows FROM system.tables
       WHERE database = {database:String} AND name != 'migrations' AND engine LIKE '%MergeTree'`,
      { parameters: { database: deployment.database } },
    ),
  );
  if (asNumber(existing.first()?.rows ?? 0) > 0) {
    throw new StoreError('store_not_empty', 'a backup is restored into an empty store only', {
      why: `this store holds ${asNumber(existing.first()?.rows)} rows`,
      next: 'choose an empty data directory (--data) or another database',
    });
  }
  // Before anything is dropped. Of another machine's directories its own server tells.
  if (engine.kind === 'embedded' && !existsSync(join(directory, '.backup'))) {
    throw new StoreError('no_backup', `there is no backup in ${directory}`, {
      next: 'give the directory that wirelight backup wrote',
    });
  }
  await engine.query(`DROP DATABASE IF EXISTS ${database}${onCluster} SYNC`);
  await engine.query(`RESTORE DATABASE ${database}${onCluster} FROM File(${quoteText(directory)})`, {
    seconds: 86_400,
  });
  await engine.query(`CREATE DATABASE IF NOT EXISTS ${database}${onCluster}`);
  return { tables: Object.values<Table>(tables).length };
}
