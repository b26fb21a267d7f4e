/** Over real HTTP, against the embedded engine behind ClickHouse's protocol: see testing/clickhouse-http.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from './index.ts';
import { type ClickhouseHttp, serveClickhouseHttp } from './testing/clickhouse-http.ts';
import { someRequests, tableBlock, testStore } from './testing/store-suite.ts';

const directory = mkdtempSync(join(tmpdir(), 'wirelight-remote-'));
const account = { user: 'wirelight', password: 'päss"word' };
let server: ClickhouseHttp;

beforeAll(async () => {
  server = await serveClickhouseHttp({ directory, ...account });
}, 60_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

describe('a remote store', () => {
  testStore(() => openStore({ kind: 'remote', url: server.url, ...account, guest: { seconds: 3 } }));
});

describe('a server', () => {
  test('that refuses our password is told apart from one that cannot be reached', async () => {
    await expect(openStore({ kind: 'remote', url: server.url, user: 'wirelight', password: '' })).rejects.toMatchObject(
      {
        code: 'store_denied',
      },
    );
    await expect(openStore({ kind: 'remote', url: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'store_unreachable',
    });
    await expect(openStore({ kind: 'remote', url: 'tcp://127.0.0.1:9000' })).rejects.toMatchObject({
      code: 'store_unreachable',
    });
  });

  test('that goes away keeps what it acknowledged, and the block that failed can be sent again', async () => {
    await using store = await openStore({ kind: 'remote', url: server.url, ...account });
    const count = async () => Number((await store.query('SELECT count() AS n FROM requests')).first()?.n);
    const before = await count();
    const incoming = { agent: 'bbbbbbbbbbbbbbbb', sequence: 1, block: tableBlock('requests', someRequests(30)) };
    server.broken = true;
    await expect(store.write(incoming)).rejects.toMatchObject({ code: 'store_unreachable' });
    server.broken = false;
    await store.write(incoming);
    await store.write(incoming);
    expect(await count()).toBe(before + 30);
  });
});
