import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Lab } from '../net/lab.ts';
import { asUser, type DatabaseServer, freePort, giveTo } from './server.ts';

/** Starts PostgreSQL with the database `shop`, the user `postgres` and trust in everybody on the loopback. */
export async function startPostgresql(lab: Lab): Promise<DatabaseServer> {
  const versions = readdirSync('/usr/lib/postgresql').map(Number);
  const programs = `/usr/lib/postgresql/${Math.max(...versions)}/bin`;
  const folder = lab.folder();
  giveTo('postgres', folder);
  const data = join(folder, 'data');
  const [initdb, initdbArgs] = asUser('postgres', `${programs}/initdb`, [
    ...['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--no-locale'],
  ]);
  await lab.run(initdb, initdbArgs);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    wal_level: 'logical',
    max_wal_senders: 4,
    max_replication_slots: 4,
    shared_buffers: '16MB',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [postgres, args] = asUser('postgres', `${programs}/postgres`, ['-D', data, ...options]);
  const program = await lab.start(postgres, args, { prints: /ready to accept connections/, stopSignal: 'SIGINT' });
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  await client.connect();
  await client.query('CREATE DATABASE shop');
  await client.end();
  return { port, pid: program.pid };
}

/** Trace context that {@link exercisePostgresql} sends in a comment. */
export const postgresqlTraceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Operations of {@link exercisePostgresql} as they are to be told: method, target, status. */
export const postgresqlOperations = [
  'CONNECT',
  'CREATE TABLE orders',
  'INSERT orders',
  'SELECT orders',
  'SELECT orders',
  'SELECT orders',
  'INSERT orders',
  'INSERT orders',
  'SELECT missing 42P01',
  'INSERT orders 23505',
  'BEGIN; UPDATE; COMMIT orders',
  'SELECT',
  'DELETE orders',
  'DROP TABLE orders',
] as const;

/** Does one of everything that node-postgres can do, on one connection; see {@link postgresqlOperations}. */
export async function exercisePostgresql(port: number): Promise<void> {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user: 'postgres', database: 'shop', application_name: 'orders' },
  });
  await client.connect();
  await client.query('CREATE TABLE orders (id int PRIMARY KEY, note text)');
  await client.query("INSERT INTO orders VALUES (1, 'one'), (2, 'two'), (3, NULL)");
  await client.query(`SELECT * FROM orders WHERE id = 2 /*traceparent='${postgresqlTraceparent}'*/`);
  const prepared = { name: 'by-id', text: 'SELECT note FROM orders WHERE id = $1' };
  await client.query({ ...prepared, values: [1] });
  await client.query({ ...prepared, values: [2] });
  await client.query('INSERT INTO orders VALUES ($1, $2)', [4, 'four']);
  await client.query('INSERT INTO orders VALUES ($1, $2)', [5, 'x'.repeat(3000)]);
  await client.query('SELECT * FROM missing').catch(() => undefined);
  await client.query('INSERT INTO orders VALUES ($1, $2)', [1, 'again']).catch(() => undefined);
  await client.query("BEGIN; UPDATE orders SET note = 'new' WHERE id = 3; COMMIT");
  await client.query('SELECT pg_sleep(0.05)');
  await client.query('DELETE FROM orders WHERE id > $1', [2]);
  await client.query('DROP TABLE orders');
  await client.end();
}
