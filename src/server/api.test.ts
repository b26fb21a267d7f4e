import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entityId } from '../model/entity.ts';
import { histogramQuantiles, latencyBucket } from '../model/tables/index.ts';
import { startTestServer, type TestServer, testAgent } from './testing/test-server.ts';

/** A pseudo-random number generator whose numbers are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = numbers(7);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
const names = ['web', 'checkout', 'orders', 'payment', 'search'];
const ids = names.map((name) => entityId('', 'workload', '', name));
const instanceOf = (id: string): string => entityId('', 'process', '', id);
const hour = 3_600_000;
/** A span whose ends lie on no boundary of any roll-up. */
const to = Date.now() - 61_234;
const from = to - 2 * hour - 12_345;

interface RequestRow {
  readonly time: bigint;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly method: string;
  readonly target: string;
  readonly outcome: string;
  readonly code: number;
  readonly latency_ns: number;
  readonly request_bytes: number;
  readonly response_bytes: number;
  readonly destination_port: number;
  readonly flags: number;
  readonly connection: number;
}

const requests = Array.from({ length: 4000 }, (_, i): RequestRow & Record<string, unknown> => {
  const outcome = pick(['ok', 'ok', 'ok', 'ok', 'client_error', 'server_error', 'timeout']);
  const source = pick(ids);
  const destination = pick(ids);
  const latency = outcome === 'timeout' ? -1 : Math.floor(10_000 * 10 ** (random() * 4));
  return {
    // Some lie just outside of the span that is asked for.
    time: BigInt(Math.floor(from - 300_000 + random() * (to - from + 600_000))) * 1_000_000n + BigInt(i),
    source,
    destination,
    source_instance: instanceOf(source),
    destination_instance: instanceOf(destination),
    side: 'both',
    counted: true,
    protocol: pick(['http', 'postgresql']),
    method: pick(['GET', 'POST']),
    target: pick(['/', '/orders/{id}', '/cart']),
    outcome,
    code: outcome === 'ok' ? 200 : outcome === 'client_error' ? 404 : outcome === 'timeout' ? -1 : 500,
    latency_ns: latency,
    received_ns: latency < 0 ? -1 : 0,
    waited_ns: latency < 0 ? -1 : Math.floor(latency / 10),
    sent_ns: latency < 0 ? -1 : 0,
    request_bytes: Math.floor(random() * 1000),
    response_bytes: Math.floor(random() * 100_000),
    flags: 64,
    connection: 1 + Math.floor(random() * 50),
    transport: 'tcp',
    source_ip: '10.0.0.1',
    source_port: 40_000,
    destination_ip: '10.0.0.2',
    destination_port: pick([80, 5432]),
    host: 'node-1',
    agent: testAgent,
    block: 1,
  };
});

const flows = Array.from({ length: 500 }, (_, i): Record<string, unknown> => {
  const row = pick(requests);
  return {
    time: row.time,
    duration_ns: 1_000_000_000,
    source: row.source,
    destination: row.destination,
    source_instance: instanceOf(row.source),
    destination_instance: instanceOf(row.destination),
    side: 'both',
    counted: true,
    transport: 'tcp',
    protocol: row.protocol,
    connection: 1000 + i,
    source_ip: '10.0.0.1',
    source_port: 40_000,
    destination_ip: '10.0.0.2',
    destination_port: row.destination_port,
    connection_start: row.time,
    beginning_seen: true,
    opened: true,
    ended: true,
    state: pick(['closed', 'closed', 'reset', 'refused']),
    connect_ns: 50_000,
    source_bytes: Math.floor(random() * 10_000),
    destination_bytes: Math.floor(random() * 10_000),
    source_segments: 10,
    destination_segments: 12,
    source_retransmits: i % 7 === 0 ? 1 : 0,
    rtt_ns: 100_000,
    rtt_min_ns: 90_000,
    host: 'node-1',
    agent: testAgent,
  };
});

const inSpan = (row: { readonly time: unknown }): boolean => {
  const time = row.time as bigint;
  return time >= BigInt(from) * 1_000_000n && time < BigInt(to) * 1_000_000n;
};
const failed = (row: RequestRow): boolean => ['server_error', 'timeout', 'aborted'].includes(row.outcome);

