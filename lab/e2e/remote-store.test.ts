import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { placesIn } from '../../src/cli/up/data-directory.ts';
import { blockOf } from '../../src/server/testing/test-server.ts';
import { ServerConnection } from '../../src/wire/transport/connection.ts';
import { Sender } from '../../src/wire/transport/sender.ts';
import { Spool } from '../../src/wire/transport/spool.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'wirelight-remote-'));
// The server becomes a user without rights, who must get there.
chmodSync(directory, 0o755);
const running: ChildProcess[] = [];
afterAll(async () => {
  for (const child of running) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a program of ours and waits for the address that it says first. */
async function start(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${args.join(' ')} ended with ${code}`);
  });
  const said = await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended]);
  ended.catch(() => undefined);
  return { child, url: String(said[0]).split('\n')[0] };
}

/** The server of the command line, with everything kept behind ClickHouse's HTTP interface. */
test('a server keeps everything in a remote store, loses nothing while that is away, and finds it again after a restart', async () => {
  const kept = join(directory, 'clickhouse');
  const password = join(directory, 'password');
  writeFileSync(password, 'se"cret\n', { mode: 0o644 });
  const data = join(directory, 'data');
  const engine = () => start('src/store/testing/clickhouse-http.ts', kept, 'wirelight', 'se"cret', '38123');
  let store = await engine();
  const serve = () =>
    start(
      'src/cli/main.ts',
      'serve',
      '--data',
      data,
      '--listen',
      '127.0.0.1:0',
      '--store',
      store.url,
      '--store-user',
      'wirelight',
      '--store-password-file',
      password,
    );
  let server = await serve();
  const spool = new Spool(join(directory, 'spool'), { bytes: 2 ** 28, memoryBytes: 2 ** 26 });
  using connection = new ServerConnection({ kind: 'unix', path: placesIn(data).socket });
  const refused: string[] = [];
  const sender = new Sender('eeeeeeeeeeeeeeee', spool, connection, (_, why) => refused.push(why));
  let sequence = 0;
  const give = (): void => {
    const row = {
      time: BigInt(Date.now()) * 1_000_000n,
      side: 'both',
      counted: true,
      protocol: 'http',
      source: '00000000000000a1',
    };
    spool.add(
      ++sequence,
      'requests',
      50,
      blockOf(
        'requests',
        Array.from({ length: 50 }, () => row),
      ),
    );
    sender.poke();
  };
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const [base, token] = server.url.split('?token=');
    const answer = await fetch(`${base}api/v1/${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return await answer.json();
  };
  const counted = { rows: [[expect.any(Number), expect.any(Number)]] };
  const count = async () => {
    const answer = await ask('query', { sql: 'SELECT count(), (SELECT sum(requests) FROM edges_1h) FROM requests' });
    expect(answer).toMatchObject(counted);
    return (answer as { rows: number[][] }).rows[0];
  };
  try {
    give();
    expect(await sender.drain(30_000)).toBe(true);
    expect(await count()).toEqual([50, 50]);

    store.child.kill('SIGKILL');
    await once(store.child, 'exit');
    give();
    give();
    expect(await sender.drain(3000)).toBe(false);
    expect(spool.size).toBe(2);
    store = await engine();
    expect(await sender.drain(30_000)).toBe(true);
    expect(await count()).toEqual([150, 150]);

    server.child.kill('SIGTERM');
    await once(server.child, 'exit');
    server = await serve();
    expect(await count()).toEqual([150, 150]);
    expect(await ask('health')).toMatchObject({ store: { kind: 'remote' } });
    expect(refused).toEqual([]);
  } finally {
    sender.stop();
  }
});
