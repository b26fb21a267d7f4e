/** A real server over a real embedded store in a directory of its own, and blocks as agents send them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiRoutes, type ResponseOf, type RouteName } from '../../model/api.ts';
import { type TableName, tables } from '../../model/tables/index.ts';
import { BlockBuilder } from '../../wire/block/block-builder.ts';
import { type Server, type ServerOptions, startServer } from '../server.ts';

export const testAgent = 'aaaaaaaaaaaaaaaa';

/** A server for tests. */
export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly directory: string;
  /** Asks a route and checks the answer against its schema. */
  ask<Name extends RouteName>(
    name: Name,
    query?: Readonly<Record<string, string | number>>,
    params?: Readonly<Record<string, string>>,
  ): Promise<ResponseOf<Name>>;
  /** Asks anything. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Takes rows in as a block of the test's agent. */
  give(table: TableName, rows: readonly Readonly<Record<string, unknown>>[], sequence?: number): Promise<void>;
}

let nextSequence = 1;

export async function startTestServer(more: Partial<ServerOptions> = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'wirelight-server-'));
  const server = await startServer({
    data: directory,
    store: { kind: 'embedded', directory, fsync: false, memory: 1_500_000_000, guest: { seconds: 3 } },
    host: '127.0.0.1',
    port: 0,
    ingest: [{ kind: 'unix', path: join(directory, 'ingest.sock') }],
    tls: undefined,
    behindTls: false,
    names: [],
    files: new Map(),
    version: '0.0.0-test',
    log: (line) => console.error(line),
    ...more,
  });
  const fetchFrom = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, {
      ...init,
      headers: { ...(server.token === undefined ? {} : { authorization: `Bearer ${server.token}` }), ...init.headers },
    });
  return {
    server,
    directory,
    fetch: fetchFrom,
    ask: async (name, query = {}, params = {}) => {
      const route = apiRoutes[name];
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
      const search = new URLSearchParams(
        Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]),
      );
      const answer = await fetchFrom(`/api/v1${path}?${search}`);
      const body: unknown = await answer.json();
      if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${JSON.stringify(body)}`);
      return route.response.parse(body) as ResponseOf<typeof name>;
    },
    give: async (table, rows, sequence = nextSequence++) => {
      await server.parts.ingest.take({
        agent: testAgent,
        sequence: String(sequence),
        table,
        clock: Date.now(),
        bytes: blockOf(table, rows).slice(),
      });
      await server.parts.store.flush();
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Rows as the bytes of a block. */
export function blockOf(table: TableName, rows: readonly Readonly<Record<string, unknown>>[]): Uint8Array {
  const builder = new BlockBuilder(tables[table] as (typeof tables)['requests']);
  for (const row of rows) builder.append(row);
  return builder.encode();
}
