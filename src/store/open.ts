import { join } from 'node:path';
import type { Deployment } from '../model/tables/ddl.ts';
import { ClickhouseStore } from './clickhouse-store.ts';
import { type GuestLimits, guestDefaults } from './engine.ts';
import type { BlockSettler } from './ingest/block-writer.ts';
import { DirectWriter } from './ingest/direct-writer.ts';
import { type JournalOptions, JournalWriter, journalDefaults } from './ingest/journal-writer.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** What may be chosen about any store. */
export interface CommonStoreOptions {
  /** Database to keep the tables in. `wirelight` where absent. */
  readonly database?: string;
  /** Bytes on disk that it may take; 0 or absent: as much as the disk has, less a reserve. */
  readonly diskBudget?: number;
  /** Days to keep, by table. */
  readonly retentionDays?: Readonly<Record<string, number>>;
  /** Version of Wirelight, remembered with migrations. */
  readonly version?: string;
  /** Whether inserts survive a loss of power, and not only the end of the process. True where absent. */
  readonly fsync?: boolean;
  /** What statements that people write may cost. */
  readonly guest?: Partial<GuestLimits>;
  /** Puts together what several agents tell, before it goes into the tables. */
  readonly settler?: BlockSettler;
}

/** A store in this process. */
export interface EmbeddedStoreOptions extends CommonStoreOptions {
  readonly kind: 'embedded';
  /** Data directory: the store takes `store` in it. */
  readonly directory: string;
  /** Bytes of memory for all statements and merges. */
  readonly memory?: number;
  readonly readers?: number;
  readonly threads?: number;
  /** Milliseconds after which blocks can be read: while somebody asks, and while nobody does. 2,000 and 15,000 where absent. */
  readonly freshMilliseconds?: number;
  readonly idleMilliseconds?: number;
}

/** A ClickHouse server or cluster. */
export interface RemoteStoreOptions extends CommonStoreOptions {
  readonly kind: 'remote';
  /** `http://` or `https://`, with port. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** PEM of the authority that signed the server's certificate, where the system's do not do. */
  readonly ca?: Uint8Array;
  /** PEMs of our own certificate, where the server wants one. */
  readonly certificate?: Uint8Array;
  readonly key?: Uint8Array;
  /** Name of the cluster: tables become replicated and distributed. '' or absent for a single server. */
  readonly cluster?: string;
  /** Most connections at the same time. */
  readonly connections?: number;
}

export type StoreOptions = EmbeddedStoreOptions | RemoteStoreOptions;

/** Opens a store and brings its schema up to date. The engine's code is loaded only here. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = options.kind === 'embedded' ? await openEmbedded(options) : await openRemote(options);
  try {
    await store.migrate();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openEmbedded(options: EmbeddedStoreOptions): Promise<Store> {
  const { EmbeddedEngine, embeddedDefaults } = await import('./embedded/embedded-engine.ts');
  const { forgetLostParts } = await import('./embedded/forget-lost-parts.ts');
  const { holderOf } = await import('./embedded/holder.ts');
  const deployment = deploymentOf(options, '');
  const directory = join(options.directory, 'store');
  const holder = await holderOf(directory);
  if (holder !== undefined) {
    throw new StoreError('store_locked', `the store in ${directory} is in use`, {
      why: `process ${holder} has it open`,
      next: 'stop that server first, or choose another data directory',
    });
  }
  await forgetLostParts(directory);
  const engine = await EmbeddedEngine.open({
    directory,
    database: deployment.database,
    memory: options.memory ?? embeddedDefaults.memory,
    readers: options.readers ?? embeddedDefaults.readers,
    threads: options.threads ?? embeddedDefaults.threads,
    guest: { ...guestDefaults, ...options.guest },
  });
  const journal: JournalOptions = {
    ...journalDefaults,
    directory: join(options.directory, 'journal'),
    database: deployment.database,
    fsync: deployment.fsync,
    freshMilliseconds: options.freshMilliseconds ?? journalDefaults.freshMilliseconds,
    idleMilliseconds: options.idleMilliseconds ?? journalDefaults.idleMilliseconds,
    ...(options.settler === undefined ? {} : { settler: options.settler }),
  };
  return new ClickhouseStore(engine, {
    ...settingsOf(options, deployment),
    directory,
    openWriter: (of) => JournalWriter.open(of, journal),
  });
}

async function openRemote(options: RemoteStoreOptions): Promise<Store> {
  const { RemoteEngine } = await import('./remote/remote-engine.ts');
  const deployment = deploymentOf(options, options.cluster ?? '');
  const engine = await RemoteEngine.open(
    { ...options, guest: { ...guestDefaults, ...options.guest } },
    deployment.database,
  );
  return new ClickhouseStore(engine, {
    ...settingsOf(options, deployment),
    directory: undefined,
    openWriter: (of) => Promise.resolve(new DirectWriter(of, deployment.database, options.settler)),
  });
}

function deploymentOf(options: CommonStoreOptions, cluster: string): Deployment {
  return {
    database: options.database ?? 'wirelight',
    cluster,
    retentionDays: options.retentionDays ?? {},
    fsync: options.fsync ?? true,
  };
}

function settingsOf(options: CommonStoreOptions, deployment: Deployment) {
  const { settler } = options;
  const version = options.version ?? 'unknown';
  return { deployment, diskBudget: options.diskBudget ?? 0, version, ...(settler === undefined ? {} : { settler }) };
}
