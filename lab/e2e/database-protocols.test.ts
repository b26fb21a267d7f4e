/** Real clients talk to real databases while this host is watched: every operation is seen once, in order, and a capture file tells the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newCaptureReading } from '../../src/capture/pcap/read-capture.ts';
import type { Connection } from '../../src/model/connection.ts';
import { Outcome, type RequestFields } from '../../src/model/request.ts';
import { protocols } from '../../src/protocols/index.ts';
import { cassandraObstacle, cassandraOperations, exerciseCassandra, startCassandra } from '../databases/cassandra.ts';
import { exerciseMemcached, memcachedOperations, startMemcachedServer } from '../databases/memcached.ts';
import { exerciseMongodb, ferretdbObstacle, mongodbOperations, startFerretdb } from '../databases/mongodb.ts';
import { exerciseMysql, mysqlOperations, startMariadb } from '../databases/mysql.ts';
import { exercisePostgresql, postgresqlOperations, startPostgresql } from '../databases/postgresql.ts';
import { exerciseRedis, redisOperations, startRedisServer } from '../databases/redis.ts';
import type { DatabaseServer } from '../databases/server.ts';
import { Lab } from '../net/lab.ts';
import { type Requirements, suite } from '../run/requires.ts';
import { type Watcher, watch } from './watcher.ts';

/** One database and what is done with it. */
interface Database {
  readonly name: string;
  start(lab: Lab): Promise<DatabaseServer>;
  exercise(port: number): Promise<void>;
  /** What is to be seen, in order: method, target, error. */
  readonly operations: readonly string[];
  /** Requests of the driver's own (handshakes, monitoring), which depend on its version. */
  isDrivers(request: Readonly<RequestFields>): boolean;
}

/** A request as the operations are written. */
function essence(r: Readonly<RequestFields>): string {
  const status = r.codeText !== '' && r.code < 0 ? r.codeText : r.code > 0 ? String(r.code) : '';
  return [r.method, r.target, r.protocol === 'memcached' ? r.codeText : status].filter((text) => text !== '').join(' ');
}

/** The same with all that a file must tell as the live capture did. */
function whole(r: Readonly<RequestFields>, { client, server }: Readonly<Connection>): string {
  const who = `${client.port} ${server.port} ${r.protocol} ${r.authority} ${r.userAgent}`;
  return `${who} ${essence(r)} ${r.resource} ${r.outcome} ${r.requestBytes} ${r.responseBytes} ${r.traceId}`;
}

function test(database: Database, requirements: Requirements): void {
  suite(`${database.name}, watched live and read from a file`, requirements, () => {
    const lab = new Lab();
    let watcher: Watcher;
    let port: number;
    const fromFile: string[] = [];

    beforeAll(async () => {
      ({ port } = await database.start(lab));
      const file = join(lab.folder(), 'traffic.pcap');
      const tcpdump = await lab.start('tcpdump', ['-n', '-i', 'lo', '-B', '65536', '-w', file, `tcp port ${port}`], {
        prints: /listening on/,
        stopSignal: 'SIGINT',
      });
      watcher = await watch(lab);
      await database.exercise(port);
      await sleep(1000);
      await tcpdump.stop();
      await watcher.agent.stop();
      const reading = newCaptureReading({
        protocols,
        protocolOptions: { keepRaw: false, datagramTimeout: 5e9 },
        sink: {
          request: (request, connection) => fromFile.push(whole(request, connection)),
          connection: () => undefined,
          event: () => undefined,
        },
      });
      async function* bytes() {
        yield readFileSync(file);
      }
      await reading.read(bytes());
    });
    afterAll(() => lab.close());

    it('shows every operation once, in order, with its outcome and latency', () => {
      const seen = watcher.to(port).filter((r) => !database.isDrivers(r));
      expect(seen.map(essence)).toEqual(database.operations);
      for (const r of seen) {
        expect(r).toMatchObject({ protocol: database.name, partial: false });
        expect(r.outcome).not.toBe(Outcome.unset);
        expect(r.end).toBeGreaterThan(r.start);
        expect(r.responseStart).toBeGreaterThanOrEqual(r.requestEnd);
      }
    });

    it('gives the same requests from a capture file', () => {
      expect(fromFile.length).toBeGreaterThanOrEqual(database.operations.length);
      const live = watcher.to(port).map((r) => whole(r, r.connection));
      expect([...fromFile].sort()).toEqual(live.sort());
    });
  });
}

test(
  {
    name: 'postgresql',
    start: startPostgresql,
    exercise: exercisePostgresql,
    operations: postgresqlOperations,
    isDrivers: () => false,
  },
  { root: true, packages: ['postgresql', 'tcpdump'] },
);

test(
  {
    name: 'mysql',
    start: startMariadb,
    exercise: exerciseMysql,
    operations: mysqlOperations,
    isDrivers: () => false,
  },
  { root: true, packages: ['mariadb-server', 'tcpdump'] },
);

test(
  {
    name: 'redis',
    start: startRedisServer,
    exercise: exerciseRedis,
    operations: redisOperations,
    isDrivers: (r) => /^(?:HELLO|CLIENT)/.test(r.method),
  },
  { root: true, packages: ['redis', 'tcpdump'] },
);

test(
  {
    name: 'memcached',
    start: startMemcachedServer,
    exercise: exerciseMemcached,
    operations: memcachedOperations,
    isDrivers: () => false,
  },
  { root: true, packages: ['memcached', 'tcpdump'] },
);

test(
  {
    name: 'mongodb',
    start: startFerretdb,
    exercise: exerciseMongodb,
    operations: mongodbOperations,
    isDrivers: (r) => /^(?:hello|ismaster|endSessions)$/i.test(r.method),
  },
  { root: true, packages: ['tcpdump'], unless: ferretdbObstacle() },
);

test(
  {
    name: 'cassandra',
    start: startCassandra,
    exercise: exerciseCassandra,
    operations: cassandraOperations,
    isDrivers: (r) =>
      /^(?:STARTUP|OPTIONS|REGISTER)$/.test(r.method) || r.target.startsWith('system') || r.resource === 'USE "shop"',
  },
  { root: true, packages: ['tcpdump'], unless: cassandraObstacle() },
);