/** Quantiles computed from rows alone, in the buckets that are promised. */
function quantiles(rows: readonly RequestRow[], levels: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const { latency_ns } of rows) {
    if (latency_ns < 0) continue;
    const bucket = latencyBucket(latency_ns);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted((a, b) => a[0] - b[0]);
  return histogramQuantiles(
    sorted.map(([bucket]) => bucket),
    sorted.map(([, count]) => count),
    levels,
  ).map(Math.round);
}

let it: TestServer;
const span = { from, to };

beforeAll(async () => {
  it = await startTestServer();
  const now = BigInt(Date.now()) * 1_000_000n;
  await it.give(
    'entities',
    names.flatMap((name, i) => [
      { id: ids[i], kind: 'workload', name, namespace: i < 2 ? 'shop' : '', first_seen: now, last_seen: now },
      {
        id: instanceOf(ids[i]),
        kind: 'process',
        name: `${name}d`,
        parent: ids[i],
        host: 'node-1',
        first_seen: now,
        last_seen: now,
        details: {
          process: `${name}d`,
          user: 'www-data',
          executable: `/usr/bin/${name}d`,
          command: `${name}d --serve`,
        },
      },
    ]),
  );
  for (let at = 0; at < requests.length; at += 1000) await it.give('requests', requests.slice(at, at + 1000));
  await it.give('flows', flows);
  await it.give('events', [
    {
      time: BigInt(to - 60_000) * 1_000_000n,
      kind: 'drop',
      reason: 'NO_SOCKET',
      source: ids[0],
      destination: ids[1],
      source_instance: instanceOf(ids[0]),
      destination_instance: instanceOf(ids[1]),
      transport: 'tcp',
      source_ip: '10.0.0.1',
      source_port: 4,
      destination_ip: '10.0.0.2',
      destination_port: 80,
      count: 3,
      connection: 7,
      agent: testAgent,
    },
    {
      time: BigInt(to - 50_000) * 1_000_000n,
      kind: 'process_start',
      transport: 'other',
      pid: 4711,
      process: 'webd',
      count: 1,
      agent: testAgent,
    },
    {
      time: BigInt(to - 40_000) * 1_000_000n,
      kind: 'loss',
      reason: 'ring_segment',
      transport: 'other',
      count: 12,
      host: 'node-1',
      agent: testAgent,
    },
  ]);
}, 60_000);

afterAll(async () => {
  await it[Symbol.asyncDispose]();
});

