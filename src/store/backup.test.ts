import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';
import { someRequests, tableBlock } from './testing/store-suite.ts';

const root = mkdtempSync(join(tmpdir(), 'wirelight-backup-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const agent = 'aaaaaaaaaaaaaaaa';
const open = (name: string): Promise<Store> =>
  openStore({ kind: 'embedded', directory: join(root, name), fsync: false });

/** Everything that a store holds, as numbers that would differ if anything did. */
async function contents(store: Store): Promise<unknown[]> {
  const sums: unknown[] = [];
  for (const table of ['requests', 'flows', 'events', 'entities', 'meta', 'request_traces', 'edges_10s', 'edges_1h']) {
    const answer = await store.query(
      `SELECT count() AS n, sum(cityHash64(tuple(*))) AS sum FROM ${table}${table.startsWith('edges') ? ' FINAL' : ''}`,
    );
    sums.push([table, answer.first()?.n, answer.first()?.sum]);
  }
  return sums;
}

test('a backup brings everything back into a fresh directory, taken while blocks come in', async () => {
  const backup = join(root, 'backup');
  let before: unknown[];
  {
    await using store = await open('one');
    let sequence = 0;
    const write = async (count: number) => {
      await store.write({ agent, sequence: ++sequence, block: tableBlock('requests', someRequests(count)) });
    };
    await write(700);
    await store.write({ agent, sequence: ++sequence, block: tableBlock('flows', [{ source_bytes: 7, agent }]) });
    await store.append('meta', [{ key: 'k', value: '1' }]);
    await store.flush();
    before = await contents(store);
    const taken = store.backup(backup);
    await write(50);
    expect((await taken).bytes).toBeGreaterThan(0);
  }
  await using store = await open('two');
  await store.restore(backup);
  expect(await contents(store)).toEqual(before);
  // It goes on from there: rows come in, and reach the roll-ups.
  await store.write({ agent, sequence: 1, block: tableBlock('requests', someRequests(5)) });
  await store.flush();
  const answer = await store.query('SELECT count() AS n, (SELECT sum(requests) FROM edges_1h) AS rolled FROM requests');
  expect([answer.first()?.n, answer.first()?.rolled]).toEqual([705n, 705n]);
  expect((await store.migrate()).applied).toEqual([]);

  // A store that holds something is never mixed with a backup, and what is no backup says so.
  await expect(store.restore(backup)).rejects.toMatchObject({
    message: 'a backup is restored into an empty store only',
    next: expect.stringContaining('empty data directory'),
  });
  expect((await contents(store))[0]).toEqual(['requests', 705n, expect.anything()]);
  await expect(store.backup(backup)).rejects.toMatchObject({ code: 'backup_exists' });
});

test('a directory that another process has open is left alone, and who has it is said', async () => {
  const code = `import { openStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    await openStore({ kind: 'embedded', directory: ${JSON.stringify(join(root, 'held'))}, fsync: false });
    process.stdout.write('open');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'data');
    await expect(open('held')).rejects.toMatchObject({
      code: 'store_locked',
      why: `process ${holder.pid} has it open`,
    });
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  // What a process that was killed left there is nobody's.
  await using store = await open('held');
  expect((await store.query('SELECT count() AS n FROM requests')).first()?.n).toBe(0n);
});

test('what is no backup is refused before anything is touched', async () => {
  await using store = await open('three');
  const strange = join(root, 'strange');
  mkdirSync(strange);
  writeFileSync(join(strange, 'notes.txt'), 'hello');
  for (const directory of [strange, join(root, 'nowhere')]) {
    await expect(store.restore(directory)).rejects.toMatchObject({ code: 'no_backup' });
  }
  // The store is as it was.
  await store.write({ agent, sequence: 1, block: tableBlock('requests', someRequests(5)) });
  await store.flush();
  expect((await store.query('SELECT count() AS n FROM requests')).first()?.n).toBe(5n);
});
