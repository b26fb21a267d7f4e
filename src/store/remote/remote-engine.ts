import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { type Engine, type GuestLimits, type Insert, type QueryOptions, settingsOf } from '../engine.ts';
import { insertStatement } from '../insert-statement.ts';
import { bindParameters } from '../parameters.ts';
import { engineError, StoreError } from '../store-error.ts';

/** How a ClickHouse server is reached. */
export interface RemoteOptions {
  /** `http://` or `https://`, with port. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly ca?: Uint8Array;
  readonly certificate?: Uint8Array;
  readonly key?: Uint8Array;
  readonly connections?: number;
  readonly guest: GuestLimits;
}

/** A ClickHouse server over HTTP or HTTPS. Blocks go in and answers come out in Native, compressed on the way. */
export class RemoteEngine implements Engine {
  readonly kind = 'remote';
  readonly #client: ClickHouseClient;
  readonly #database: string;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #guest: GuestLimits;
  #closed = false;

  private constructor(client: ClickHouseClient, database: string, agent: HttpAgent | HttpsAgent, guest: GuestLimits) {
    this.#guest = guest;
    this.#client = client;
    this.#database = database;
    this.#agent = agent;
  }

  /** Reaches the server. Throws a {@link StoreError}: `store_unreachable`, `store_denied`. */
  static async open(options: RemoteOptions, database: string): Promise<RemoteEngine> {
    const url = serverUrl(options.url);
    const agent = agentFor(url, options);
    const client = createClient({
      url: url.href,
      username: options.user ?? 'default',
      password: options.password ?? '',
      application: 'wirelight',
      request_timeout: 86_400_000,
      compression: { response: true, request: false },
      http_agent: agent,
      set_basic_auth_header: true,
      // What goes wrong is thrown, and told where it matters.
      log: { level: ClickHouseLogLevel.OFF },
    });
    const engine = new RemoteEngine(client, database, agent, options.guest);
    try {
      await collect(await engine.#run(`CREATE DATABASE IF NOT EXISTS \`${database}\``, {}, '', {}), undefined);
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  async query(sql: string, options: QueryOptions = {}): Promise<Uint8Array> {
    return await collect(await this.#run(sql, options, this.#database, limitsOf(options)), options.signal);
  }

  async queryReadOnly(sql: string, options: Pick<QueryOptions, 'format' | 'signal'> = {}): Promise<Uint8Array> {
    const { seconds, rows, memory } = this.#guest;
    const settings = { ...limitsOf({ seconds, maxRows: rows, maxMemory: memory }), readonly: '1' };
    return await collect(await this.#run(sql, options, this.#database, settings), options.signal);
  }

  async *stream(sql: string, options: QueryOptions = {}): AsyncIterable<Uint8Array> {
    const stream = await this.#run(sql, options, this.#database, limitsOf(options));
    try {
      for await (const chunk of stream) yield chunk as Uint8Array;
    } catch (cause) {
      throw failure(cause, options.signal);
    } finally {
      stream.destroy();
    }
  }

  async insert(insert: Insert): Promise<void> {
    this.#open();
    try {
      const { stream } = await this.#client.exec({
        query: `${insertStatement(insert)} FORMAT Native`,
        values: Readable.from(insert.blocks, { objectMode: false }),
        clickhouse_settings: { wait_end_of_query: 1, insert_distributed_sync: 1 } as ClickHouseSettings,
      });
      await collect(stream, undefined);
    } catch (cause) {
      throw failure(cause, undefined, `storing a block of ${insert.table}`);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#client.close();
    this.#agent.destroy();
  }

  async #run(sql: string, options: QueryOptions, database: string, settings: ClickHouseSettings): Promise<Readable> {
    this.#open();
    const text = options.parameters === undefined ? sql : bindParameters(sql, options.parameters);
    try {
      const { stream } = await this.#client.exec({
        query: text,
        clickhouse_settings: {
          default_format: options.format ?? 'Native',
          ...(database === '' ? {} : { database }),
          ...settings,
        } as ClickHouseSettings,
        ...(options.signal === undefined ? {} : { abort_signal: options.signal }),
      });
      return stream;
    } catch (cause) {
      throw failure(cause, options.signal);
    }
  }

  #open(): void {
    if (this.#closed) throw new StoreError('store_closed', 'the store is closed');
  }
}

function limitsOf(options: QueryOptions): ClickHouseSettings {
  // Errors that come while the answer is being made are told as such, and not in the middle of its bytes.
  return { ...settingsOf(options), wait_end_of_query: 1 } as ClickHouseSettings;
}

async function collect(stream: Readable, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk as Uint8Array);
    return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  } catch (cause) {
    throw failure(cause, signal);
  }
}

function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new StoreError('store_unreachable', `${JSON.stringify(text)} is no address of a ClickHouse server`, {
      next: 'write http://HOST:8123 or https://HOST:8443',
    });
  }
  return url;
}

function agentFor(url: URL, options: RemoteOptions): HttpAgent | HttpsAgent {
  const common = { keepAlive: true, maxSockets: options.connections ?? 10, keepAliveMsecs: 2500 };
  if (url.protocol === 'http:') return new HttpAgent(common);
  return new HttpsAgent({
    ...common,
    ...(options.ca === undefined ? {} : { ca: Buffer.from(options.ca) }),
    ...(options.certificate === undefined ? {} : { cert: Buffer.from(options.certificate) }),
    ...(options.key === undefined ? {} : { key: Buffer.from(options.key) }),
  });
}

function failure(cause: unknown, signal: AbortSignal | undefined, doing = 'asking the store'): Error {
  if (cause instanceof StoreError) return cause;
  if (signal?.aborted === true) return new StoreError('query_cancelled', 'the statement was cancelled', { cause });
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/^E[A-Z]+$|^ERR_|CERT|SIGNED/.test(code)) {
    return new StoreError('store_unreachable', `${doing}: the server cannot be reached`, {
      why: message === '' ? code : message,
      next: 'check that it runs, its address and port, and its certificate',
      cause,
    });
  }
  // The client takes the error's text apart; its number is in `code`.
  return engineError(/^\d+$/.test(code) ? `Code: ${code}. DB::Exception: ${message}` : message, doing, cause);
}
