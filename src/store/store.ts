/** The store: what the rest of Wirelight sees of it, embedded or remote alike. */
import type { TableBlock } from '../wire/block/validate.ts';
import type { Answer } from './answer.ts';
import type { QueryOptions } from './engine.ts';
import type { WriterStats } from './ingest/block-writer.ts';

/** A block with where it came from. (agent, sequence) names it: written twice, it is stored once. */
export interface IncomingBlock {
  /** The agent's id, 16 hex digits. */
  readonly agent: string;
  /** The agent's number of the block. */
  readonly sequence: number;
  readonly block: TableBlock;
}

/** What a table takes on disk. */
export interface TableStats {
  readonly rows: number;
  /** Bytes on disk, compressed. */
  readonly bytes: number;
  /** Bytes before compression. */
  readonly uncompressedBytes: number;
  readonly parts: number;
  /** Earliest and latest moment in it, epoch nanoseconds; 0 where it is empty or has no time. */
  readonly from: bigint;
  readonly to: bigint;
}

/** How the store stands. */
export interface StoreStats {
  readonly kind: 'embedded' | 'remote';
  readonly engineVersion: string;
  readonly tables: Readonly<Record<string, TableStats>>;
  readonly rows: number;
  readonly bytes: number;
  readonly disk: {
    /** Bytes that the file system has, and that are free to us. */
    readonly total: number;
    readonly free: number;
    /** Bytes that the store may take; 0 where it may take what is there. */
    readonly budget: number;
  };
  /** Blocks on their way into the tables. */
  readonly writing: WriterStats;
}

/** What a migration did. */
export interface MigrationReport {
  /** Numbers of the migrations that ran now. */
  readonly applied: readonly number[];
  /** The schema's version now. */
  readonly version: number;
}

/** What looking after the disk did and found. */
export interface RetentionReport {
  /** `ok`; `near`: nine tenths of the budget are taken, or a tenth of the disk is left; `over`: old rows were dropped. */
  readonly state: 'ok' | 'near' | 'over';
  /** One sentence for people, '' when `ok`. */
  readonly message: string;
  /** Partitions that were dropped, oldest first. */
  readonly dropped: readonly {
    readonly table: string;
    readonly partition: string;
    readonly bytes: number;
    readonly rows: number;
  }[];
  readonly bytes: number;
  readonly budget: number;
  readonly free: number;
}

/** Where Wirelight remembers. All methods throw a `StoreError`. */
export interface Store extends AsyncDisposable {
  readonly kind: 'embedded' | 'remote';
  /** The database that holds the tables. */
  readonly database: string;
  /** Brings the schema up to date. Run before anything else; safe to run from several servers at once. */
  migrate(): Promise<MigrationReport>;
  /**
   * Resolves once the rows cannot be lost any more. They can be read some seconds later, or after {@link flush}. A block
   * written again, also after a crash, is stored once. The blocks of an agent come in ascending order of their numbers.
   */
  write(incoming: IncomingBlock): Promise<void>;
  /** Resolves once everything written so far can be read, roll-ups included. */
  flush(): Promise<void>;
  /** Runs a statement of ours, with values for its `{name:Type}` placeholders. Tables need no database before them. */
  query(sql: string, options?: QueryOptions): Promise<Answer>;
  /** The same, in one of ClickHouse's formats. */
  queryBytes(sql: string, options?: QueryOptions): Promise<Uint8Array>;
  /** The same in pieces, for large answers. Leaving the loop cancels it. */
  stream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array>;
  /** Runs a statement that a person wrote: it may read our tables and nothing else. */
  queryAsGuest(sql: string, options?: Pick<QueryOptions, 'format' | 'signal'>): Promise<Uint8Array>;
  /** Adds rows of tables that the server itself writes (incidents, actions, changes, ...). */
  append(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  stats(): Promise<StoreStats>;
  /** Drops what is older than it may be or more than the disk budget allows, oldest first. Run it every minute. */
  retain(): Promise<RetentionReport>;
  /** Writes everything to a directory of the store's machine. */
  backup(directory: string): Promise<{ readonly bytes: number; readonly tables: number }>;
  /** Brings back what {@link backup} wrote into an empty store. */
  restore(directory: string): Promise<{ readonly tables: number }>;
  close(): Promise<void>;
}
