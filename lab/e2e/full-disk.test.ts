import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockOf, startTestServer, type TestServer } from '../../src/server/testing/test-server.ts';
import { ServerConnection } from '../../src/wire/transport/connection.ts';
import { Sender } from '../../src/wire/transport/sender.ts';
import { Spool } from '../../src/wire/transport/spool.ts';

const agent = 'cccccccccccccccc';
const rowsPerBlock = 1000;
const directory = mkdtempSync(join(tmpdir(), 'wirelight-full-'));
const small = join(directory, 'small');
const filler = join(small, 'filler');
const lines: string[] = [];
let server: TestServer;

/** A file system of 160 MB, on which the server keeps everything; the agent's spool is elsewhere. */
beforeAll(async () => {
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'wirelight-test', small]);
  const data = join(small, 'data');
  mkdirSync(data);
  server = await startTestServer({
    data,
    store: { kind: 'embedded', directory: data, fsync: true, freshMilliseconds: 200, idleMilliseconds: 200 },
    ingest: [{ kind: 'unix', path: join(directory, 'ingest.sock') }],
    log: (line) => lines.push(line),
  });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  execFileSync('umount', ['-l', small]);
  rmSync(directory, { recursive: true, force: true });
});

function free(): number {
  const { bavail, bsize } = statfsSync(small);
  return bavail * bsize;
}

/** Rows that do not compress. */
function someBlock(first: number): Uint8Array {
  const rows = Array.from({ length: rowsPerBlock }, (_, i) => ({
    time: BigInt(Date.now()) * 1_000_000n,
    side: 'both',
    counted: true,
    protocol: 'http',
    source: '00000000000000a1',
    destination: '00000000000000b2',
    resource: `${first + i} ${Array.from({ length: 30 }, () => Math.random().toString(36).slice(2)).join('')}`,
    agent,
  }));
  return blockOf('requests', rows).slice();
}

async function count(): Promise<{ rows: number; distinct: number; rolledUp: number }> {
  await server.server.parts.store.flush();
  const answer = await server.server.parts.store.query(
    'SELECT count() AS rows, uniqExact(resource) AS distinct, (SELECT sum(requests) FROM edges_1h) AS rolled FROM requests',
  );
  const row = answer.first();
  return { rows: Number(row?.rows), distinct: Number(row?.distinct), rolledUp: Number(row?.rolled) };
}

describe('a full disk', () => {
  test('stops nothing for good: the agent keeps its blocks, people are told, and all is stored once when there is room', async () => {
    const spool = new Spool(join(directory, 'spool'), { bytes: 2 ** 28, memoryBytes: 2 ** 26 });
    const refused: string[] = [];
    using connection = new ServerConnection({ kind: 'unix', path: join(directory, 'ingest.sock') });
    const sender = new Sender(agent, spool, connection, (_, why) => refused.push(why));
    let sequence = 0;
    const give = (blocks: number): void => {
      for (let i = 0; i < blocks; i++) {
        const bytes = someBlock(sequence * rowsPerBlock);
        spool.add(++sequence, 'requests', rowsPerBlock, bytes);
      }
      sender.poke();
    };
    rmSync(filler, { force: true });
    try {
      give(3);
      expect(await sender.drain(30_000)).toBe(true);
      // What was acknowledged is in the journal; the store has it a moment later.
      await expect
        .poll(async () => (await server.ask('graph', {})).edges.length, { timeout: 30_000 })
        .toBeGreaterThan(0);
      writeFileSync(filler, Buffer.alloc(free() - 4_000_000));
      give(30);
      expect(await sender.drain(5000)).toBe(false);
      // The agent knows why, lost nothing, and nothing was refused for good.
      expect(sender.trouble).toMatch(/disk/);
      expect(spool.size).toBeGreaterThan(0);
      expect([spool.lostBlocks, refused]).toEqual([0, []]);
      // The server still answers, and says so.
      const report = await server.server.parts.store.retain();
      expect(report).toMatchObject({ state: 'over', dropped: [] });
      expect(report.message).toContain('give it more room');
      expect((await server.ask('graph', {})).edges.length).toBeGreaterThan(0);

      rmSync(filler);
      expect(await sender.drain(60_000)).toBe(true);
      const rows = sequence * rowsPerBlock;
      expect(await count()).toEqual({ rows, distinct: rows, rolledUp: rows });
      expect((await server.server.parts.store.retain()).state).not.toBe('over');
    } finally {
      sender.stop();
    }
  });

  test('is announced before it is full', async () => {
    const total = statfsSync(small).blocks * statfsSync(small).bsize;
    writeFileSync(filler, Buffer.alloc(Math.max(0, free() - Math.floor(total * 0.08))));
    const report = await server.server.parts.store.retain();
    expect(report.state).toBe('near');
    expect(report.message).toMatch(/MB are left on the store's disk: soon the oldest rows will be dropped/);
    rmSync(filler);
    expect((await server.server.parts.store.retain()).state).toBe('ok');
  });
});
