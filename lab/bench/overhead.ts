/**
 * What being watched costs the application: throughput, p99 and CPU a request of nginx with and without Wirelight.
 *
 *   npm run bench:overhead [-- --quick] [-- --json] [-- --pairs N] [-- --tls]
 *
 * nginx (one worker, CPU 0) serves a file of 1 KB, wrk (one thread, 32 connections, CPU 1) saturates it. Runs of one
 * second come in pairs without/with, in the order ABBA, and what is printed are medians of the ratios of the pairs. Both
 * ends are on this host, so "both" watches client and server and "server" only the control group of nginx. The reader
 * of the records, the real one in TypeScript, runs on the same two CPUs and takes its part of them from both. With --tls
 * nginx serves HTTPS and Wirelight reads what is inside.
 */
import { parseArgs } from 'node:util';
import { makeCertificates } from '../handshakes/tls.ts';
import { Lab } from '../net/lab.ts';
import type { Program } from '../net/program.ts';
import { type Load, startWatched, type Watched } from './overhead/watched.ts';
import { type Figures, startWatcher, type Watcher } from './overhead/watcher-process.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    pairs: { type: 'string' },
    tls: { type: 'boolean', default: false },
  },
});
const pairs = Number(flags.pairs ?? (flags.quick ? 4 : 12));
const SECONDS = 1;

interface Pair {
  readonly without: Load;
  readonly with: Load;
}

interface Measured {
  readonly pairs: readonly Pair[];
  /** Requests that nginx counted while it was watched. */
  readonly made: number;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const medianRatio = (measured: Measured, of: (pair: Pair) => number): number => median(measured.pairs.map(of));
const kept = (m: Measured): number => medianRatio(m, (p) => p.with.requestsPerSecond / p.without.requestsPerSecond);

/** Something that can be switched on and off around a run. */
interface Switch {
  on(): Promise<void>;
  off(): Promise<void>;
}

async function measure(watched: Watched, keepAlive: boolean, observer: Switch): Promise<Measured> {
  const found: Pair[] = [];
  let made = 0;
  const withIt = async (): Promise<Load> => {
    const before = await watched.requests();
    await observer.on();
    const load = await watched.load(SECONDS, keepAlive);
    await observer.off();
    made += (await watched.requests()) - before;
    return load;
  };
  const withoutIt = (): Promise<Load> => watched.load(SECONDS, keepAlive);
  for (let i = 0; i < pairs; i++) {
    if (i % 2 === 0) {
      const without = await withoutIt();
      found.push({ without, with: await withIt() });
    } else {
      const first = await withIt();
      found.push({ with: first, without: await withoutIt() });
    }
  }
  return { pairs: found, made };
}

const watching = (watcher: Watcher, scope?: string): Switch => ({
  on: () => watcher.watch(watched.port, scope),
  off: async () => {
    last = await watcher.leave();
  },
});

await using lab = new Lab();
const watched = await startWatched(lab, 18_480, flags.tls ? (await makeCertificates(lab)).server : undefined);
const watcher = await startWatcher(lab, flags.tls);
let last: Figures = { seen: 0, lost: 0, microseconds: 0, rssMegabytes: 0 };
let microseconds = 0;
const summing = (inner: Switch): Switch => ({
  on: inner.on,
  off: async () => {
    await inner.off();
    microseconds += last.microseconds;
  },
});
// The first run warms up everything.
await watched.load(SECONDS, true);
await watcher.watch(watched.port);
await watched.load(SECONDS, true);
const warm = await watcher.leave();

const both = await measure(watched, true, summing(watching(watcher)));
const afterBoth = last;
const bothSeen = afterBoth.seen - warm.seen;
const server = await measure(watched, true, watching(watcher, watched.scope));
const short = await measure(watched, false, watching(watcher));
let dump: Program | undefined;
const tcpdump = await measure(watched, true, {
  on: async () => {
    dump = await lab.start('tcpdump', ['-i', 'lo', '-w', '/dev/null', 'port', String(watched.port)], {
      prints: /listening/,
    });
  },
  off: async () => dump?.stop(),
});

await watcher.watch(watched.port);
const idleSeconds = flags.quick ? 4 : 10;
await new Promise((resolve) => setTimeout(resolve, 500));
const idleFrom = (await watcher.figures()).microseconds;
await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
const idle = ((await watcher.figures()).microseconds - idleFrom) / idleSeconds / 1e4;
const final = await watcher.leave();

const result = {
  throughput_kept: kept(both),
  throughput_kept_server: kept(server),
  throughput_kept_short: kept(short),
  tcpdump_kept: kept(tcpdump),
  p99_ratio: medianRatio(both, (p) => p.with.p99Microseconds / p.without.p99Microseconds),
  p99_ratio_server: medianRatio(server, (p) => p.with.p99Microseconds / p.without.p99Microseconds),
  cpu_ratio: medianRatio(both, (p) => p.without.serverCpuMicroseconds / p.with.serverCpuMicroseconds),
  cpu_ratio_server: medianRatio(server, (p) => p.without.serverCpuMicroseconds / p.with.serverCpuMicroseconds),
  server_us_per_request_added: medianRatio(both, (p) => p.with.serverCpuMicroseconds - p.without.serverCpuMicroseconds),
  requests_per_s_without: median(both.pairs.map((p) => p.without.requestsPerSecond)),
  requests_per_s_without_short: median(short.pairs.map((p) => p.without.requestsPerSecond)),
  requests_made: both.made + server.made + short.made,
  requests_seen: final.seen - warm.seen,
  lost_counted: final.lost - warm.lost,
  agent_us_per_request: microseconds / bothSeen,
  agent_rss_mb: final.rssMegabytes,
  agent_idle_cpu_percent: idle,
  pairs,
};
for (const [name, value] of Object.entries(result))
  if (typeof value === 'number' && !Number.isInteger(value))
    Object.assign(result, { [name]: Number(value.toPrecision(4)) });

if (!flags.json) {
  const line = (what: string, value: string): void => console.log(`${what.padEnd(58)}${value.padStart(14)}`);
  const share = (value: number): string => value.toFixed(3);
  line('throughput kept, both ends watched, keep-alive', share(result.throughput_kept));
  line('throughput kept, server watched, keep-alive', share(result.throughput_kept_server));
  line('throughput kept, both ends watched, a connection a request', share(result.throughput_kept_short));
  line('throughput kept, tcpdump to /dev/null, keep-alive', share(result.tcpdump_kept));
  line('p99 latency, with ÷ without, both ends', share(result.p99_ratio));
  line('p99 latency, with ÷ without, server', share(result.p99_ratio_server));
  line('CPU a request of nginx, without ÷ with, both ends', share(result.cpu_ratio));
  line('CPU a request of nginx, added, both ends', `${share(result.server_us_per_request_added)} us`);
  line('requests a second without', Math.round(result.requests_per_s_without).toLocaleString('en-US'));
  line('requests made while watched', result.requests_made.toLocaleString('en-US'));
  line('requests seen', result.requests_seen.toLocaleString('en-US'));
  line('lost, counted', result.lost_counted.toLocaleString('en-US'));
  line('CPU of the agent a request', `${share(result.agent_us_per_request)} us`);
  line('memory of the agent (RSS)', `${result.agent_rss_mb.toFixed(1)} MB`);
  line('CPU of the agent when idle', `${result.agent_idle_cpu_percent.toFixed(2)} %`);
} else console.log(JSON.stringify(result));
