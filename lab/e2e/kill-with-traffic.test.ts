/** `wirelight up` with real traffic, whose parts are killed at random moments: what was seen is stored, once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { placesIn } from '../../src/cli/up/data-directory.ts';
import { openStore } from '../../src/store/index.ts';
import { Lab } from '../net/lab.ts';
import { startNginx } from '../net/servers.ts';

const root = join(import.meta.dirname, '../..');
const port = 18_080;
let lab = new Lab();

afterEach(async () => {
  await lab.close();
  lab = new Lab();
});

/** Asks over some kept connections at a steady pace, each request with a number of its own, and says of each when it was made. */
const client = `
import http from 'node:http';
let next = 1, stop = false;
process.on('SIGTERM', () => { stop = true; });
const worker = async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  while (!stop) {
    const id = next++, began = Date.now();
    await new Promise((done, failed) => http.get({ host: '127.0.0.1', port: ${port}, path: '/', agent, headers: { 'x-request-id': 'r' + id } },
      (answer) => answer.resume().on('end', done)).on('error', failed));
    process.stdout.write('r' + id + ' ' + began + ' ' + Date.now() + '\\n');
    await new Promise((done) => setTimeout(done, 15));
  }
  agent.destroy();
};
await Promise.all([worker(), worker(), worker(), worker()]);
process.stdout.write('end\\n');
`;

interface Made {
  readonly id: string;
  readonly began: number;
  readonly ended: number;
}

/** The client's notes. */
function madeBy(text: string): Made[] {
  return [...text.matchAll(/^(r\d+) (\d+) (\d+)$/gm)].map(([, id, began, ended]) => ({
    id,
    began: Number(began),
    ended: Number(ended),
  }));
}

type Part = 'agent' | 'server';

/** A running `wirelight up`, and what a crash does to it. */
class Up {
  readonly data: string;
  readonly #cgroup: string;
  #child: ChildProcess | undefined;

  constructor(data: string, cgroup: string) {
    this.data = data;
    this.#cgroup = cgroup;
  }

  async start(): Promise<void> {
    const args = ['up', '--data', this.data, '--listen', '127.0.0.1:0', '--user', 'root', '--cgroup', this.#cgroup];
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let said = '';
    child.stderr?.on('data', (data) => {
      said += data;
    });
    await Promise.race([
      new Promise((resolve) => child.stdout?.once('data', resolve)),
      new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`up ended with ${code}: ${said}`)))),
    ]);
  }

  /** Kills a part as a crash would. @returns false where it did not run just then */
  kill(part: Part): boolean {
    const pid = this.#pidOf(part);
    if (pid === undefined) return false;
    return killNow(pid);
  }

  /** Kills who looks after both, and both. */
  async killAll(): Promise<void> {
    const pids = [this.#pidOf('agent'), this.#pidOf('server')];
    this.#child?.kill('SIGKILL');
    for (const pid of pids) if (pid !== undefined) killNow(pid);
    await this.#gone();
  }

  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.#gone();
  }

  /** When each run of the agent began that the server knows of, epoch milliseconds. */
  async agentStarted(): Promise<number | undefined> {
    try {
      const places = placesIn(this.data);
      const answer = await fetch(new URL('/api/v1/agents', readFileSync(places.address, 'utf8').trim()), {
        headers: { authorization: `Bearer ${readFileSync(places.token, 'utf8').trim()}` },
      });
      const { items } = (await answer.json()) as { items: { started: string; kernel: string }[] };
      return items.length === 0 || items[0].kernel === '' ? undefined : Date.parse(items[0].started);
    } catch {
      return undefined; // it is being killed
    }
  }

  get spooled(): number {
    const { spool } = placesIn(this.data);
    return existsSync(spool) ? readdirSync(spool).filter((name) => name.endsWith('.block')).length : 0;
  }

  async #gone(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
    this.#child = undefined;
  }

  #pidOf(part: Part): number | undefined {
    const { pid } = this.#child ?? {};
    if (pid === undefined) return undefined;
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const parent = / \w \d+/.exec(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\)/s, ') '))?.[0];
        if (Number(parent?.split(' ')[2]) !== pid) continue;
        if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`wirelight-${part}.ts`)) return Number(name);
      } catch {
        // It ended meanwhile.
      }
    }
    return undefined;
  }
}

