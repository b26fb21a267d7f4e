/**
 * The warehouse: packs what was ordered, as the queue tells it.
 *
 *   QUEUE_URL, DATABASE_URL
 */
import { connect } from 'nats';
import pg from 'pg';

const { QUEUE_URL, DATABASE_URL } = process.env;
const database =
  DATABASE_URL === undefined
    ? undefined
    : new pg.Pool({ connectionString: DATABASE_URL, max: 2, connectionTimeoutMillis: 3000, query_timeout: 5000 });
database?.on('error', (error) => console.error(`database: ${error.message}`));

const queue = await connect({ servers: QUEUE_URL, maxReconnectAttempts: -1 });
for await (const message of queue.subscribe('orders.placed', { queue: 'warehouse' })) {
  const { id } = message.json();
  try {
    await database?.query('UPDATE orders SET state = $1 WHERE id = $2', ['packed', id]);
    queue.publish('orders.packed', JSON.stringify({ id }));
  } catch (error) {
    console.error(`order ${id}: ${error.message}`);
  }
}
