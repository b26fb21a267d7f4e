/**
 * ClickHouse's HTTP interface in front of the embedded engine: what the remote store is tested against, since no ClickHouse
 * server comes with the package registries. The SQL, the blocks and the errors are the real engine's; the protocol around them
 * (parameters, authentication, compression, exceptions and their headers) is written here after ClickHouse's documentation.
 *
 * From a command line: `tsx src/store/testing/clickhouse-http.ts DIRECTORY [USER PASSWORD [PORT]]` says its address and serves until
 * it is stopped.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { EmbeddedEngine } from '../embedded/embedded-engine.ts';
import { guestDefaults, type Insert } from '../engine.ts';
import { StoreError } from '../store-error.ts';

export interface ClickhouseHttp extends AsyncDisposable {
  readonly url: string;
  /** Statements that came, newest last. */
  readonly statements: readonly string[];
  /** Requests that are answered by breaking the connection from now on, as a server does that is being stopped. */
  broken: boolean;
}

export interface ClickhouseHttpOptions {
  readonly directory: string;
  /** Any that is free where absent. */
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
}

/** Serves a directory on an address of the loopback device. */
export async function serveClickhouseHttp(options: ClickhouseHttpOptions): Promise<ClickhouseHttp> {
  const engine = await EmbeddedEngine.open({
    directory: options.directory,
    database: options.database ?? 'wirelight',
    memory: 1_500_000_000,
    readers: 2,
    threads: 2,
    guest: { ...guestDefaults, seconds: 3 },
  });
  const statements: string[] = [];
  const front = { broken: false };
  const server: Server = createServer((request, response) => {
    if (front.broken) {
      request.socket.destroy();
      return;
    }
    answer(engine, options, statements, request, response).catch((error: unknown) => fail(response, error));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    statements,
    get broken() {
      return front.broken;
    },
    set broken(value) {
      front.broken = value;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await engine.close();
    },
  };
}

async function answer(
  engine: EmbeddedEngine,
  options: ClickhouseHttpOptions,
  statements: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await bodyOf(request);
  authenticate(options, request);
  const asked = url.searchParams.get('query');
  const sql = asked ?? body.toString('utf8');
  statements.push(sql);
  const insert = asked === null ? undefined : insertOf(asked, body);
  if (insert !== undefined) {
    await engine.insert(insert);
    send(request, response, new Uint8Array(0));
    return;
  }
  const format = url.searchParams.get('default_format') ?? 'TabSeparated';
  const bytes =
    url.searchParams.get('readonly') === '1'
      ? await engine.queryReadOnly(sql, { format })
      : await engine.query(sql, {
          format,
          settings: settingsIn(url),
          seconds: Number(url.searchParams.get('max_execution_time') ?? 0),
        });
  send(request, response, bytes);
}

/** Settings stand among the parameters of the address. Those of HTTP itself are not the engine's. */
function settingsIn(url: URL): Record<string, number> {
  const ofHttp = new Set([
    'query',
    'query_id',
    'database',
    'default_format',
    'enable_http_compression',
    'wait_end_of_query',
    'max_execution_time',
    'insert_distributed_sync',
    'session_id',
    'role',
  ]);
  return Object.fromEntries(
    [...url.searchParams].filter(([name]) => !ofHttp.has(name)).map(([name, value]) => [name, Number(value)]),
  );
}

/** `INSERT INTO db.table (columns) SETTINGS ... FORMAT Native` with the block as the body. */
function insertOf(sql: string, body: Buffer): Insert | undefined {
  const match = /^INSERT INTO `(\w+)`\.`(\w+)` \(([^)]*)\) SETTINGS (.*) FORMAT Native$/s.exec(sql);
  if (match === null) return undefined;
  const [, database, table, columns, settings] = match;
  const token = /insert_deduplication_token = '((?:[^'\\]|\\.)*)'/.exec(settings)?.[1] ?? '';
  return {
    database,
    table,
    columns: columns.split(', ').map((name) => name.slice(1, -1)),
    skipUnknown: settings.includes('input_format_skip_unknown_fields = 1'),
    blocks: [body],
    token,
  };
}

function authenticate(options: ClickhouseHttpOptions, request: IncomingMessage): void {
  const { user = 'default', password = '' } = options;
  const [scheme, code] = (request.headers.authorization ?? '').split(' ');
  const given = scheme === 'Basic' ? Buffer.from(code, 'base64').toString('utf8') : 'default:';
  if (given === `${user}:${password}`) return;
  const name = given.split(':')[0];
  throw new StoreError('store_denied', 'authentication failed', {
    why: `${name}: Authentication failed: password is incorrect, or there is no user with such name`,
    clickhouse: 516,
  });
}

function send(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'x-clickhouse-format': 'Native',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(gzip ? gzipSync(bytes) : bytes);
}

function fail(response: ServerResponse, error: unknown): void {
  const { clickhouse, why } = error instanceof StoreError ? error : { clickhouse: 0, why: String(error) };
  const code = clickhouse === 0 ? 1002 : clickhouse;
  response.writeHead(code === 516 ? 403 : code === 62 ? 400 : 500, { 'x-clickhouse-exception-code': String(code) });
  response.end(`Code: ${code}. DB::Exception: ${why ?? ''}. (${names[code] ?? 'UNKNOWN_EXCEPTION'}) (version 26.7)\n`);
}

const names: Readonly<Record<number, string>> = {
  57: 'TABLE_ALREADY_EXISTS',
  60: 'UNKNOWN_TABLE',
  62: 'SYNTAX_ERROR',
  159: 'TIMEOUT_EXCEEDED',
  241: 'MEMORY_LIMIT_EXCEEDED',
  516: 'AUTHENTICATION_FAILED',
};

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

if (process.argv[1] === import.meta.filename) {
  const [directory, user, password, port] = process.argv.slice(2);
  const front = await serveClickhouseHttp({
    directory,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(port === undefined ? {} : { port: Number(port) }),
  });
  process.stdout.write(`${front.url}\n`);
  process.once('SIGTERM', () => void front[Symbol.asyncDispose]().then(() => process.exit(0)));
}
