/**
 * Real clients talk to real databases while this host is watched: every operation is seen once, in order, within the time
 * that it took the client, and a capture file tells the same. What drivers do not do (pipelines, COPY, cancel, quiet
 * commands, subscriptions, ...) is done by the scenarios that the unit tests have recordings of.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Outcome, outcomeNames, type RequestFields, RequestFlag } from '../../src/model/request.ts';
import type { Calls } from '../calls.ts';
import { cassandraObstacle, exerciseCassandra } from '../databases/cassandra.ts';
import { exerciseMemcached } from '../databases/memcached.ts';
import { exerciseMongodb, ferretdbObstacle } from '../databases/mongodb.ts';
import { exerciseMysql } from '../databases/mysql.ts';
import { exercisePostgresql } from '../databases/postgresql.ts';
import { exerciseRedis } from '../databases/redis.ts';
import { scenarios } from '../databases/scenarios.ts';
import { Lab } from '../net/lab.ts';
import { type Requirements, suite } from '../run/requires.ts';
import { scenarioOperations } from './database-operations.ts';
import { expectAsMade, type TimedRequest, type WatchedExchange, watchExchange } from './watched-exchange.ts';

/** Milliseconds before and after a scenario that belong to it. */
const PAUSE = 50;

/** One database and what is done with it. */
interface Database {
  readonly name: keyof typeof scenarioOperations;
  exercise(port: number, calls: Calls): Promise<void>;
  /** Requests of the driver's own (handshakes, monitoring), which depend on its version. */
  isDrivers(request: Readonly<RequestFields>): boolean;
  /** True where what is asked at once may be answered in any order. */
  readonly isMultiplexed?: boolean;
}

/** A request as the operations are written: method, target, status. */
function essence(r: Readonly<RequestFields>): string {
  const status = r.codeText !== '' && r.code < 0 ? r.codeText : r.code > 0 ? String(r.code) : '';
  return [r.method, r.target, r.protocol === 'memcached' ? r.codeText : status].filter((text) => text !== '').join(' ');
}

const markOf = [
  [RequestFlag.partial, 'partial'],
  [RequestFlag.wait, 'wait'],
  [RequestFlag.streaming, 'streaming'],
  [RequestFlag.oneWay, 'one-way'],
] as const;

/** The same with how it ended where that is not well, and what is special about it. */
function detail(r: Readonly<RequestFields>): string {
  const outcome = outcomeNames[r.outcome];
  const marks = markOf.filter(([flag]) => (r.flags & flag) !== 0).map(([, mark]) => mark);
  const compressed = r.attributes.includes('mysql.compressed') ? ['compressed'] : [];
  const more = [...(r.outcome === Outcome.ok ? [] : [outcome]), ...marks, ...compressed];
  return more.length === 0 ? essence(r) : `${essence(r)} (${more.join(', ')})`;
}

function test({ name, exercise, isDrivers, isMultiplexed }: Database, requirements: Requirements): void {
  suite(`${name}, watched live and read from a file`, requirements, () => {
    const lab = new Lab();
    let driver: WatchedExchange;
    let special: WatchedExchange;
    const expected: Readonly<Record<string, readonly string[]>> = scenarioOperations[name];

    beforeAll(async () => {
      const cgroup = lab.ownCgroup();
      const { port } = await scenarios[name].start(lab);
      driver = await watchExchange(lab, cgroup, port, (calls) => exercise(port, calls));
      special = await watchExchange(lab, cgroup, port, async (calls) => {
        for (const scenario of scenarios[name].scenarios) {
          if (!(scenario.name in expected)) continue;
          await sleep(2 * PAUSE);
          await calls.note(scenario.name, () => scenario.run(port));
        }
      });
    });
    afterAll(() => lab.close());

    it('shows every operation of the driver once, in order, with its outcome, while the driver waited for it', () => {
      const { live, made, losses } = driver;
      const seen = live.filter((r) => !isDrivers(r));
      expectAsMade(seen, made, essence);
      for (const r of seen) {
        expect(r).toMatchObject({ protocol: name, partial: false });
        if ((r.flags & RequestFlag.oneWay) !== 0) continue;
        expect(r.outcome).not.toBe(Outcome.unset);
        expect(r.responseStart).toBeGreaterThanOrEqual(r.requestEnd);
      }
      expect(losses).toEqual({});
    });

    it('shows what drivers do not do', () => {
      const during = (requests: readonly TimedRequest[], began: number, ended: number) => {
        const told = requests.filter((r) => r.began >= began - PAUSE && r.began <= ended + PAUSE).map(detail);
        return isMultiplexed ? told.sort() : told;
      };
      const told = special.made.map(({ what, began, ended }) => [what, during(special.live, began, ended)]);
      expect(Object.fromEntries(told)).toEqual(expected);
      // What is compressed, and says so, is not read.
      const { mysql_compressed: _, ...losses } = special.losses;
      expect(losses).toEqual({});
    });

    it('gives the same requests from a capture file, with the same latencies', () => {
      expect(driver.fileLines).toEqual(driver.liveLines);
      expectAsMade(
        driver.file.filter((r) => !isDrivers(r)),
        driver.made,
        essence,
      );
      expect(special.fileLines).toEqual(special.liveLines);
    });
  });
}

test(
  { name: 'postgresql', exercise: exercisePostgresql, isDrivers: () => false },
  { root: true, packages: ['postgresql', 'tcpdump'] },
);
test(
  { name: 'mysql', exercise: exerciseMysql, isDrivers: () => false },
  { root: true, packages: ['mariadb-server', 'tcpdump'] },
);
test(
  { name: 'redis', exercise: exerciseRedis, isDrivers: (r) => /^(?:HELLO|CLIENT)/.test(r.method) },
  { root: true, packages: ['redis', 'tcpdump'] },
);
test(
  { name: 'memcached', exercise: exerciseMemcached, isDrivers: () => false },
  { root: true, packages: ['memcached', 'tcpdump'] },
);
test(
  {
    name: 'mongodb',
    isMultiplexed: true,
    exercise: (port, calls) => exerciseMongodb(port, {}, calls),
    isDrivers: (r) => /^(?:hello|ismaster|endSessions)$/i.test(r.method),
  },
  { root: true, packages: ['tcpdump'], unless: ferretdbObstacle() },
);
test(
  {
    name: 'cassandra',
    isMultiplexed: true,
    exercise: exerciseCassandra,
    isDrivers: (r) =>
      /^(?:STARTUP|OPTIONS|REGISTER)$/.test(r.method) || r.target.startsWith('system') || r.resource === 'USE "shop"',
  },
  { root: true, packages: ['tcpdump'], unless: cassandraObstacle() },
);
