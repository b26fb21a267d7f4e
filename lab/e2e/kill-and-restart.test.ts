import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { placesIn } from '../../src/cli/up/data-directory.ts';
import { openStore } from '../../src/store/index.ts';

const root = join(import.meta.dirname, '../..');
const children = new Set<ChildProcess>();
const directories: string[] = [];

function start(...args: string[]): ChildProcess {
  const child = spawn(join(root, 'node_modules/.bin/tsx'), args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  children.add(child);
  return child;
}

/** Ends a process and those that it started, as a crash would. */
async function crash(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    return; // gone already
  }
  await gone;
}

afterEach(async () => {
  for (const child of [...children]) await crash(child);
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('whatever is killed whenever: each row that reached the spool is stored, once', async () => {
  const data = mkdtempSync(join(tmpdir(), 'wirelight-kill-'));
  directories.push(data);
  const notes = join(data, 'notes');
  const serve = (): ChildProcess =>
    start('src/cli/main.ts', 'serve', '--data', data, '--listen', '127.0.0.1:0', '--user', 'root');
  const send = (): ChildProcess => start('lab/e2e/kill/endless-sender.ts', data, notes);
  let server = serve();
  let agent = send();
  await pause(4000);
  for (let round = 0; round < 6; round++) {
    const victim = Math.floor(Math.random() * 3);
    if (victim !== 1) await crash(server);
    if (victim !== 0) await crash(agent);
    await pause(Math.random() * 1000);
    if (victim !== 1) server = serve();
    if (victim !== 0) agent = send();
    // A server takes two seconds or so to start: some die while they do.
    await pause(500 + Math.random() * 5000);
  }
  await crash(agent);
  await crash(server);

  // What is in the spool is sent by a last run, until nothing is left.
  server = serve();
  agent = send();
  const told = (): { first: number; rows: number }[] =>
    [...readFileSync(notes, 'utf8').matchAll(/^spooled (\d+) (\d+)$/gm)].map((match) => ({
      first: Number(match[1]),
      rows: Number(match[2]),
    }));
  await pause(8000);
  await crash(agent);
  const expected = told();
  const { Spool } = await import('../../src/wire/transport/spool.ts');
  const { Sender } = await import('../../src/wire/transport/sender.ts');
  const { ServerConnection } = await import('../../src/wire/transport/connection.ts');
  const places = placesIn(data);
  const { id } = JSON.parse(readFileSync(join(places.agent, 'agent.json'), 'utf8')) as { id: string };
  const spool = new Spool(places.spool, { bytes: 2 ** 30, memoryBytes: 2 ** 28 });
  const sender = new Sender(id, spool, new ServerConnection({ kind: 'unix', path: places.socket }), () => undefined);
  expect(await sender.drain(30_000)).toBe(true);
  await crash(server);

  expect(readFileSync(notes, 'utf8')).not.toMatch(/refused|full/);
  await using store = await openStore({ kind: 'embedded', directory: places.server });
  await store.flush();
  const answer = await store.query('SELECT resource, count() AS n FROM requests GROUP BY resource');
  const stored = new Map([...answer.objects()].map((row) => [String(row.resource), Number(row.n)]));
  const missing: string[] = [];
  for (const { first, rows } of expected) {
    for (let i = first; i < first + rows; i++) if (!stored.has(`/${i}`)) missing.push(`/${i}`);
  }
  expect(missing).toEqual([]);
  expect([...stored].filter(([, n]) => n !== 1)).toEqual([]);
  const rolled = await store.query('SELECT sum(requests) AS n FROM edges_1h');
  expect(Number(rolled.first()?.n)).toBe(stored.size);
  expect(expected.length).toBeGreaterThan(50);
}, 180_000);
