import { afterAll, beforeAll, expect, test } from 'vitest';
import { entityId } from '../../model/entity.ts';
import { startTestServer, type TestServer, testAgent } from '../testing/test-server.ts';

const to = Date.now() - 60_000;
const from = to - 600_000;
const span = { from, to };
const count = 12_000;
const [shop, cart] = ['shop', 'cart'].map((name) => entityId('', 'workload', '', name));

/** Half of them in one burst of a single nanosecond; latencies of few values, some without any. */
const rows = Array.from({ length: count }, (_, i) => ({
  time:
    i % 2 === 0 ? BigInt(from + 300_000) * 1_000_000n : BigInt(from + ((i * 7919) % 600_000)) * 1_000_000n + BigInt(i),
  source: shop,
  destination: cart,
  side: i % 3 === 0 ? 'client' : 'server',
  counted: i % 3 !== 0,
  protocol: 'http',
  method: 'GET',
  target: '/cart',
  outcome: 'ok',
  code: 200,
  latency_ns: i % 5 === 0 ? -1 : 1_000_000 * (1 + (i % 40)),
  request_bytes: i,
  response_bytes: 100,
  connection: 1 + i,
  transport: 'tcp',
  source_ip: '10.0.0.1',
  source_port: 40_000,
  destination_ip: '10.0.0.2',
  destination_port: 80,
  agent: testAgent,
  block: 1,
}));

let it: TestServer;
beforeAll(async () => {
  it = await startTestServer();
  for (let at = 0; at < count; at += 4000) await it.give('requests', rows.slice(at, at + 4000));
  await it.give(
    'events',
    Array.from({ length: 3000 }, (_, i) => ({
      time: BigInt(from + i * 100) * 1_000_000n,
      kind: i % 3 === 0 ? 'retransmit' : 'drop',
      reason: i % 3 === 0 ? '' : 'NO_SOCKET',
      source: shop,
      destination: cart,
      transport: 'tcp',
      source_ip: '10.0.0.1',
      destination_ip: '10.0.0.2',
      count: 2,
      agent: testAgent,
    })),
  );
}, 60_000);
afterAll(async () => {
  await it[Symbol.asyncDispose]();
});

for (const order of ['newest', 'oldest', 'slowest', 'largest']) {
  test(`parts of the index hold every row once, and together in the order of the pages: ${order}`, async () => {
    const whole: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await it.ask('requests', {
        ...span,
        order,
        limit: 5000,
        ...(cursor === undefined ? {} : { cursor }),
      });
      whole.push(...page.items.map((item) => item.id));
      cursor = page.next;
    }
    expect(new Set(whole).size).toBe(count);
    const { total, marks } = await it.ask('requestIndex', { ...span, order });
    expect(total).toBe(count);
    expect(marks.length).toBeGreaterThan(5);
    const parts: string[] = [];
    for (const [i, mark] of marks.entries()) {
      const next = marks[i + 1];
      const bounds = {
        ...(mark.cursor === '' ? {} : { cursor: mark.cursor }),
        ...(next === undefined ? {} : { until: next.cursor }),
      };
      const { items } = await it.ask('requests', { ...span, order, limit: 10_000, ...bounds });
      expect(items.length).toBe((next?.before ?? total) - mark.before);
      parts.push(...items.map((item) => item.id));
      if (items.length < 1000) continue;
      // A burst is longer than a page: what lies within it is reached by passing rows over.
      const within = await it.ask('requests', { ...span, order, limit: 10, skip: 700, ...bounds });
      expect(within.items.map((item) => item.id)).toEqual(items.slice(700, 710).map((item) => item.id));
    }
    expect(parts).toEqual(whole);
  });
}

test('what was seen at both sides is there once where that is asked for', async () => {
  const { total } = await it.ask('requestIndex', { ...span, sides: 'once' });
  expect(total).toBe(rows.filter((row) => row.counted).length);
  const facets = await it.ask('requestFacets', span);
  expect(facets.total).toBe(total);
  expect((await it.ask('requestIndex', { ...span, sides: 'once', filter: 'latency:<0' })).marks).toEqual([
    { cursor: '', before: 0 },
  ]);
});

test('events are counted as what they stand for, by value and over time', async () => {
  const { rows: found, total, facets, lines, times } = await it.ask('eventFacets', { ...span, columns: 10 });
  expect([found, total]).toEqual([3000, 6000]);
  expect(facets.find(({ field }) => field === 'event')?.values).toEqual([
    { value: 'drop', label: 'drop', count: 4000 },
    { value: 'retransmit', label: 'retransmit', count: 2000 },
  ]);
  expect(facets.find(({ field }) => field === 'reason')?.values).toEqual([
    { value: 'NO_SOCKET', label: 'NO_SOCKET', count: 4000 },
  ]);
  expect(times.length).toBe(10);
  expect(lines.flatMap(({ values }) => values).reduce((a, b) => a + b, 0)).toBe(6000);
  expect((await it.ask('eventIndex', { ...span, filter: 'event:drop' })).total).toBe(2000);
});
