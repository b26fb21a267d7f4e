import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment } from '../model/tables/ddl.ts';
import { Answer, asNumber, asText } from './answer.ts';
import { EmbeddedEngine } from './embedded/embedded-engine.ts';
import { guestDefaults } from './engine.ts';
import { migrate } from './migrate.ts';
import { applyRetention, retain } from './retention.ts';
import { someRequests, tableBlock } from './testing/store-suite.ts';

const deployment: Deployment = { database: 'wirelight', cluster: '', retentionDays: {}, fsync: false };
const directory = mkdtempSync(join(tmpdir(), 'wirelight-retention-'));
const gigabytes = 1e9;
const roomy = { total: 100 * gigabytes, free: 50 * gigabytes, budget: 0 };
const fourHours = 4n * 3_600_000_000_000n;
/** Beginning of a partition, a day ago. */
const base = ((BigInt(Date.now()) * 1_000_000n) / fourHours) * fourHours - 6n * fourHours;
let engine: EmbeddedEngine;

beforeAll(async () => {
  engine = await EmbeddedEngine.open({
    directory,
    database: 'wirelight',
    memory: 1_500_000_000,
    readers: 1,
    threads: 2,
    guest: guestDefaults,
  });
  await migrate(engine, deployment, 'test');
  for (let i = 0n; i < 4n; i++) {
    const block = tableBlock('requests', someRequests(400, base + i * fourHours));
    await engine.insert({
      database: 'wirelight',
      table: 'requests',
      columns: block.known,
      skipUnknown: false,
      blocks: [block.bytes],
      token: `retention/${i}`,
    });
  }
});
afterAll(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

async function ask(sql: string): Promise<Answer> {
  return new Answer(await engine.query(sql));
}

async function partitionsOf(table: string): Promise<string[]> {
  const answer = await ask(
    `SELECT DISTINCT partition_id AS p FROM system.parts WHERE active AND table = '${table}' ORDER BY p`,
  );
  return answer.column('p').map(asText);
}

describe('a disk budget', () => {
  test('that is kept says nothing', async () => {
    const report = await retain(engine, deployment, roomy);
    expect(report).toMatchObject({ state: 'ok', message: '', dropped: [] });
    expect(report.bytes).toBeGreaterThan(0);
  });

  test('is announced before it is reached, and nothing is dropped', async () => {
    const { bytes } = await retain(engine, deployment, roomy);
    const report = await retain(engine, deployment, { ...roomy, budget: Math.ceil(bytes * 1.05) });
    expect(report).toMatchObject({ state: 'near', dropped: [] });
    expect(report.message).toMatch(/takes 95 % of its disk budget: soon the oldest rows will be dropped/);
  });

  test('that is exceeded drops the oldest rows first, and leaves their roll-ups', async () => {
    const before = await partitionsOf('requests');
    const hours = asNumber((await ask('SELECT sum(requests) AS n FROM edges_1h')).first()?.n);
    const { bytes } = await retain(engine, deployment, roomy);
    const report = await retain(engine, deployment, { ...roomy, budget: bytes - 1 });
    expect(report.state).toBe('over');
    expect(report.dropped.map((one) => [one.table, one.partition])).toEqual([['requests', before[0]]]);
    expect(report.message).toMatch(/took more than its disk budget: 400 of the oldest rows were dropped/);
    expect(await partitionsOf('requests')).toEqual(before.slice(1));
    // Traces of what is still there are still found.
    expect(
      asNumber(
        (
          await ask(
            'SELECT uniqExact(minute) AS n FROM request_traces WHERE minute * 60 >= (SELECT min(toUnixTimestamp(time)) FROM requests)',
          )
        ).first()?.n,
      ),
    ).toBeGreaterThan(0);
    expect(asNumber((await ask('SELECT sum(requests) AS n FROM edges_1h')).first()?.n)).toBe(hours);
    expect((await retain(engine, deployment, { ...roomy, budget: bytes })).state).not.toBe('over');
  });

  test('is also the disk’s own end', async () => {
    const near = await retain(engine, deployment, { total: 100 * gigabytes, free: 1.5 * gigabytes, budget: 0 });
    expect(near).toMatchObject({ state: 'near', dropped: [] });
    const over = await retain(engine, deployment, { total: 100 * gigabytes, free: gigabytes - 1, budget: 0 });
    expect(over.state).toBe('over');
    expect(over.message).toMatch(/the disk was nearly full/);
    expect(over.dropped).toHaveLength(1);
  });

  test('never takes the newest, however little it is, and says that there is nothing left to drop', async () => {
    const report = await retain(engine, deployment, { ...roomy, budget: 1 });
    expect(report.state).toBe('over');
    expect(await partitionsOf('requests')).toHaveLength(1);
    const again = await retain(engine, deployment, { ...roomy, budget: 1 });
    expect(again).toMatchObject({ state: 'over', dropped: [] });
    expect(again.message).toMatch(/nothing old to drop: give it more room/);
    expect(asNumber((await ask('SELECT count() AS n FROM requests')).first()?.n)).toBe(400);
  });
});

test('retention by time is what the configuration says, and is changed where that changes', async () => {
  const ttl = async (table: string) =>
    asText((await ask(`SELECT engine_full AS e FROM system.tables WHERE name = '${table}'`)).first()?.e);
  expect(await ttl('requests')).toContain('toIntervalDay(14)');
  await applyRetention(engine, { ...deployment, retentionDays: { requests: 3 } });
  expect(await ttl('requests')).toContain('toIntervalDay(3)');
  // Traces are found as long as there are their requests.
  expect(await ttl('request_traces')).toContain('toIntervalDay(3)');
  expect(await ttl('edges_1h')).toContain('toIntervalDay(400)');
  // What is older goes: rows of last week are gone once their part has been looked at.
  const old = tableBlock('requests', someRequests(10, base - 42n * fourHours));
  await engine.insert({
    database: 'wirelight',
    table: 'requests',
    columns: old.known,
    skipUnknown: false,
    blocks: [old.bytes],
    token: 'retention/old',
  });
  await engine.query('OPTIMIZE TABLE requests FINAL');
  expect(asNumber((await ask('SELECT min(time) < now() - INTERVAL 3 DAY AS old FROM requests')).first()?.old)).toBe(0);
});
