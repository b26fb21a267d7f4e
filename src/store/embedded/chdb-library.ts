/**
 * The embedded engine's library, loaded once and only when somebody opens an embedded store. Two doors into one engine:
 * the package's addon for statements, and the C API by FFI for inserts, because the addon takes inserts as text only.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { StoreError } from '../store-error.ts';

/** A session of the addon: statements run one after another, off the event loop. */
export interface ChdbSession {
  queryAsync(sql: string, options: { format: string }): Promise<{ bytes(): Uint8Array }>;
  queryStream(sql: string, options: { format: string; signal?: AbortSignal }): ChdbStream;
  close(): void;
}

export interface ChdbStream extends AsyncIterable<{ raw(): Uint8Array }> {
  cancel(): void;
}

interface ChdbPackage {
  Session: new (path: string, options: { connectionArgs: readonly string[] }) => ChdbSession;
  drainPending(): Promise<void>;
}

/** An opaque pointer. */
export type Pointer = object | bigint | null;

/** The part of the C API that inserts. All calls run off the event loop. */
export interface InsertApi {
  connect(argumentCount: number, argumentList: readonly string[]): Promise<Pointer>;
  /** What `connect` gives points to the connection that the others want. */
  connectionOf(pointer: Pointer): Pointer;
  disconnect(pointer: Pointer): Promise<void>;
  begin(connection: Pointer, sql: string): Promise<Pointer>;
  append(stream: Pointer, bytes: Uint8Array): Promise<number>;
  finish(stream: Pointer): Promise<Pointer>;
  cancel(stream: Pointer): Promise<void>;
  /** The error of a stream or of a result, undefined where there is none. */
  streamError(stream: Pointer): string | undefined;
  resultError(result: Pointer): string | undefined;
  release(stream: Pointer, result: Pointer): Promise<void>;
}

/** Both doors. */
export interface ChdbLibrary {
  readonly chdb: ChdbPackage;
  readonly inserts: InsertApi;
}

let loaded: ChdbLibrary | undefined;

/** Loads the library (half a gigabyte, mapped and not read). Throws a {@link StoreError} where it does not run here. */
export function loadChdb(): ChdbLibrary {
  loaded ??= load();
  return loaded;
}

function load(): ChdbLibrary {
  const require = createRequire(import.meta.url);
  try {
    const chdb = require('chdb') as ChdbPackage;
    const platform = `@chdb/lib-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
    const fromChdb = createRequire(require.resolve('chdb'));
    return { chdb, inserts: bindInserts(join(dirname(fromChdb.resolve(platform)), 'libchdb.so')) };
  } catch (cause) {
    throw new StoreError('store_unavailable', 'the embedded store cannot be loaded', {
      why: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      next: 'it needs glibc on x86-64 or arm64; elsewhere use a ClickHouse server (--store http://...)',
      cause,
    });
  }
}

function bindInserts(path: string): InsertApi {
  const library = koffi.load(path);
  const bind = (declaration: string) => library.func(declaration);
  const connect = bind('void *chdb_connect(int argc, const char **argv)');
  const close = bind('void chdb_close_conn(void *connection)');
  const insert = bind(
    'void *chdb_stream_insert_n(void *connection, str sql, size_t length, str format, size_t formatLength)',
  );
  const append = bind('int chdb_stream_append(void *stream, const void *bytes, size_t length)');
  const done = bind('void *chdb_stream_done(void *stream)');
  const cancel = bind('void chdb_stream_cancel_insert(void *stream)');
  const insertError = bind('const char *chdb_stream_insert_error(void *stream)');
  const resultError = bind('const char *chdb_result_error(void *result)');
  const destroyStream = bind('void chdb_destroy_insert_stream(void *stream)');
  const destroyResult = bind('void chdb_destroy_query_result(void *result)');
  return {
    connect: (count, list) => call<Pointer>(connect, count, list),
    connectionOf: (pointer) => koffi.decode(pointer, 'void *') as Pointer,
    disconnect: (pointer) => call<void>(close, pointer),
    begin: (connection, sql) => call<Pointer>(insert, connection, sql, Buffer.byteLength(sql), 'Native', 6),
    append: (stream, bytes) => call<number>(append, stream, bytes, bytes.length),
    finish: (stream) => call<Pointer>(done, stream),
    cancel: (stream) => call<void>(cancel, stream),
    streamError: (stream) => (insertError(stream) as string | null) ?? undefined,
    resultError: (result) => (resultError(result) as string | null) ?? undefined,
    release: async (stream, result) => {
      if (result !== null) await call<void>(destroyResult, result);
      await call<void>(destroyStream, stream);
    },
  };
}

type Foreign = ReturnType<ReturnType<typeof koffi.load>['func']>;

function call<T>(run: Foreign, ...values: unknown[]): Promise<T> {
  return new Promise((resolve, reject) => {
    run.async(...values, (error: unknown, value: T) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
    });
  });
}
