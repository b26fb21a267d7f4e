import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Calls } from '../calls.ts';
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

/** Does one of everything that node-postgres can do, on one connection. Calls are noted as they are to be told: method, target, status. */
export async function exercisePostgresql(port: number, calls = new Calls()): Promise<void> {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user: 'postgres', database: 'shop', application_name: 'orders' },
  });
  const run = (what: string, text: string, values?: unknown[]) => calls.note(what, () => client.query(text, values));
  const fail = (what: string, text: string, values?: unknown[]) =>
    calls.noteFailure(what, () => client.query(text, values));
  await calls.note('CONNECT', () => client.connect());
  await run('CREATE TABLE orders', 'CREATE TABLE orders (id int PRIMARY KEY, note text)');
  await run('INSERT orders', "INSERT INTO orders VALUES (1, 'one'), (2, 'two'), (3, NULL)");
  await run('SELECT orders', `SELECT * FROM orders WHERE id = 2 /*traceparent='${postgresqlTraceparent}'*/`);
  const prepared = { name: 'by-id', text: 'SELECT note FROM orders WHERE id = $1' };
  await calls.note('SELECT orders', () => client.query({ ...prepared, values: [1] }));
  await calls.note('SELECT orders', () => client.query({ ...prepared, values: [2] }));
  await run('INSERT orders', 'INSERT INTO orders VALUES ($1, $2)', [4, 'four']);
  await run('INSERT orders', 'INSERT INTO orders VALUES ($1, $2)', [5, 'x'.repeat(3000)]);
  await fail('SELECT missing 42P01', 'SELECT * FROM missing');
  await fail('INSERT orders 23505', 'INSERT INTO orders VALUES ($1, $2)', [1, 'again']);
  await run('BEGIN; UPDATE; COMMIT orders', "BEGIN; UPDATE orders SET note = 'new' WHERE id = 3; COMMIT");
  await run('SELECT', 'SELECT pg_sleep(0.05)');
  await run('DELETE orders', 'DELETE FROM orders WHERE id > $1', [2]);
  await run('DROP TABLE orders', 'DROP TABLE orders');
  await client.end();
}
