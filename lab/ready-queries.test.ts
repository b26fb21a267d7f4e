import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlAnswer } from '../src/model/api.ts';
import { entityId } from '../src/model/entity.ts';
import { startTestServer, type TestServer, testAgent } from '../src/server/testing/test-server.ts';
import { library } from '../web/src/query/library.ts';

const to = Date.now() - 1000;
const from = to - 600_000;
const [shop, cart, broker, resolver] = ['shop', 'cart', 'broker', 'resolver'].map((name) =>
  entityId('', 'workload', '', name),
);
const at = (seconds: number): bigint => BigInt(from + seconds * 1000) * 1_000_000n;
const common = {
  source: shop,
  source_instance: shop,
  destination_instance: cart,
  side: 'both',
  counted: true,
  transport: 'tcp',
  source_ip: '10.0.0.1',
  source_port: 40_000,
  agent: testAgent,
  host: 'node-1',
};

function request(i: number, more: Record<string, unknown>): Record<string, unknown> {
  return {
    ...common,
    time: at(i),
    destination: cart,
    outcome: 'ok',
    code: -1,
    latency_ns: 1_000_000 * (i + 1),
    received_ns: 0,
    waited_ns: 100_000,
    sent_ns: 0,
    request_bytes: 100,
    response_bytes: 1000,
    flags: 64,
    connection: i + 1,
    destination_ip: '10.0.0.2',
    destination_port: 80,
    block: 1,
    ...more,
  };
}

const http = { protocol: 'http', method: 'GET', target: '/cart', code: 200, user_agent: 'curl/8' };
const rows = [
  request(1, http),
  request(2, { ...http, outcome: 'server_error', code: 500, trace_id: 'ab'.repeat(16) }),
  request(3, { protocol: 'dns', method: 'A', target: 'a.test', code: 0, code_text: 'NOERROR', destination: resolver }),
  request(4, { protocol: 'dns', method: 'A', target: 'b.test', outcome: 'timeout', destination: resolver }),
  request(5, { protocol: 'postgresql', method: 'SELECT', target: 'orders' }),
  request(6, { protocol: 'redis', method: 'GET', target: 'cart:{id}' }),
  request(7, { protocol: 'kafka', method: 'produce', target: 'orders', request_messages: 9, destination: broker }),
  request(8, {
    protocol: 'kafka',
    method: 'fetch',
    target: 'orders',
    response_messages: 4,
    destination: broker,
    attributes: { 'messaging.client.id': 'billing' },
  }),
];
const flow = {
  ...common,
  duration_ns: 1_000_000_000,
  destination: cart,
  protocol: 'http',
  beginning_seen: true,
  opened: true,
  ended: true,
  connect_ns: 50_000,
  source_bytes: 500,
  destination_bytes: 9000,
  source_segments: 10,
  destination_segments: 12,
  source_retransmits: 1,
  rtt_ns: 100_000,
  rtt_min_ns: 90_000,
  destination_port: 80,
};

let it: TestServer;
beforeAll(async () => {
  it = await startTestServer();
  const seen = { first_seen: at(0), last_seen: at(9) };
  await it.give(
    'entities',
    [
      ['shop', shop],
      ['cart', cart],
      ['broker', broker],
      ['resolver', resolver],
    ].map(([name, id]) => ({ id, kind: 'workload', name, ...seen })),
  );
  await it.give('requests', rows);
  await it.give('flows', [
    { ...flow, time: at(1), connection: 1, state: 'closed', destination_ip: '10.0.0.2', connection_start: at(1) },
    { ...flow, time: at(2), connection: 2, state: 'refused', destination_ip: '93.184.216.34', connection_start: at(2) },
  ]);
  await it.give('events', [
    { ...common, time: at(1), kind: 'drop', reason: 'NO_SOCKET', destination: cart, count: 3 },
    {
      time: at(2),
      kind: 'process_start',
      transport: 'other',
      process: 'cartd',
      host: 'node-1',
      count: 1,
      agent: testAgent,
    },
    {
      time: at(3),
      kind: 'loss',
      transport: 'other',
      reason: 'ring_segment',
      host: 'node-1',
      count: 12,
      agent: testAgent,
    },
  ]);
}, 60_000);
afterAll(async () => {
  await it[Symbol.asyncDispose]();
});

async function run(sql: string): Promise<SqlAnswer> {
  const parameters = Object.fromEntries(Object.entries({ from, to }).filter(([name]) => sql.includes(`{${name}:`)));
  const answer = await it.fetch('/api/v1/query', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, parameters }),
  });
  const body = await answer.json();
  expect(body).toMatchObject({ columns: expect.anything() });
  return body as SqlAnswer;
}

/** What some of them must find in the rows above. */
const expected: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  'Most requests': [{ service: 'cart', protocol: 'http', operation: 'GET /cart', requests: 2, failed: 1 }],
  'Slowest requests': [{ service: 'broker', latency_ms: 9 }],
  'Inbound connections': [{ service: 'cart', port: 80, client: 'shop', connections: 2, bytes_in: 1000 }],
  'Outbound connections': [{ client: 'shop', service: 'cart', port: 80, connections: 1 }],
  'To the internet': [{ address: '93.184.216.34', connections: 1 }],
  'Top talkers': [{ client: 'shop', service: 'cart', bytes: 19_000 }],
  'Connection churn': [{ opened: 2, ended: 2, connect_ms: 0.05 }],
  'Failed connects': [{ state: 'refused', connections: 1 }],
  'Events by reason': [
    { kind: 'loss', events: 12 },
    { kind: 'drop', reason: 'NO_SOCKET', events: 3 },
  ],
  'DNS summary': [{ client: 'shop', questions: 1 }],
  'DNS flow graph': [{ client: 'shop', resolver: 'resolver', questions: 2, unanswered: 1, failed: 1 }],
  'DNS failures': [{ name: 'b.test', reason: 'timeout', questions: 1 }],
  'SQL statistics': [{ database: 'cart', statement: 'SELECT orders', calls: 1 }],
  'Kafka lag by consumer': [
    { topic: 'orders', consumer: 'shop', client_id: 'billing', produced: 9, fetched: 4, behind: 5 },
  ],
  'Edges by pod or process': [{ client: 'shop', server: 'cart', client_host: '' }],
  'New edges': [{ client: 'shop' }],
  'What was not seen': [{ host: 'node-1', place: 'ring_segment', lost: 12 }],
};

test.each(library.map((query) => [query.title, query] as const))(
  '%s answers, with columns of its own',
  async (_title, query) => {
    const { columns, rows: found } = await run(query.sql);
    const names = columns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(found.length).toBeGreaterThan(0);
    const objects = found.map((row) => Object.fromEntries(row.map((value, i) => [names[i], value])));
    for (const object of objects) {
      for (const value of Object.values(object)) expect(value).not.toBe('nan');
    }
    for (const [i, one] of (expected[query.title] ?? []).entries()) expect(objects[i]).toMatchObject(one);
    expect(query.about).not.toBe('');
  },
);

test('every name of an expectation is a statement of the library, and titles are told apart', () => {
  const titles = library.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  for (const title of Object.keys(expected)) expect(titles).toContain(title);
});
