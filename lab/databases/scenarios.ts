import type { Lab } from '../net/lab.ts';
import { cassandraScenarios, startCassandra } from './cassandra.ts';
import { memcachedScenarios, startMemcachedServer } from './memcached.ts';
import { mongodbScenarios, startFerretdb } from './mongodb.ts';
import { mysqlScenarios, startMariadb } from './mysql.ts';
import { exercisePostgresql, startPostgresql } from './postgresql.ts';
import * as postgresql from './postgresql-scenarios.ts';
import type { Scenario } from './record.ts';
import { redisScenarios, startRedisServer } from './redis.ts';
import type { DatabaseServer } from './server.ts';

/** What is recorded of one protocol. */
export interface ScenarioSet {
  /** Which client and server. */
  readonly about: string;
  start(lab: Lab): Promise<DatabaseServer>;
  readonly scenarios: readonly Scenario[];
}

/** By name of protocol. */
export const scenarios: Readonly<Record<string, ScenarioSet>> = {
  postgresql: {
    about: 'PostgreSQL 15 with node-postgres 8.23, psql and messages of our own.',
    start: startPostgresql,
    scenarios: [{ name: 'node-postgres', run: (port) => exercisePostgresql(port) }, ...postgresql.scenarios],
  },
  redis: {
    about: 'Redis 7.0 with node-redis 6.3 and commands of our own.',
    start: startRedisServer,
    scenarios: redisScenarios,
  },
  mysql: {
    about: 'MariaDB 10.11 with mysql2 3.24, its own client and packets of our own.',
    start: startMariadb,
    scenarios: mysqlScenarios,
  },
  memcached: {
    about: 'memcached 1.6 with memjs 1.3 and commands of our own.',
    start: startMemcachedServer,
    scenarios: memcachedScenarios,
  },
  mongodb: {
    about: 'FerretDB 1.24 with the driver of MongoDB 7.9 and messages of our own.',
    start: startFerretdb,
    scenarios: mongodbScenarios,
  },
  cassandra: {
    about: 'Cassandra 5.0.4 with the driver of DataStax 4.10 and frames of our own.',
    start: startCassandra,
    scenarios: cassandraScenarios,
  },
};
