import { statfs } from 'node:fs/promises';
import type { Deployment } from '../model/tables/ddl.ts';

import { type Columns, type Table, tableNamed } from '../model/tables/index.ts';
import { BlockBuilder } from '../wire/block/block-builder.ts';
import { Answer, asNumber, asText, asTime } from './answer.ts';
import { backupStore, restoreStore } from './backup.ts';
import type { Engine, QueryOptions } from './engine.ts';
import { guestStatement } from './guest.ts';
import type { BlockSettler, BlockWriter, WriterStats } from './ingest/block-writer.ts';
import { migrate } from './migrate.ts';
import { forgetFloors } from './readers/floors.ts';
import { applyRetention, retain } from './retention.ts';
import type { IncomingBlock, MigrationReport, RetentionReport, Store, StoreStats, TableStats } from './store.ts';
import { StoreError } from './store-error.ts';

/** What a store needs to know besides its engine. */
export interface StoreSettings {
  readonly deployment: Deployment;
  /** Bytes on disk that it may take, 0 for no limit but the disk's. */
  readonly diskBudget: number;
  /** Directory of the embedded store: its disk is looked at. Undefined where the disk is another machine's. */
  readonly directory: string | undefined;
  /** Version of Wirelight, remembered with migrations. */
  readonly version: string;
  readonly settler?: BlockSettler;
  /** Makes what takes blocks in. Called once, after the schema is up to date. */
  readonly openWriter: (engine: Engine) => Promise<BlockWriter>;
}

const nothingWritten: WriterStats = { pendingBlocks: 0, pendingBytes: 0, duplicates: 0, quarantined: 0, lastError: '' };

/** The store over any engine. */
export class ClickhouseStore implements Store {
  readonly kind: 'embedded' | 'remote';
  readonly database: string;
  readonly #engine: Engine;
  readonly #settings: StoreSettings;
  #appended = 0;
  #opening: Promise<BlockWriter> | undefined;
  #writer: BlockWriter | undefined;

  constructor(engine: Engine, settings: StoreSettings) {
    this.kind = engine.kind;
    this.database = settings.deployment.database;
    this.#engine = engine;
    this.#settings = settings;
  }