/** @returns false where it was gone already */
function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Sets up nginx, the client and Wirelight, and waits until it watches. */
async function begin() {
  const namespace = lab.namespace();
  const cgroup = lab.cgroup();
  await startNginx(lab, { namespace, cgroup, port }, { log: false });
  const up = new Up(lab.folder(), cgroup.path);
  lab.defer(() => up.killAll());
  await up.start();
  await until(async () => (await up.agentStarted()) !== undefined);
  const asking = await lab.start('node', ['--input-type=module', '-e', client], { namespace, cgroup, prints: /^r1 /m });
  return { up, asking };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!(await holds()) && Date.now() < deadline) await sleep(200);
}

/** Ends everything in order, and gives how often each request is in the store. */
async function stored(up: Up): Promise<Map<string, number>> {
  await sleep(3000);
  await up.stop();
  // What a server that was killed had not taken yet.
  for (let round = 0; up.spooled > 0 && round < 3; round++) {
    await up.start();
    await until(() => up.spooled === 0);
    await up.stop();
  }
  expect(up.spooled).toBe(0);
  await using store = await openStore({ kind: 'embedded', directory: placesIn(up.data).server });
  await store.flush();
  const counts = await store.query(
    `SELECT correlation_id AS id, count() AS n FROM requests WHERE destination_port = ${port} AND correlation_id != '' GROUP BY id`,
  );
  const totals = await store.query(
    `SELECT (SELECT count() FROM requests WHERE counted) AS rows, (SELECT sum(requests) FROM edges_10s WHERE counted) AS fine, (SELECT sum(requests) FROM edges_1h WHERE counted) AS coarse`,
  );
  const { rows, fine, coarse } = totals.first() ?? {};
  expect([Number(fine), Number(coarse)]).toEqual([Number(rows), Number(rows)]);
  return new Map([...counts.objects()].map((row) => [String(row.id), Number(row.n)]));
}

test('a server that is killed at any moment loses nothing and doubles nothing', async () => {
  const { up, asking } = await begin();
  let kills = 0;
  for (let round = 0; round < 5; round++) {
    await sleep(500 + Math.random() * 4000);
    if (up.kill('server')) kills++;
  }
  await until(async () => (await up.agentStarted()) !== undefined);
  asking.child.kill('SIGTERM');
  await asking.ended;
  const counts = await stored(up);
  const made = madeBy(asking.stdout);
  expect(kills).toBeGreaterThan(2);
  expect(made.length).toBeGreaterThan(500);
  expect(made.filter(({ id }) => !counts.has(id))).toEqual([]);
  expect([...counts].filter(([, n]) => n !== 1)).toEqual([]);
}, 180_000);

test('agent, server or both are killed at any moment: what an agent saw and had time to write down is stored once', async () => {
  const { up, asking } = await begin();
  /** Runs of the agent: when it began to watch, and when it was killed. */
  const runs: { began: number; killed: number }[] = [];
  let began = await up.agentStarted();
  const look = async (milliseconds: number): Promise<void> => {
    for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(300))
      began = (await up.agentStarted()) ?? began;
  };
  const agentDied = (): void => {
    if (began !== undefined && began !== runs.at(-1)?.began) runs.push({ began, killed: Date.now() });
  };
  for (let round = 0; round < 6; round++) {
    await look(6000 + Math.random() * 3000);
    switch (round % 3) {
      case 0:
        agentDied();
        up.kill('agent');
        break;
      case 1:
        agentDied();
        up.kill('server');
        await sleep(Math.random() * 500);
        up.kill('agent');
        break;
      default:
        agentDied();
        await up.killAll();
        await sleep(Math.random() * 1000);
        await up.start();
    }
  }
  await look(8000);
  asking.child.kill('SIGTERM');
  await asking.ended;
  runs.push({ began: began ?? 0, killed: Number.POSITIVE_INFINITY });
  const counts = await stored(up);
  const made = madeBy(asking.stdout);
  expect([...counts].filter(([, n]) => n !== 1)).toEqual([]);
  // A block is written down every two seconds; on a busy machine somewhat later.
  const seen = made.filter((one) => runs.some((run) => one.began > run.began + 1000 && one.ended < run.killed - 4000));
  expect(seen.length).toBeGreaterThan(300);
  expect(seen.filter(({ id }) => !counts.has(id))).toEqual([]);
  // Nothing is stored that was not asked.
  const asked = new Set(made.map(({ id }) => id));
  expect([...counts.keys()].filter((id) => !asked.has(id))).toEqual([]);
}, 240_000);
