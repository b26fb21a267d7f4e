import type { Parameters } from './parameters.ts';

/** What a statement may cost, and when it is given up. */
export interface QueryOptions {
  readonly parameters?: Parameters;
  /** Seconds after which the engine gives up. 30 where absent. */
  readonly seconds?: number;
  /** Rows that the answer may have; more is an error. */
  readonly maxRows?: number;
  /** Bytes of memory that the statement may use. */
  readonly maxMemory?: number;
  /** Threads that it may use. */
  readonly threads?: number;
  /** Further settings of the engine. */
  readonly settings?: Readonly<Record<string, number>>;
  readonly signal?: AbortSignal;
  /** Format of the answer. Native where absent. */
  readonly format?: string;
}

/** A block on its way in. */
export interface Insert {
  readonly database: string;
  readonly table: string;
  /** Columns that the block has. The others get their defaults. */
  readonly columns: readonly string[];
  /** True where the block has columns that are not among these. */
  readonly skipUnknown: boolean;
  /** Native blocks of the same columns: they become one insert. Not changed before it is done. */
  readonly blocks: readonly Uint8Array[];
  /** Inserts of the same token are stored once. */
  readonly token: string;
}

/** Something that speaks ClickHouse's SQL: in this process, or a server. */
export interface Engine {
  readonly kind: 'embedded' | 'remote';
  /** Runs a statement and gives the whole answer. */
  query(sql: string, options?: QueryOptions): Promise<Uint8Array>;
  /** Runs a statement and gives the answer in pieces that may be cut anywhere. Ending the loop cancels the statement. */
  stream(sql: string, options?: QueryOptions): AsyncIterable<Uint8Array>;
  /** Runs a statement that a person wrote, on a session that is held to reading and to {@link GuestLimits}. */
  queryReadOnly(sql: string, options?: Pick<QueryOptions, 'format' | 'signal'>): Promise<Uint8Array>;
  /** Resolves once the rows are stored. */
  insert(insert: Insert): Promise<void>;
  /** Ends running statements and lets go of everything. */
  close(): Promise<void>;
}

/** The settings that a statement's options stand for. */
export function settingsOf(options: QueryOptions): Record<string, number> {
  return {
    max_execution_time: options.seconds ?? 30,
    ...(options.maxRows === undefined ? {} : { max_result_rows: options.maxRows }),
    ...(options.maxMemory === undefined ? {} : { max_memory_usage: options.maxMemory }),
    ...(options.threads === undefined ? {} : { max_threads: options.threads }),
    ...options.settings,
  };
}

/** What a person's statement may cost. */
export interface GuestLimits {
  readonly seconds: number;
  /** Rows of the answer. */
  readonly rows: number;
  /** Bytes of memory. */
  readonly memory: number;
}

export const guestDefaults: GuestLimits = { seconds: 30, rows: 1_000_000, memory: 1_000_000_000 };
