import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FaultName } from '../../src/demo/faults.ts';
import type { Graph } from '../../src/model/api.ts';
import { cgroupRoot } from '../../src/probe/cgroup.ts';
import { suite } from '../run/requires.ts';

const root = join(import.meta.dirname, '../..');
const wirelight = ['--import', 'tsx', join(root, 'src/cli/wirelight.ts')];

/** A command of the demo, run to its end. */
function demo(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [...wirelight, 'demo', ...args], { cwd: root });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code: code ?? 128, stdout, stderr })));
}

/** Everything that a demo makes and that is there now. */
function traces(): string[] {
  const among = (folder: string | undefined): string[] =>
    folder !== undefined && existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const named = [...among('/run/netns'), ...among(cgroupRoot()), ...among('/var/lib'), ...among('/sys/class/net')];
  const programs = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return /wirelight-demo|\/demo\/(shop|bank)/.test(line) ? [`${pid} ${line}`] : [];
      } catch {
        return []; // it has ended
      }
    });
  return [...named.filter((path) => /wirelight-demo|shop0/.test(path)), ...programs];
}

suite('The demo', {
  root: true,
  packages: ['iproute2', 'util-linux', 'dnsmasq', 'nginx', 'redis', 'postgresql', 'nats-server', 'nftables'],
}, () => {
  let running: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(0);
  let url = '';
  let printed = '';

  /** Starts it and waits for the address. */
  async function start(): Promise<void> {
    printed = '';
    const child = spawn(process.execPath, [...wirelight, 'demo', '--listen', '127.0.0.1:0'], {
      cwd: root,
      // One of somebody else on this machine would be used, and must not be.
      env: { ...process.env, WIRELIGHT_DATA: '/nonexistent/wirelight', WIRELIGHT_NO_INSTALL: '1' },
    });
    running = child;
    ended = new Promise((resolve) => child.once('exit', resolve));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        printed += data;
      });
    }
    for (let i = 0; i < 600 && !printed.includes('The shop runs') && child.exitCode === null; i++) await sleep(100);
    expect(printed).toContain('The shop runs');
    url = /Open (\S+)/.exec(printed)?.[1] ?? '';
  }

  async function ask<T>(path: string): Promise<T> {
    const { origin, searchParams } = new URL(url);
    const headers = { authorization: `Bearer ${searchParams.get('token')}` };
    const answer = await fetch(`${origin}/api/v1${path}`, { headers });
    expect(answer.status, path).toBe(200);
    return (await answer.json()) as T;
  }

  /** Edges of the last so many seconds as `source → destination protocol`. */
  async function edges(seconds = 60): Promise<Map<string, Graph['edges'][number]>> {
    const graph = await ask<Graph>(`/graph?from=-${seconds}s`);
    const names = new Map(graph.nodes.map(({ id, name }) => [id, name]));
    return new Map(
      graph.edges.map((edge) => [`${names.get(edge.source)} → ${names.get(edge.destination)} ${edge.protocol}`, edge]),
    );
  }

  /** How many rows SQL counts among what came since a moment. */
  async function counted(from: string, since: number): Promise<number> {
    const sql = `SELECT count() AS n FROM ${from} AND time > fromUnixTimestamp64Milli(${since})`;
    const { origin, searchParams } = new URL(url);
    const answer = await fetch(`${origin}/api/v1/query`, {
      method: 'POST',
      headers: { authorization: `Bearer ${searchParams.get('token')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
    });
    expect(answer.status, sql).toBe(200);
    const { rows } = (await answer.json()) as { rows: unknown[][] };
    return Number(Object.values(rows[0] ?? {})[0]);
  }

  beforeAll(async () => {
    await demo('clean');
    await start();
  });
  afterAll(async () => {
    running?.kill('SIGTERM');
    await ended;
    await demo('clean');
  });

  const expected = [
    'shop-customers → shop-web http',
    'shop-web → shop-api http',
    'shop-api → shop-db postgresql',
    'shop-api → shop-cache redis',
    'shop-api → shop-recommend http',
    'shop-api → shop-payments http',
    'shop-api → shop-queue nats',
    'shop-api → shop-dns dns',
    'shop-recommend → shop-cache redis',
    'shop-warehouse → shop-queue nats',
    'shop-warehouse → shop-db postgresql',
    'shop-payments → api.bank.example http',
    'shop-payments → shop-dns dns',
  ];

  it('shows the whole shop on the map within a minute, with names and protocols, and nobody else', async () => {
    await expect
      .poll(async () => [...(await edges()).keys()], { timeout: 60_000 })
      .toEqual(expect.arrayContaining(expected));
    const { nodes } = await ask<Graph>('/graph?from=-5m');
    const strangers = nodes.map(({ name }) => name).filter((name) => !/^shop-|^api\.bank\.example$/.test(name));
    expect(strangers).toEqual([]);
  });

  it('is told to break and to heal from another terminal, and says how it is', async () => {
    expect((await demo('status', '-o', 'json')).code).toBe(0);
    const unknown = await demo('break', 'everything');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('slow-database, failing-dns');
    const broken = await demo('break', 'retry-storm', '-o', 'json');
    expect(JSON.parse(broken.stdout)).toMatchObject({ broken: ['retry-storm'] });
    const healed = await demo('heal', '-o', 'json');
    expect(JSON.parse(healed.stdout)).toMatchObject({ broken: [] });
  });

  const visible: [FaultName, where: string][] = [
    ['slow-database', "requests WHERE protocol = 'postgresql' AND latency_ns > 100e6"],
    ['failing-dns', "requests WHERE protocol = 'dns' AND code_text = 'NXDOMAIN'"],
    ['refused-port', "events WHERE kind = 'connect_failed' AND destination_port = 8000"],
    ['packet-loss', "events WHERE kind = 'retransmit'"],
    ['retry-storm', "requests WHERE protocol = 'http' AND code = 503 AND destination_port = 80"],
  ];
  it.each(visible)('what %s does is in the data, and not before', async (fault, where) => {
    const before = Date.now();
    await sleep(4000);
    const usual = await counted(where, before);
    const since = Date.now();
    expect((await demo('break', fault)).code).toBe(0);
    await expect.poll(() => counted(where, since), { timeout: 40_000, interval: 500 }).toBeGreaterThan(usual + 5);
    expect((await demo('heal', fault)).code).toBe(0);
  });

  it('is one on a host: a second one says so', async () => {
    const second = await demo();
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('a demo runs on this host already');
    expect((await demo('clean')).stderr).toContain('a demo runs on this host already');
  });

  it('leaves nothing when it is told to end', async () => {
    expect(traces()).not.toEqual([]);
    running?.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(traces()).toEqual([]);
  });

  it('leaves nothing after it was killed, once it is cleaned', async () => {
    await start();
    running?.kill('SIGKILL');
    await ended;
    expect((await demo('clean')).stdout).toContain('network namespace wirelight-demo-api');
    await expect.poll(traces, { timeout: 20_000 }).toEqual([]);
    expect((await demo('clean')).stdout).toBe('Nothing was left.\n');
  });
});