describe('numbers', () => {
  test('of the graph are those of the rows, though its ends lie on no boundary', async () => {
    const graph = await it.ask('graph', span);
    const rows = requests.filter(inSpan);
    expect(graph.edges.reduce((sum, edge) => sum + edge.requests, 0)).toBe(rows.length);
    for (const edge of graph.edges) {
      const own = rows.filter(
        (row) =>
          row.source === edge.source &&
          row.destination === edge.destination &&
          row.protocol === edge.protocol &&
          row.destination_port === edge.port,
      );
      expect([edge.requests, edge.errors]).toEqual([own.length, own.filter(failed).length]);
      if (own.some((row) => row.latency_ns >= 0)) {
        expect([edge.p50_ns, edge.p95_ns, edge.p99_ns]).toEqual(quantiles(own, [0.5, 0.95, 0.99]));
      }
    }
    const bytes = flows
      .filter((row) => inSpan(row as { time: bigint }))
      .reduce((sum, row) => sum + Number(row.source_bytes), 0);
    expect(graph.edges.reduce((sum, edge) => sum + edge.bytes_out, 0)).toBe(bytes);
    expect(graph.losses).toEqual([{ agent: testAgent, host: 'node-1', name: 'ring_segment', count: 12 }]);
  });

  test('of a filtered graph are those of the rows that pass', async () => {
    const graph = await it.ask('graph', { ...span, filter: 'from:web status:5xx' });
    const rows = requests.filter((row) => inSpan(row) && row.source === ids[0] && row.code >= 500);
    expect(graph.edges.reduce((sum, edge) => sum + edge.requests, 0)).toBe(rows.length);
    expect(new Set(graph.edges.map((edge) => edge.source))).toEqual(new Set([ids[0]]));
  });

  test('of groups add up to those of their members', async () => {
    for (const group of ['namespace', 'host', 'process']) {
      const graph = await it.ask('graph', { ...span, group });
      expect(graph.edges.reduce((sum, edge) => sum + edge.requests, 0)).toBe(requests.filter(inSpan).length);
      for (const edge of graph.edges) {
        expect(graph.nodes.some((node) => node.id === edge.source)).toBe(true);
        expect(graph.nodes.some((node) => node.id === edge.destination)).toBe(true);
      }
    }
    expect((await it.ask('graph', { ...span, group: 'namespace' })).nodes.map((node) => node.name)).toContain('shop');
    expect((await it.ask('graph', { ...span, group: 'host' })).nodes.map((node) => node.id)).toEqual(['host:node-1']);
  });

  test('of a series add up to those of its span, filtered or not', async () => {
    const all = await it.ask('series', { ...span, metrics: 'requests,p95,error_ratio', step: 60_000 });
    const sum = (values: readonly (number | null)[]) =>
      values.reduce<number>((total, value) => total + (value ?? 0), 0);
    const expected = requests.filter(
      (row) => row.time >= BigInt(all.span.from) * 1_000_000n && row.time < BigInt(all.span.to) * 1_000_000n,
    );
    expect(sum(all.lines[0].values)).toBe(expected.length);
    const filtered = await it.ask('series', {
      ...span,
      metrics: 'requests',
      step: 60_000,
      filter: 'to:orders',
      by: 'protocol',
    });
    const own = requests.filter(
      (row) =>
        row.destination === ids[2] &&
        row.time >= BigInt(filtered.span.from) * 1_000_000n &&
        row.time < BigInt(filtered.span.to) * 1_000_000n,
    );
    expect(filtered.lines.map((line) => line.key).toSorted()).toEqual(['http', 'postgresql']);
    expect(filtered.lines.reduce((total, line) => total + sum(line.values), 0)).toBe(own.length);
  });

  test('of one edge, one entity, operations and the timeline are those of the rows', async () => {
    const [edge] = (await it.ask('edges', span)).items;
    const own = requests.filter(
      (row) =>
        inSpan(row) &&
        row.source === edge.source &&
        row.destination === edge.destination &&
        row.protocol === edge.protocol &&
        row.destination_port === edge.port,
    );
    const detail = await it.ask('edge', span, { id: edge.id });
    expect([detail.total.requests, detail.client?.requests, detail.server?.requests]).toEqual([
      own.length,
      own.length,
      own.length,
    ]);
    expect(detail.total.response_bytes).toBe(own.reduce((sum, row) => sum + row.response_bytes, 0));
    const entity = await it.ask('entity', span, { id: ids[1] });
    expect(entity.in.requests).toBe(requests.filter((row) => inSpan(row) && row.destination === ids[1]).length);
    expect(entity.out.requests).toBe(requests.filter((row) => inSpan(row) && row.source === ids[1]).length);
    expect(entity.instances.map((one) => one.name)).toEqual(['checkoutd']);
    const operations = await it.ask('operations', span);
    expect(operations.items.reduce((sum, one) => sum + one.requests, 0)).toBe(requests.filter(inSpan).length);
    const timeline = await it.ask('timeline', span);
    expect(timeline.losses.reduce((sum, one) => sum + one, 0)).toBe(12);
    expect(timeline.rate.length).toBe(timeline.times.length);
  });

  test('of facets and heat map are those of the rows', async () => {
    const rows = requests.filter(inSpan);
    const facets = await it.ask('requestFacets', { ...span, fields: 'protocol,status,source,namespace' });
    expect(facets.total).toBe(rows.length);
    expect(Object.fromEntries(facets.facets[0].values.map((one) => [one.value, one.count]))).toEqual({
      http: rows.filter((row) => row.protocol === 'http').length,
      postgresql: rows.filter((row) => row.protocol === 'postgresql').length,
    });
    expect(facets.facets[2].values.map((one) => one.label).toSorted()).toEqual(names.toSorted());
    const map = await it.ask('requestHeatmap', span);
    expect(map.cells.reduce((sum, cell) => sum + cell[2], 0)).toBe(rows.filter((row) => row.latency_ns >= 0).length);
    expect(Math.max(...map.cells.map((cell) => cell[1]))).toBeLessThan(map.bounds_ns.length - 1);
  });
});

