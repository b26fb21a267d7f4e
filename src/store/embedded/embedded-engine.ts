import { mkdirSync } from 'node:fs';
import { identifier } from '../../model/tables/ddl.ts';
import { type Engine, type GuestLimits, type Insert, type QueryOptions, settingsOf } from '../engine.ts';
import { insertStatement } from '../insert-statement.ts';
import { bindParameters } from '../parameters.ts';
import { engineError, StoreError } from '../store-error.ts';
import { type ChdbLibrary, type ChdbSession, loadChdb, type Pointer } from './chdb-library.ts';
import { Lanes } from './lanes.ts';

/** How the embedded engine is run. */
export interface EmbeddedOptions {
  /** Directory of its own. Made where it does not exist. */
  readonly directory: string;
  /** Database that names without one mean. Made where it does not exist. */
  readonly database: string;
  /** Bytes of memory that all statements and merges together may use. */
  readonly memory: number;
  /** Statements that run at the same time. Each keeps a thread of libuv's pool while it runs (UV_THREADPOOL_SIZE). */
  readonly readers: number;
  /** Threads of one statement. */
  readonly threads: number;
  readonly guest: GuestLimits;
}

export const embeddedDefaults = { memory: 2_000_000_000, readers: 3, threads: 4 } as const;

/** ClickHouse in this process, over a directory. One at a time can be open in a process. */
export class EmbeddedEngine implements Engine {
  readonly kind = 'embedded';
  readonly #library: ChdbLibrary;
  readonly #sessions: readonly ChdbSession[];
  readonly #readers: Lanes<ChdbSession>;
  readonly #restricted: Lanes<ChdbSession>;
  readonly #writerPointer: Pointer;
  readonly #writers: Lanes<Pointer>;
  #running = 0;
  #closed = false;

  private constructor(
    library: ChdbLibrary,
    readers: readonly ChdbSession[],
    restricted: ChdbSession,
    writer: Pointer,
    connection: Pointer,
  ) {
    this.#library = library;
    this.#sessions = [...readers, restricted];
    this.#readers = new Lanes(readers);
    this.#restricted = new Lanes([restricted]);
    this.#writerPointer = writer;
    this.#writers = new Lanes([connection]);
  }

  /** Opens the directory. Throws a {@link StoreError}: `store_locked` where another process has it open. */
  static async open(options: EmbeddedOptions): Promise<EmbeddedEngine> {
    const library = loadChdb();
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    const connectionArgs = argumentsOf(options);
    const sessions: ChdbSession[] = [];
    try {
      for (let i = 0; i < options.readers + 1; i++) {
        sessions.push(new library.chdb.Session(options.directory, { connectionArgs }));
      }
      const database = identifier(options.database);
      await sessions[0].queryAsync(`CREATE DATABASE IF NOT EXISTS ${database}`, { format: 'Native' });
      for (const session of sessions) await session.queryAsync(`USE ${database}`, { format: 'Native' });
      const restricted = sessions[options.readers];
      for (const setting of guestSettings(options.guest)) {
        await restricted.queryAsync(`SET ${setting}`, { format: 'Native' });
      }
      const list = ['clickhouse', `--path=${options.directory}`, ...connectionArgs];
      const writer = await library.inserts.connect(list.length, list);
      if (writer === null) throw new Error('the connection for inserts was refused');
      const connection = library.inserts.connectionOf(writer);
      return new EmbeddedEngine(library, sessions.slice(0, options.readers), restricted, writer, connection);
    } catch (cause) {
      for (const session of sessions) session.close();
      throw openError(cause, options.directory);
    }
  }

  query(sql: string, options: QueryOptions = {}): Promise<Uint8Array> {
    return this.#run(this.#readers, sql, options);
  }

  queryReadOnly(sql: string, options: Pick<QueryOptions, 'format' | 'signal'> = {}): Promise<Uint8Array> {
    return this.#runText(this.#restricted, sql, options);
  }

  async *stream(sql: string, options: QueryOptions = {}): AsyncIterable<Uint8Array> {
    this.#open();
    const session = await this.#readers.take();
    this.#running++;
    try {
      const text = complete(sql, options);
      const { signal } = options;
      const stream = session.queryStream(text, {
        format: options.format ?? 'Native',
        ...(signal === undefined ? {} : { signal }),
      });
      try {
        for await (const chunk of stream) yield chunk.raw();
      } finally {
        stream.cancel();
      }
    } catch (cause) {
      throw failure(cause, options.signal);
    } finally {
      this.#running--;
      this.#readers.give(session);
    }
  }

