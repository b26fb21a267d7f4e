/**
 * A report that somebody runs in the middle of the day: it locks the products while it counts them, again and again, and
 * everybody who wants to read or sell one waits.
 *
 *   DATABASE_URL
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
for (;;) {
  await client.query('BEGIN');
  await client.query('LOCK TABLE products IN ACCESS EXCLUSIVE MODE');
  await client.query('SELECT count(*), sum(stock::bigint * price), pg_sleep(0.4) FROM products');
  await client.query('COMMIT');
  await sleep(100);
}