describe('pages', () => {
  test('give every request once, in each order', async () => {
    for (const order of ['newest', 'oldest', 'slowest', 'largest']) {
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Awaited<ReturnType<typeof it.ask<'requests'>>> = await it.ask('requests', {
          ...span,
          order,
          limit: 1500,
          ...(cursor === '' ? {} : { cursor }),
        });
        seen.push(...page.items.map((item) => item.id));
        cursor = page.next;
      }
      expect(seen.length).toBe(requests.filter(inSpan).length);
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  test('give one request with its connection, neighbours and events', async () => {
    const [item] = (await it.ask('requests', { ...span, limit: 1, filter: 'connection:7' })).items;
    const detail = await it.ask('request', {}, { id: item.id });
    expect(detail.request).toEqual(item);
    expect(detail.neighbours.every((one) => one.connection === 7 && one.id !== item.id)).toBe(true);
    expect(detail.events.map((one) => one.event)).toEqual(['drop']);
  });

  test('give connections, events and names with filters and chosen fields', async () => {
    const resets = await it.ask('flows', { ...span, filter: 'end:reset', limit: 1000 });
    expect(resets.items.length).toBe(
      flows.filter((row) => inSpan(row as { time: bigint }) && row.state === 'reset').length,
    );
    expect((await it.ask('events', { ...span, filter: 'verdict:dropped' })).items.map((one) => one.reason)).toEqual([
      'NO_SOCKET',
    ]);
    expect((await it.ask('events', span)).items.length).toBe(3);
    expect((await it.ask('entities', { search: 'CHECK' })).items.map((one) => one.name)).toEqual(
      expect.arrayContaining(['checkout', 'checkoutd']),
    );
    const answer = await it.fetch(`/api/v1/requests?from=${from}&to=${to}&limit=1&fields=status`);
    const page = (await answer.json()) as { items: object[] };
    expect(Object.keys(page.items[0]).toSorted()).toEqual(['id', 'status', 'time', 'type']);
  });
});

describe('the difference of two spans', () => {
  test('says which edge is new', async () => {
    const start = to + 1000;
    const fresh = entityId('', 'workload', '', 'fraud');
    await it.give('requests', [
      { ...requests[0], time: BigInt(start) * 1_000_000n, source: ids[0], destination: fresh },
    ]);
    const diff = await it.ask('graphDiff', { before_from: from, before_to: to, after_from: to, after_to: to + 10_000 });
    expect(diff.edges.filter((edge) => edge.changes.includes('added')).map((edge) => edge.destination)).toEqual([
      fresh,
    ]);
    expect(diff.nodes.filter((node) => node.change === 'added').map((node) => node.id)).toEqual([fresh]);
  });
});

describe('everything else', () => {
  test('answers as its schema says', async () => {
    expect((await it.ask('health')).ingest.rows).toBeGreaterThan(4000);
    expect((await it.ask('agents')).items[0].id).toBe(testAgent);
    expect((await it.ask('losses', span)).total).toBe(12);
    expect((await it.ask('config')).authentication).toEqual(['token']);
    expect((await it.ask('schema')).tables.map((table) => table.name)).toContain('requests');
    expect((await it.ask('session')).role).toBe('admin');
    expect((await it.ask('audit')).items).toBeInstanceOf(Array);
    expect(await (await it.fetch('/metrics')).text()).toMatch(/^wirelight_ingest_rows_total \d+$/m);
  });

  test('remembers a deployment that was told', async () => {
    const told = await it.fetch('/api/v1/changes', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'v2', title: 'checkout 2.0', entity: ids[1], time: String(to - 5000) }),
    });
    expect(told.status).toBe(200);
    const { items } = await it.ask('changes', span);
    expect(items.map((one) => [one.id, one.entity_name, one.title])).toEqual([['v2', 'checkout', 'checkout 2.0']]);
    expect((await it.ask('timeline', span)).changes.map((one) => one.id)).toEqual(['v2']);
  });

  test('answers an error as a problem that says what to do', async () => {
    const cases: [string, number, string][] = [
      ['/api/v1/requests?filter=nosuch:1', 400, 'bad_filter'],
      ['/api/v1/requests?from=now&to=-1h', 400, 'bad_span'],
      ['/api/v1/requests?limit=0', 400, 'bad_request'],
      ['/api/v1/requests?bogus=1', 400, 'bad_request'],
      ['/api/v1/requests?cursor=x', 400, 'bad_cursor'],
      ['/api/v1/entities/ffffffffffffffff', 404, 'not_found'],
      ['/api/v1/nothing', 404, 'not_found'],
      ['/api/v1/series?metrics=joy', 400, 'bad_metric'],
    ];
    for (const [path, status, code] of cases) {
      const answer = await it.fetch(path);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await answer.json()).toMatchObject({ code, status });
    }
  });
});
