/** Any figure in any span is the one computed from the rows: also where spans end at, just before or just after buckets. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entityId } from '../model/entity.ts';
import { histogramQuantiles, latencyBucket } from '../model/tables/index.ts';
import { forgetFloors } from '../store/readers/floors.ts';
import { startTestServer, type TestServer, testAgent } from './testing/test-server.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** A full hour, three hours ago. */
const base = Math.floor((Date.now() - 3 * hour) / hour) * hour;
const names = ['web', 'checkout', 'orders'];
const ids = names.map((name) => entityId('', 'workload', '', name));
const instanceOf = (id: string): string => entityId('', 'process', '', id);

let state = 11;
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];

/** Milliseconds and nanoseconds within them: half of them at, just before or just after a boundary of some roll-up. */
function someTime(): bigint {
  const within = Math.floor((random() - 0.2) * 2.6 * hour);
  if (random() < 0.5) return BigInt(base + within) * 1_000_000n + BigInt(Math.floor(random() * 1e6));
  const step = pick([10 * second, minute, 10 * minute, hour]);
  const boundary = BigInt(base + Math.floor(within / step) * step) * 1_000_000n;
  return boundary + pick([-1n, 0n, 1n, -1_000_000n, 1_000_000n, 999_999n]);
}

interface Row extends Readonly<Record<string, unknown>> {
  readonly time: bigint;
  readonly source: string;
  readonly destination: string;
  readonly counted: boolean;
}

function someEnds(): Row {
  const source = pick(ids);
  const destination = pick(ids);
  return {
    time: someTime(),
    source,
    destination,
    source_instance: instanceOf(source),
    destination_instance: instanceOf(destination),
    // Of what two agents saw, one row stands for it in counts.
    ...pick([
      { side: 'both', counted: true },
      { side: 'server', counted: true },
      { side: 'client', counted: false },
    ]),
    protocol: pick(['http', 'postgresql']),
    transport: 'tcp',
    source_ip: '10.0.0.1',
    source_port: 40_000,
    destination_ip: '10.0.0.2',
    destination_port: 80,
    connection: 1 + Math.floor(random() * 9),
    agent: testAgent,
  };
}

interface RequestRow extends Row {
  readonly outcome: string;
  readonly latency_ns: number;
}

const someRequest = (): RequestRow => {
  const outcome = pick(['ok', 'ok', 'ok', 'client_error', 'server_error', 'timeout', 'aborted']);
  return {
    ...someEnds(),
    outcome,
    method: pick(['GET', 'POST']),
    target: '/',
    latency_ns: outcome === 'timeout' ? -1 : Math.floor(1000 * 10 ** (random() * 6)),
    request_bytes: Math.floor(random() * 1000),
    response_bytes: Math.floor(random() * 9000),
    flags: random() < 0.1 ? 2 : 0,
  };
};
const someFlow = (): Row => ({
  ...someEnds(),
  duration_ns: 1_000_000,
  opened: true,
  ended: true,
  state: pick(['closed', 'reset', 'refused']),
  source_bytes: Math.floor(random() * 9000),
  destination_bytes: Math.floor(random() * 9000),
  source_segments: 3,
  source_retransmits: pick([0, 0, 1]),
  rtt_ns: pick([-1, 100_000]),
});

const requests = Array.from({ length: 3000 }, someRequest);
const flows = Array.from({ length: 800 }, someFlow);
const lateRequests = Array.from({ length: 300 }, someRequest);

type Span = Readonly<Record<'from' | 'to', number>>;

const boundary = fc
  .tuple(
    fc.constantFrom(10 * second, minute, 10 * minute, hour),
    fc.integer({ min: -30, max: 900 }),
    fc.constantFrom(-1, 0, 1, 0, 0, 5000),
  )
  .map(([step, count, off]) => Math.min(base + (count % Math.ceil((3 * hour) / step)) * step + off, base + 3 * hour));
