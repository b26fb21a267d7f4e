import { readdirSync } from 'node:fs';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServerConnection } from '../wire/transport/connection.ts';
import { headers } from '../wire/transport/protocol.ts';
import { blockOf, startTestServer, type TestServer } from './testing/test-server.ts';

const agent = 'bbbbbbbbbbbbbbbb';
let it: TestServer;
let sequence = 100;

/** Sends bytes as a block, with whatever headers a test wants. */
function send(
  table: string,
  bytes: Uint8Array,
  more: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const session = http2.connect('http://x', {
      maxSessionMemory: 256,
      createConnection: () => connect(join(it.directory, 'ingest.sock')),
    });
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': `/ingest/v1/blocks/${table}`,
      [headers.agent]: agent,
      [headers.sequence]: String(sequence++),
      [headers.clock]: String(Date.now()),
      ...more,
    });
    let status = 0;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (head) => {
      status = Number(head[':status']);
    });
    stream.on('data', (part: string) => {
      text += part;
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      session.close();
      resolve({ status, text });
    });
    stream.end(bytes);
  });
}

const at = (milliseconds: number): bigint => BigInt(milliseconds) * 1_000_000n;
const request = (time: number, target = '/'): Record<string, unknown> => ({
  time: at(time),
  source: '1111111111111111',
  destination: '2222222222222222',
  side: 'both',
  counted: true,
  protocol: 'http',
  method: 'GET',
  target,
  outcome: 'ok',
  code: 200,
  latency_ns: 1000,
  connection: 1,
  transport: 'tcp',
  source_ip: '10.0.0.1',
  destination_ip: '10.0.0.2',
  destination_port: 80,
  agent,
});

async function countOf(target: string): Promise<number> {
  await it.server.parts.store.flush();
  const answer = await it.server.parts.store.query('SELECT count() AS n FROM requests WHERE target = {target:String}', {
    parameters: { target },
  });
  return Number(answer.first()?.n);
}

beforeAll(async () => {
  it = await startTestServer();
}, 60_000);
afterAll(async () => {
  await it[Symbol.asyncDispose]();
}, 30_000);

