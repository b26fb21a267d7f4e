/**
 * How fast the store takes requests in, what they cost on disk, and how fast it answers. `npm run bench:store`.
 *
 *   --rows N       rows of `requests` (100,000,000; with --quick 5,000,000)
 *   --quick        under a minute: as many of them as the machine takes in 32 seconds
 *   --json         the last line is one JSON object
 *   --directory D  where to keep the data (a temporary directory, removed at the end)
 *
 * The traffic is that of 20 hosts with 200 services and 1,000 edges (store/traffic.ts), 28,000 rows a second of its own time,
 * each row through the real encoder, validated as the server does, written as the server does. rows_per_s is rows by the time
 * from the first append to the moment when all can be read; the time that making up the traffic takes is measured apart and
 * taken off, since agents do that elsewhere. bytes_per_row is all that lies on the disk by the rows of `requests`: roll-ups,
 * names and the index of traces have their share in it. Answers are the median of seven, each over another end of the span, so that
 * nothing is answered from a cache of results.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EntityDirectory } from '../../src/server/entities.ts';
import { edgeId, readGraph } from '../../src/server/read/graph.ts';
import { readRequests } from '../../src/server/read/pages.ts';
import { readSeries } from '../../src/server/read/series.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { load } from './store/load.ts';
import { makeTraffic } from './store/traffic.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    directory: { type: 'string' },
  },
});
const rows = Number(values.rows ?? (values.quick ? 5_000_000 : 100_000_000));
const temporary = values.directory === undefined;
const directory = values.directory ?? mkdtempSync(join(tmpdir(), 'wirelight-bench-store-'));
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  await run();
} finally {
  if (temporary) rmSync(directory, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const store = await openStore({ kind: 'embedded', directory });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const idle = residentMegabytes();
  say(`opened an empty store: ${idle.toFixed(0)} MB resident`);

  const before = residentMegabytes();
  const traffic = makeTraffic();
  const ofTraffic = residentMegabytes() - before;
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMegabytes());
  }, 100);
  const loaded = await load(store, traffic, rows, values.quick ? 32 : Number.POSITIVE_INFINITY, (done, perSecond) =>
    say(`${(done / 1e6).toFixed(1)} M rows, ${Math.round(perSecond / 1000)} k rows/s`),
  );
  clearInterval(watch);
  const underLoad = peak - ofTraffic;
  say(
    `loaded ${loaded.rows} rows: ${Math.round(loaded.rowsPerSecond)} rows/s (encoding ${loaded.encodeNanos.toFixed(0)} ns, checking ${loaded.checkNanos.toFixed(0)} ns a row, making it up took ${loaded.makeNanos.toFixed(0)} ns), ${loaded.cpuNanos.toFixed(0)} ns of all processors, ${underLoad.toFixed(0)} MB resident at most`,
  );

  const stats = await settled(store);
  const share = (named: (name: string) => boolean) =>
    Object.entries(stats.tables).reduce((sum, [name, table]) => sum + (named(name) ? table.bytes : 0), 0) / loaded.rows;
  const bytesPerRow = share(() => true);
  say(
    `on disk: ${bytesPerRow.toFixed(2)} bytes a row, of these ${share((name) => name === 'requests').toFixed(2)} its own, ${share((name) => name.startsWith('edges_')).toFixed(2)} for roll-ups, ${share((name) => name === 'request_traces').toFixed(2)} to find traces by`,
  );

  await sevenDays(store, loaded.to);
  const timings = await answers(store, loaded);
  for (const [name, milliseconds] of Object.entries(timings)) say(`${name.padEnd(16)} ${milliseconds.toFixed(1)} ms`);
  await store.close();
  if (values.json) {
    const result = {
      rows_per_s: Math.round(loaded.rowsPerSecond),
      bytes_per_row: round(bytesPerRow),
      cpu_ns_per_row: Math.round(loaded.cpuNanos),
      rss_idle_mb: Math.round(idle),
      rss_load_mb: Math.round(underLoad),
      ...Object.fromEntries(Object.entries(timings).map(([name, value]) => [name, round(value)])),
      rows: loaded.rows,
    };
    say(JSON.stringify(result));
  }
}

interface Loaded {
  readonly from: bigint;
  readonly to: bigint;
  readonly traceIds: readonly string[];
}

async function answers(store: Store, { from, to, traceIds }: Loaded): Promise<Record<string, number>> {
  const hour = 3_600_000;
  const entities = new EntityDirectory(store);
  const [begin, end] = [Number(from / 1_000_000n), Number(to / 1_000_000n)];
  // Each time a little earlier, at no boundary of any roll-up.
  const spanOf = (i: number, length: number) => ({
    from: Math.max(begin, end - length) - i * 1237,
    to: end - i * 1237,
  });
  const graphOf = (i: number) =>
    readGraph(store, entities, { span: spanOf(i, hour), filter: '', group: 'workload', limit: 10_000, losses: [] });
  const graph = await graphOf(0);
  say(`map: ${graph.nodes.length} nodes, ${graph.edges.length} edges`);
  const [busiest] = graph.edges;
  const service = graph.nodes.toSorted((a, b) => b.in.requests - a.in.requests)[3].name;
  const rowsOf = (i: number, filter: string, order: string) =>
    readRequests(store, entities, {
      span: filter.startsWith('trace') ? { from: end - 7 * 24 * hour, to: end } : spanOf(i, hour),
      filter,
      order,
      cursor: undefined,
      limit: 100,
      fields: undefined,
    });
  return {
    map_hour_ms: await median(7, graphOf),
    edge_series_ms: await median(7, (i) =>
      readSeries(store, entities, {
        span: { from: end - 7 * 24 * hour - i * 1237, to: end - i * 1237 },
        metrics: ['p99'],
        step: hour,
        filter: '',
        entity: undefined,
        direction: 'in',
        edge: edgeId(busiest),
        by: undefined,
        side: 'once',
        limit: 1,
      }),
    ),
    slowest_ms: await median(7, (i) => rowsOf(i, `to:${service}`, 'slowest')),
    trace_ms: await median(7, (i) => rowsOf(i, `trace:${traceIds[i]}`, 'oldest')),
    newest_ms: await median(7, (i) => rowsOf(i, '', 'newest')),
  };
}

/** Fills a week of hours with copies of the last one, so that the series has its points. */
async function sevenDays(store: Store, to: bigint): Promise<void> {
  const before = to - 3_600_000_000_000n;
  await store.query(
    `INSERT INTO edges_1h SELECT time - toIntervalHour(back) AS time, * EXCEPT (time, back)
     FROM (SELECT *, arrayJoin(range(1, 169)) AS back FROM edges_1h WHERE time >= fromUnixTimestamp64Nano(${before - (before % 3_600_000_000_000n)}))`,
  );
}

async function median(times: number, run: (i: number) => Promise<unknown>): Promise<number> {
  await run(times);
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await run(i);
    taken.push(performance.now() - start);
  }
  return taken.toSorted((a, b) => a - b)[Math.floor(times / 2)];
}

/** How the store stands once its merges have caught up, or after a while. */
async function settled(store: Store): Promise<Awaited<ReturnType<Store['stats']>>> {
  const deadline = Date.now() + (values.quick ? 5000 : 120_000);
  for (;;) {
    const running = await store.query('SELECT count() AS n FROM system.merges');
    if (running.column('n')[0] === 0n || Date.now() > deadline) return await store.stats();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function residentMegabytes(): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