const anyMoment = fc.oneof(boundary, fc.integer({ min: base - hour, max: base + 3 * hour }));
const anySpan: fc.Arbitrary<Span> = fc
  .tuple(anyMoment, anyMoment)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));

const within = <T extends Row>(rows: readonly T[], { from, to }: Span): T[] =>
  rows.filter((row) => row.time >= BigInt(from) * 1_000_000n && row.time < BigInt(to) * 1_000_000n);
const failed = (row: RequestRow): boolean => ['server_error', 'timeout', 'aborted'].includes(row.outcome);
const sum = (rows: readonly Row[], column: string): number =>
  rows.reduce((total, row) => total + Number(row[column] ?? 0), 0);
const inLatencies = (rows: readonly RequestRow[]): number[] =>
  rows
    .filter((row) => row.latency_ns >= 0 && row.flags === 0)
    .map((row) => row.latency_ns)
    .toSorted((a, b) => a - b);

/** From the buckets that are promised. */
function quantiles(rows: readonly RequestRow[]): (number | null)[] {
  const counts = new Map<number, number>();
  for (const latency of inLatencies(rows)) {
    counts.set(latencyBucket(latency), (counts.get(latencyBucket(latency)) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted((a, b) => a[0] - b[0]);
  const values = histogramQuantiles(
    sorted.map(([bucket]) => bucket),
    sorted.map(([, count]) => count),
    [0.5, 0.95, 0.99],
  );
  return values.map((value) => (Number.isNaN(value) ? null : Math.round(value)));
}

function measuresOf(rows: readonly RequestRow[], connections: readonly Row[]) {
  const [p50_ns, p95_ns, p99_ns] = quantiles(rows);
  return {
    requests: rows.length,
    errors: rows.filter(failed).length,
    client_errors: rows.filter((row) => row.outcome === 'client_error').length,
    p50_ns,
    p95_ns,
    p99_ns,
    bytes_out: sum(connections, 'source_bytes'),
    bytes_in: sum(connections, 'destination_bytes'),
    retransmits: sum(connections, 'source_retransmits'),
    opened: connections.length,
    failed: connections.filter((row) => row.state === 'refused').length,
  };
}

let it: TestServer;
let stored: readonly RequestRow[] = requests;

beforeAll(async () => {
  it = await startTestServer();
  const now = BigInt(Date.now()) * 1_000_000n;
  await it.give(
    'entities',
    names.flatMap((name, i) => [
      { id: ids[i], kind: 'workload', name, first_seen: now, last_seen: now },
      {
        id: instanceOf(ids[i]),
        kind: 'process',
        name,
        parent: ids[i],
        first_seen: now,
        last_seen: now,
        details: { process: name },
      },
    ]),
  );
  await it.give('requests', requests);
  await it.give('flows', flows);
}, 60_000);

afterAll(() => it[Symbol.asyncDispose]());

/** Compares the graph of a span, unfiltered or filtered, with the rows. Gives its resolution. */
async function compareGraph(
  span: Span,
  filter = '',
  passes: (row: Row) => boolean = () => true,
  passesFlow: (row: Row) => boolean = passes,
): Promise<number> {
  const graph = await it.ask('graph', { ...span, ...(filter === '' ? {} : { filter }) });
  expect(graph.span).toEqual(span);
  const rows = within(stored, span).filter((row) => row.counted && passes(row));
  const connections = within(flows, span).filter((row) => row.counted && passesFlow(row));
  const keyOf = (row: Row): string => `${row.source} ${row.destination} ${row.protocol}`;
  const expected = new Map<string, [RequestRow[], Row[]]>();
  for (const row of rows) (expected.get(keyOf(row)) ?? addTo(expected, keyOf(row)))[0].push(row);
  for (const row of connections) (expected.get(keyOf(row)) ?? addTo(expected, keyOf(row)))[1].push(row);
  expect(graph.edges.map((edge) => `${edge.source} ${edge.destination} ${edge.protocol}`).toSorted()).toEqual(
    [...expected.keys()].toSorted(),
  );
  for (const edge of graph.edges) {
    const own = expected.get(`${edge.source} ${edge.destination} ${edge.protocol}`) ?? [[], []];
    expect(edge).toMatchObject(measuresOf(...own));
  }
  return graph.resolution;
}

function addTo(map: Map<string, [RequestRow[], Row[]]>, key: string): [RequestRow[], Row[]] {
  const fresh: [RequestRow[], Row[]] = [[], []];
  map.set(key, fresh);
  return fresh;
}

async function compareAll(span: Span): Promise<void> {
  const rows = within(stored, span).filter((row) => row.counted);
  await compareGraph(span);
  const edges = await it.ask('edges', span);
  expect(edges.items.reduce((total, edge) => total + edge.requests, 0)).toBe(rows.length);
  const [busiest] = edges.items;
  if (busiest !== undefined) {
    const all = within(stored, span).filter(
      (row) =>
        row.source === busiest.source && row.destination === busiest.destination && row.protocol === busiest.protocol,
    );
    const detail = await it.ask('edge', span, { id: busiest.id });
    const client = all.filter((row) => row.side !== 'server');
    const server = all.filter((row) => row.side !== 'client');
    expect(detail.total.requests).toBe(all.filter((row) => row.counted).length);
    expect(detail.client?.requests ?? 0).toBe(client.length);
    expect(detail.server?.requests ?? 0).toBe(server.length);
    expect(detail.total.response_bytes).toBe(
      sum(
        all.filter((row) => row.counted),
        'response_bytes',
      ),
    );
    const latencies = inLatencies(all.filter((row) => row.counted));
    expect(detail.total.max_ns).toBe(latencies.at(-1) ?? null);
  }
  const entity = await it.ask('entity', span, { id: ids[0] });
  expect(entity.in.requests).toBe(rows.filter((row) => row.destination === ids[0]).length);
  expect(entity.out.errors).toBe(rows.filter((row) => row.source === ids[0] && failed(row)).length);
  const facets = await it.ask('requestFacets', { ...span, fields: 'outcome' });
  expect(facets.total).toBe(rows.length);
  for (const { value, count } of facets.facets[0].values) {
    expect(count).toBe(rows.filter((row) => row.outcome === value).length);
  }
  const heat = await it.ask('requestHeatmap', span);
  expect(heat.cells.reduce((total, cell) => total + cell[2], 0)).toBe(inLatencies(rows).length);
}

async function compareSeries(span: Span, step: number): Promise<void> {
  const series = await it.ask('series', { ...span, metrics: 'requests,p99,max', step });
  expect(series.span.from).toBeLessThanOrEqual(span.from);
  expect(series.span.to).toBeGreaterThanOrEqual(span.to);
  const [count, p99, max] = series.lines;
  for (const [i, from] of series.times.entries()) {
    const rows = within(stored, { from, to: from + series.step_ms }).filter((row) => row.counted);
    expect([from, count.values[i], p99.values[i], max.values[i]]).toEqual([
      from,
      rows.length,
      quantiles(rows)[2],
      inLatencies(rows).at(-1) ?? null,
    ]);
  }
}

describe('figures of a span are those of its rows', () => {
  test('wherever it begins and ends', async () => {
    await fc.assert(fc.asyncProperty(anySpan, compareAll), { numRuns: 12 });
  }, 120_000);

  test.each([10 * second, minute, 10 * minute, hour])(
    'at, before and after boundaries of %i ms',
    async (step) => {
      for (const [from, to] of [
        [0, 0],
        [-1, 0],
        [1, 0],
        [0, -1],
        [0, 1],
        [-1, 1],
      ]) {
        await compareGraph({ from: base + from, to: base + step + to });
      }
      expect(await compareGraph({ from: base, to: base + step })).toBe(step / second);
      expect(await compareGraph({ from: base, to: base + step + 1 })).toBe(0);
    },
    60_000,
  );

  test('also where nothing happened', async () => {
    await compareAll({ from: base - 20 * hour, to: base - 19 * hour });
    await compareAll({ from: base + 1, to: base + 2 });
  }, 60_000);

  test('step by step, whatever the step', async () => {
    await fc.assert(
      fc.asyncProperty(anySpan, fc.constantFrom(1, 10, 25, 60, 90, 600, 3600), (span, step) =>
        compareSeries(step < 10 ? { from: span.from, to: Math.min(span.to, span.from + minute) } : span, step * second),
      ),
      { numRuns: 10 },
    );
  }, 120_000);

  test('under filters that roll-ups answer, and under those that only rows can', async () => {
    const toWeb = (row: Row): boolean => row.destination === ids[0];
    await fc.assert(
      fc.asyncProperty(anySpan, async (span) => {
        await compareGraph(span, 'to:web', toWeb);
        await compareGraph(span, 'not to:w* protocol:http', (row) => !toWeb(row) && row.protocol === 'http');
        await compareGraph(span, 'side:server', (row) => row.side !== 'client');
        await compareGraph(
          span,
          'to:web method:GET',
          (row) => toWeb(row) && row.method === 'GET',
          () => false,
        );
      }),
      { numRuns: 4 },
    );
    const whole = { from: base, to: base + hour };
    expect(await compareGraph(whole, 'to:web', toWeb)).toBe(3600);
    expect(await compareGraph(whole, 'method:GET', (row) => row.method === 'GET')).toBe(0);
  }, 120_000);

  test('when rows come late', async () => {
    await it.give('requests', lateRequests);
    stored = [...requests, ...lateRequests];
    await fc.assert(fc.asyncProperty(anySpan, compareAll), { numRuns: 4 });
    await compareAll({ from: base, to: base + hour });
  }, 120_000);
});

test('quantiles are within one bucket, 3.2 %, of the latency of that rank', async () => {
  const graph = await it.ask('graph', { from: base - 2 * hour, to: base + 3 * hour });
  for (const edge of graph.edges) {
    const latencies = inLatencies(
      stored.filter(
        (row) =>
          row.counted &&
          row.source === edge.source &&
          row.destination === edge.destination &&
          row.protocol === edge.protocol,
      ),
    );
    for (const [level, value] of [
      [0.5, edge.p50_ns],
      [0.95, edge.p95_ns],
      [0.99, edge.p99_ns],
    ] as const) {
      const exact = latencies[Math.max(0, Math.ceil(level * latencies.length) - 1)];
      expect(Math.abs((value ?? 0) - exact) / exact).toBeLessThanOrEqual(1 / 31);
    }
  }
});

test('where rows have gone, spans are widened to what is left, and say so', async () => {
  const { store } = it.server.parts;
  for (const table of ['requests', 'flows']) await store.query(`TRUNCATE TABLE ${table}`);
  forgetFloors(store);
  const asked = { from: base + 10 * minute + 1234, to: base + 20 * minute + 4321 };
  const widened = { from: base + 10 * minute, to: base + 20 * minute + 10 * second };
  const graph = await it.ask('graph', asked);
  expect([graph.span, graph.resolution]).toEqual([widened, 10]);
  const rows = within(stored, widened).filter((row) => row.counted);
  expect(graph.edges.reduce((total, edge) => total + edge.requests, 0)).toBe(rows.length);
  const entity = await it.ask('entity', asked, { id: ids[0] });
  expect([entity.span, entity.in.requests]).toEqual([widened, rows.filter((row) => row.destination === ids[0]).length]);
  // What only rows tell is told of none, and of no time.
  const filtered = await it.ask('graph', { ...asked, filter: 'method:GET' });
  expect([filtered.edges, filtered.span.from]).toEqual([[], filtered.span.to]);
});
