/** Under load as in life: what pgbench and redis-benchmark say they did is what was seen, statement by statement. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAgent } from '../../src/agent/agent.ts';
import { Outcome, RequestFlag } from '../../src/model/request.ts';
import { startPostgresql } from '../databases/postgresql.ts';
import { startRedisServer } from '../databases/redis.ts';
import { Lab } from '../net/lab.ts';
import { suite } from '../run/requires.ts';

suite('Databases under load', { root: true, packages: ['postgresql', 'redis'] }, () => {
  const lab = new Lab();
  const seen = new Map<string, number>();
  let postgresql: number;
  let redis: number;

  beforeAll(async () => {
    ({ port: postgresql } = await startPostgresql(lab));
    ({ port: redis } = await startRedisServer(lab));
    const agent = await startAgent(
      {},
      {
        request: (request, { server }) => {
          if (server.port !== postgresql && server.port !== redis) return;
          const isRight = request.outcome === Outcome.ok && (request.flags & RequestFlag.partial) === 0;
          const what = `${request.method} ${request.target} ${isRight ? 'ok' : 'in doubt'}`;
          seen.set(what, (seen.get(what) ?? 0) + 1);
        },
        connection: () => undefined,
        event: () => undefined,
      },
    );
    lab.defer(() => agent.stop());
  });
  afterAll(() => lab.close());

  it.each(['simple', 'extended', 'prepared'])('each statement of pgbench is seen once: %s', async (mode) => {
    const versions = readdirSync('/usr/lib/postgresql').map(Number);
    const pgbench = `/usr/lib/postgresql/${Math.max(...versions)}/bin/pgbench`;
    const to = ['-h', '127.0.0.1', '-p', String(postgresql), '-U', 'postgres', 'shop'];
    await lab.run(pgbench, ['-i', '-s', '1', '-q', ...to]);
    await sleep(500);
    seen.clear();
    const printed = await lab.run(pgbench, ['-n', '-M', mode, '-c', '4', '-t', '500', ...to]);
    expect(printed).toContain('actually processed: 2000/2000');
    await sleep(1000);
    const tables = ['accounts', 'tellers', 'branches'].map((name) => `UPDATE pgbench_${name} ok`);
    for (const what of ['BEGIN  ok', ...tables, 'SELECT pgbench_accounts ok', 'INSERT pgbench_history ok', 'END  ok']) {
      expect([what, seen.get(what)]).toEqual([what, 2000]);
    }
    expect([...seen.keys()].filter((what) => what.endsWith('in doubt'))).toEqual([]);
  });

  it.each(['1', '16', '64'])('each command of redis-benchmark is seen once, %s in flight', async (depth) => {
    seen.clear();
    const load = ['-n', '20000', '-c', '20', '-P', depth, '-t', 'set,get,incr', '-q'];
    await lab.run('redis-benchmark', ['-p', String(redis), ...load]);
    await sleep(1000);
    const commands = [...seen].filter(([what]) => /^(?:SET|GET|INCR) /.test(what));
    // It sends whole pipelines.
    const sent = Math.ceil(20_000 / Number(depth)) * Number(depth);
    expect(commands.map(([what, count]) => `${what.split(' ')[0]} ${what.endsWith(' ok')} ${count}`).sort()).toEqual([
      `GET true ${sent}`,
      `INCR true ${sent}`,
      `SET true ${sent}`,
    ]);
  });
});