  async insert(insert: Insert): Promise<void> {
    this.#open();
    await this.#writers.use(async (connection) => {
      this.#running++;
      try {
        await this.#insert(connection, insert);
      } finally {
        this.#running--;
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#running > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await this.#library.inserts.disconnect(this.#writerPointer);
    for (const session of this.#sessions) session.close();
    await this.#library.chdb.drainPending();
  }

  #run(lanes: Lanes<ChdbSession>, sql: string, options: QueryOptions): Promise<Uint8Array> {
    return this.#runText(lanes, complete(sql, options), options);
  }

  async #runText(
    lanes: Lanes<ChdbSession>,
    text: string,
    options: Pick<QueryOptions, 'format' | 'signal'>,
  ): Promise<Uint8Array> {
    this.#open();
    options.signal?.throwIfAborted();
    return await lanes.use(async (session) => {
      this.#running++;
      try {
        options.signal?.throwIfAborted();
        return (await session.queryAsync(text, { format: options.format ?? 'Native' })).bytes();
      } catch (cause) {
        throw failure(cause, options.signal);
      } finally {
        this.#running--;
      }
    });
  }

  async #insert(connection: Pointer, insert: Insert): Promise<void> {
    const api = this.#library.inserts;
    const doing = `storing a block of ${insert.table}`;
    const stream = await api.begin(connection, insertStatement(insert));
    if (stream === null) throw new StoreError('store_failed', `${doing}: the engine takes no inserts`);
    let result: Pointer = null;
    try {
      const refused = api.streamError(stream);
      if (refused !== undefined) throw engineError(refused, doing);
      for (const block of insert.blocks) {
        if ((await api.append(stream, block)) === 0) continue;
        const why = api.streamError(stream) ?? 'unknown';
        await api.cancel(stream);
        throw engineError(why, doing);
      }
      result = await api.finish(stream);
      const error = result === null ? api.streamError(stream) : api.resultError(result);
      if (error !== undefined) throw engineError(error, doing);
    } finally {
      await api.release(stream, result);
    }
  }

  #open(): void {
    if (this.#closed) throw new StoreError('store_closed', 'the store is closed');
  }
}

/** A statement with its values and its limits. Statements without an answer (DDL) take no limits. */
function complete(sql: string, options: QueryOptions): string {
  const bound = options.parameters === undefined ? sql : bindParameters(sql, options.parameters);
  if (!/^\s*(SELECT|WITH|\()/i.test(bound)) return bound;
  const settings = Object.entries(settingsOf(options)).map(([name, value]) => `${name} = ${value}`);
  return `${bound}\nSETTINGS ${settings.join(', ')}`;
}

/** The last of them closes the door: no setting can be changed after it. */
function guestSettings(limits: GuestLimits): string[] {
  return [
    'allow_introspection_functions = 0',
    `max_execution_time = ${limits.seconds}`,
    `max_result_rows = ${limits.rows}`,
    `max_memory_usage = ${limits.memory}`,
    'readonly = 1',
  ];
}

function argumentsOf(options: EmbeddedOptions): string[] {
  return [
    `--max_server_memory_usage=${options.memory}`,
    `--max_threads=${options.threads}`,
    '--mark_cache_size=67108864',
    '--primary_index_cache_size=67108864',
    '--index_mark_cache_size=33554432',
    '--mmap_cache_size=64',
    '--background_pool_size=2',
    '--background_schedule_pool_size=4',
    // Without it no backup is made; where it may go, the rights of this process say.
    '--backups.allowed_path=/',
  ];
}

function openError(cause: unknown, directory: string): Error {
  if (cause instanceof StoreError) return cause;
  const error = engineError(messageOf(cause), `opening the store in ${directory}`, cause);
  // The addon says only that it failed; what the lock's holder is can be seen in the file.
  return error.code === 'store_failed' && /Failed to create connection/.test(messageOf(cause))
    ? new StoreError('store_locked', `the store in ${directory} cannot be opened`, {
        why: 'another process has it open, or it cannot be written',
        next: 'stop the other server that uses this directory, or choose another with --data',
        cause,
      })
    : error;
}

function failure(cause: unknown, signal: AbortSignal | undefined): Error {
  if (cause instanceof StoreError) return cause;
  if (signal?.aborted === true) return new StoreError('query_cancelled', 'the statement was cancelled', { cause });
  return engineError(messageOf(cause), 'asking the store', cause);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