describe('a block', () => {
  test('that comes twice is stored once', async () => {
    using connection = new ServerConnection({ kind: 'unix', path: join(it.directory, 'ingest.sock') });
    const bytes = blockOf('requests', [request(Date.now(), '/twice')]).slice();
    const block = { agent, sequence: sequence++, table: 'requests', rows: 1, bytes };
    expect(await connection.send(block)).toEqual({ kind: 'stored' });
    expect(await connection.send(block)).toEqual({ kind: 'stored' });
    expect(await countOf('/twice')).toBe(1);
    expect(it.server.parts.ingest.counters.repeated).toBe(1);
  });

  test('that is damaged anywhere is refused and put aside, and what comes after it is taken', async () => {
    const good = blockOf('requests', [request(Date.now(), '/after')]).slice();
    const before = it.server.parts.quarantine.count;
    for (const damage of [good.subarray(0, good.length / 2), Buffer.from('nonsense'), Buffer.concat([good, good])]) {
      const { status, text } = await send('requests', damage);
      expect(status).toBe(422);
      expect(JSON.parse(text)).toMatchObject({ status: 422, title: expect.any(String), code: expect.any(String) });
    }
    expect(it.server.parts.quarantine.count).toBe(before + 3);
    expect(
      readdirSync(join(it.directory, 'quarantine')).filter((name) => name.endsWith('.json')).length,
    ).toBeGreaterThanOrEqual(3);
    expect((await send('requests', good)).status).toBe(204);
    expect(await countOf('/after')).toBe(1);
  });

  test('of a table that agents may not write, or without a proper sender, is refused', async () => {
    const good = blockOf('requests', [request(Date.now())]).slice();
    expect((await send('actions', good)).status).toBe(422);
    expect((await send('nosuch', good)).status).toBe(422);
    expect((await send('requests', good, { [headers.agent]: '../../etc' })).status).toBe(422);
    expect((await send('requests', good, { [headers.sequence]: '-1' })).status).toBe(422);
  });

  test('of 100 MB is refused before it is read, and the server goes on', async () => {
    const huge = Buffer.alloc(100 * 1024 * 1024);
    const said = await send('requests', huge, { 'content-length': String(huge.length) });
    expect(said.status).toBe(413);
    expect(JSON.parse(said.text)).toMatchObject({
      status: 413,
      code: 'too_large',
      title: expect.stringMatching(/at most/),
    });
    expect((await send('requests', huge)).status).toBe(413);
    expect((await send('requests', blockOf('requests', [request(Date.now())]).slice())).status).toBe(204);
  }, 20_000);

  test('that unpacks to more than it may is refused', async () => {
    const { gzipSync } = await import('node:zlib');
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    expect((await send('requests', bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  test('of an older agent that lacks columns, or a newer one that has more, is taken', async () => {
    const { tables } = await import('../model/tables/index.ts');
    const { BlockBuilder } = await import('../wire/block/block-builder.ts');
    const { attributes, correlation_id, ...fewer } = tables.requests.columns;
    const older = new BlockBuilder({ ...tables.requests, columns: fewer });
    older.append(request(Date.now(), '/older'));
    expect((await send('requests', older.encode().slice())).status).toBe(204);
    const newer = new BlockBuilder({
      ...tables.requests,
      columns: { ...tables.requests.columns, from_the_future: correlation_id },
    });
    newer.append({ ...request(Date.now(), '/newer'), from_the_future: 'x' });
    expect((await send('requests', newer.encode().slice())).status).toBe(204);
    expect([await countOf('/older'), await countOf('/newer')]).toEqual([1, 1]);
    expect(attributes.type.kind).toBe('labels');
  });

  test('of a newer agent that has a word for what we do not know is taken all the same', async () => {
    const { choice, tables } = await import('../model/tables/index.ts');
    const { outcomeNames } = await import('../model/request.ts');
    const { BlockBuilder } = await import('../wire/block/block-builder.ts');
    const outcome = { ...tables.requests.columns.outcome, type: choice([...outcomeNames, 'eaten']) };
    const newer = new BlockBuilder({ ...tables.requests, columns: { ...tables.requests.columns, outcome } });
    newer.append({ ...request(Date.now(), '/words'), outcome: 'eaten' } as never);
    newer.append({ ...request(Date.now(), '/words'), outcome: 'ok' } as never);
    expect((await send('requests', newer.encode().slice())).status).toBe(204);
    expect(await countOf('/words')).toBe(2);
    const { items } = await it.ask('requests', { from: '-1m', filter: 'target:/words' });
    expect(items.map((one) => one.outcome).toSorted()).toEqual(['ok', 'unset']);
    expect(it.server.parts.ingest.counters.unknownWords).toBe(1);
  });

  test('of an agent that does not know some measures says that they are not known, and counts', async () => {
    const { tables } = await import('../model/tables/index.ts');
    const { BlockBuilder } = await import('../wire/block/block-builder.ts');
    const { waited_ns, received_ns, sent_ns, code, counted, sequence: place, ...fewer } = tables.requests.columns;
    const old = new BlockBuilder({ ...tables.requests, columns: fewer });
    old.append(request(Date.now(), '/ancient'));
    expect((await send('requests', old.encode().slice())).status).toBe(204);
    await it.server.parts.store.flush();
    const { items } = await it.ask('requests', { from: '-1m', filter: 'target:/ancient', sides: 'once' });
    expect(items).toMatchObject([{ status: null, waited_ns: null, received_ns: null }]);
    expect([waited_ns, received_ns, sent_ns, code, counted, place].length).toBe(6);
  });

  test('of an agent whose clock is an hour off has its times set right, and health says so', async () => {
    const ahead = Date.now() + 3_600_000;
    const bytes = blockOf('requests', [request(ahead, '/ahead')]).slice();
    expect((await send('requests', bytes, { [headers.clock]: String(ahead) })).status).toBe(204);
    const page = await it.ask('requests', { from: '-1m', to: 'now', filter: 'target:/ahead' });
    await it.server.parts.store.flush();
    const again = await it.ask('requests', { from: '-1m', to: 'now', filter: 'target:/ahead' });
    expect(page.items.length + again.items.length).toBeGreaterThan(0);
    expect(again.items.length).toBe(1);
    expect((await it.ask('health')).problems.map((one) => one.code)).toContain('clock_off');
    expect((await send('requests', blockOf('requests', [request(ahead + 7_200_000)]).slice())).status).toBe(422);
  });
});

describe('statements of people', () => {
  test('read our tables', async () => {
    const answer = await it.fetch(
      '/api/v1/query',
      post({ sql: "SELECT target, count() AS n FROM requests WHERE target = '/twice' GROUP BY target" }),
    );
    expect(await answer.json()).toMatchObject({
      columns: [{ name: 'target' }, { name: 'n' }],
      rows: [['/twice', 1]],
      truncated: false,
    });
  });

  test('do nothing else, whatever they try', async () => {
    const attempts = [
      "SELECT * FROM file('/etc/passwd', 'LineAsString')",
      "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')",
      "SELECT * FROM remote('127.0.0.1', system.one)",
      "SELECT * FROM executable('id', 'TSV', 'x String')",
      'SELECT * FROM system.tables',
      'SELECT * FROM information_schema.tables',
      'INSERT INTO requests (target) VALUES (1)',
      'DROP TABLE requests',
      'ALTER TABLE requests DELETE WHERE 1',
      "SELECT 1 INTO OUTFILE '/tmp/wirelight-escape'",
      'SELECT 1; DROP TABLE requests',
      'SET readonly = 0',
      'SELECT 1 SETTINGS readonly = 0',
      "SELECT file('/etc/passwd')",
      "WITH x AS (SELECT * FROM file('/etc/passwd', 'LineAsString')) SELECT * FROM x",
      'SELECT (SELECT count() FROM system.processes)',
      "SELECT * FROM merge('system', '.*')",
      'SELECT * FROM requests WHERE target IN (SELECT name FROM system.tables)',
      "SELECT * FROM s3('http://127.0.0.1/x', 'CSV')",
      'SELECT * FROM actions',
      'SELECT * FROM meta',
      'nonsense',
    ];
    for (const sql of attempts) {
      const answer = await it.fetch('/api/v1/query', post({ sql }));
      const body = (await answer.json()) as { code: string };
      expect([sql, answer.status >= 400 && answer.status < 500, body.code.length > 0]).toEqual([sql, true, true]);
    }
    expect(await countOf('/twice')).toBe(1);
  });

  test('are cut off where they want too many rows, too much memory or too much time, with a problem that says so', async () => {
    const ask = async (
      body: object,
    ): Promise<{ status: number; type: string | null; said: Record<string, unknown> }> => {
      const answer = await it.fetch('/api/v1/query', post(body));
      const said = (await answer.json()) as Record<string, unknown>;
      return { status: answer.status, type: answer.headers.get('content-type'), said };
    };
    const rows = await ask({ sql: 'SELECT arrayJoin(range(100)) FROM requests', limit: 10 });
    expect(rows.said).toMatchObject({ truncated: true });
    expect((rows.said.rows as unknown[]).length).toBe(10);
    const memory = await ask({
      sql: 'SELECT length(groupArray(repeat(toString(x), 100000))) FROM (SELECT arrayJoin(range(1000000)) AS x FROM requests LIMIT 1000000)',
    });
    expect([memory.status, memory.type]).toEqual([413, expect.stringMatching(/^application\/problem\+json/)]);
    expect(memory.said).toMatchObject({
      status: 413,
      code: expect.stringMatching(/^query_/),
      title: expect.any(String),
    });
    const long = await ask({
      sql: 'SELECT count() FROM (SELECT arrayJoin(range(1000000)) AS a FROM requests) AS l CROSS JOIN (SELECT arrayJoin(range(1000000)) AS b FROM requests) AS r WHERE cityHash64(a, b) = 1',
    });
    expect([long.status, long.said.code]).toEqual([408, 'query_timeout']);
    const file = await ask({ sql: "SELECT * FROM file('/etc/passwd', 'LineAsString')" });
    expect(file).toMatchObject({
      status: 403,
      said: { code: 'query_forbidden', title: expect.any(String), type: 'urn:wirelight:problem:query_forbidden' },
    });
  }, 60_000);

  test('are given up when they take too long', async () => {
    const answer = await it.fetch(
      '/api/v1/query',
      post({ sql: 'SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 1', seconds: 1 }),
    );
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect((await it.ask('health')).version).toBe('0.0.0-test');
  }, 20_000);
});

function post(body: object): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