  async migrate(): Promise<MigrationReport> {
    const report = await migrate(this.#engine, this.#settings.deployment, this.#settings.version);
    await applyRetention(this.#engine, this.#settings.deployment);
    await this.#settings.settler?.restore((sql) => this.query(sql));
    await this.#opened();
    return report;
  }

  async write(incoming: IncomingBlock): Promise<void> {
    await (await this.#opened()).write(incoming);
  }

  async flush(): Promise<void> {
    await (await this.#opened()).flush();
  }

  async query(sql: string, options?: QueryOptions): Promise<Answer> {
    this.#writer?.asked();
    return new Answer(await this.#engine.query(sql, options));
  }

  queryBytes(sql: string, options?: QueryOptions): Promise<Uint8Array> {
    this.#writer?.asked();
    return this.#engine.query(sql, options);
  }

  stream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array> {
    this.#writer?.asked();
    return this.#engine.stream(sql, options);
  }

  async queryAsGuest(sql: string, options: Pick<QueryOptions, 'format' | 'signal'> = {}): Promise<Uint8Array> {
    this.#writer?.asked();
    const statement = await guestStatement(this.#engine, this.database, sql);
    return await this.#engine.queryReadOnly(statement, options);
  }

  async append(tableName: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const table: Table | undefined = tableNamed(tableName);
    if (table === undefined || table.engine.kind === 'rollup') throw new Error(`no rows are added to ${tableName}`);
    if (rows.length === 0) return;
    const builder = new BlockBuilder<Columns>(table);
    for (const row of rows) builder.append(row);
    await this.#engine.insert({
      database: this.database,
      table: table.name,
      columns: Object.keys(table.columns),
      skipUnknown: false,
      blocks: [builder.encode()],
      token: `server/${process.pid}/${Date.now()}/${this.#appended++}`,
    });
  }

  async stats(): Promise<StoreStats> {
    const { deployment } = this.#settings;
    const parts = await this.query(
      `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, sum(data_uncompressed_bytes) AS raw, count() AS parts,
              version() AS version
       FROM ${this.#everywhere('parts')} WHERE active AND database = {database:String} GROUP BY table`,
      { parameters: { database: deployment.database } },
    );
    const tables: Record<string, TableStats> = {};
    for (const row of parts.objects()) {
      const name = asText(row.table).replace(/_local$/, '');
      const table = tableNamed(name);
      if (table === undefined) continue;
      const { from, to } = await this.#span(table);
      tables[name] = {
        rows: asNumber(row.rows),
        bytes: asNumber(row.bytes),
        uncompressedBytes: asNumber(row.raw),
        parts: asNumber(row.parts),
        from,
        to,
      };
    }
    const all = Object.values(tables);
    return {
      kind: this.kind,
      engineVersion: asText((await this.query('SELECT version() AS version')).first()?.version),
      tables,
      rows: all.reduce((sum, table) => sum + table.rows, 0),
      bytes: all.reduce((sum, table) => sum + table.bytes, 0),
      disk: { ...(await this.#disk()), budget: this.#settings.diskBudget },
      writing: this.#writer?.stats() ?? nothingWritten,
    };
  }

  async retain(): Promise<RetentionReport> {
    const disk = await this.#disk();
    const report = await retain(this.#engine, this.#settings.deployment, {
      ...disk,
      budget: this.#settings.diskBudget,
    });
    if (report.dropped.length > 0) forgetFloors(this);
    return report;
  }

  async backup(directory: string): Promise<{ bytes: number; tables: number }> {
    await this.flush();
    return await backupStore(this.#engine, this.#settings.deployment, directory);
  }

  async restore(directory: string): Promise<{ tables: number }> {
    await this.flush();
    const { deployment, version } = this.#settings;
    try {
      return await restoreStore(this.#engine, deployment, directory);
    } finally {
      // The backup may be of an earlier version; and where it cannot be read, the store is an empty one again.
      await migrate(this.#engine, deployment, version);
    }
  }

  async close(): Promise<void> {
    await this.#writer?.close();
    await this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The writer, opened when it is first wanted: it stores what a crash left, and for that the tables must be there. */
  #opened(): Promise<BlockWriter> {
    this.#opening ??= this.#settings.openWriter(this.#engine).then((writer) => {
      this.#writer = writer;
      return writer;
    });
    return this.#opening;
  }

  /** First and last moment of a table, from its parts' bounds where it has time partitions: no row is read. */
  async #span(table: Table): Promise<{ from: bigint; to: bigint }> {
    if (table.retention === undefined) return { from: 0n, to: 0n };
    const { by } = table.retention;
    const answer = await this.query(
      `SELECT min(${by}) AS first, max(${by}) AS last, count() AS n FROM \`${table.name}\``,
    );
    const row = answer.first();
    return row === undefined || asNumber(row.n) === 0
      ? { from: 0n, to: 0n }
      : { from: asTime(row.first), to: asTime(row.last) };
  }

  async #disk(): Promise<{ total: number; free: number }> {
    const { directory } = this.#settings;
    if (directory !== undefined) {
      const { blocks, bavail, bsize } = await statfs(directory);
      return { total: blocks * bsize, free: bavail * bsize };
    }
    const answer = await this.query(
      `SELECT sum(total_space) AS total, sum(unreserved_space) AS free FROM ${this.#everywhere('disks')} WHERE type = 'Local'`,
    );
    const row = answer.first();
    if (row === undefined) throw new StoreError('store_failed', 'the store does not tell how its disk stands');
    return { total: asNumber(row.total), free: asNumber(row.free) };
  }

  /** A system table of every node. */
  #everywhere(table: string): string {
    const { cluster } = this.#settings.deployment;
    return cluster === ''
      ? `system.${table}`
      : `clusterAllReplicas('${cluster.replaceAll("'", "\\'")}', system.${table})`;
  }
}
