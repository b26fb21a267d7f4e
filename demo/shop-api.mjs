/**
 * The shop's API: products, carts, orders. Answers from the cache where it can, from the database where it must, and asks
 * `shop-recommend` and `shop-payments`. What is not there (the variables are not set) it does without.
 *
 *   PORT, DATABASE_URL, CACHE_URL, QUEUE_URL, RECOMMEND_URL, PAYMENTS_URL
 */
import { randomUUID } from 'node:crypto';
import { Agent, createServer } from 'node:http';
import { connect } from 'nats';
import pg from 'pg';
import { createClient } from 'redis';
import { ask } from './ask.mjs';

const { PORT, DATABASE_URL, CACHE_URL, QUEUE_URL, RECOMMEND_URL, PAYMENTS_URL } = process.env;

const database =
  DATABASE_URL === undefined
    ? undefined
    : new pg.Pool({ connectionString: DATABASE_URL, max: 8, connectionTimeoutMillis: 3000, query_timeout: 3000 });
database?.on('error', (error) => console.error(`database: ${error.message}`));

const cache = CACHE_URL === undefined ? undefined : createClient({ url: CACHE_URL });
cache?.on('error', (error) => console.error(`cache: ${error.message}`));
await cache?.connect();

const queue = QUEUE_URL === undefined ? undefined : await connect({ servers: QUEUE_URL, maxReconnectAttempts: -1 });

const keepAlive = new Agent({ keepAlive: true, maxSockets: 16 });

/** Reads through the cache: what is not there is fetched and kept for some seconds. */
async function cached(key, seconds, fetch) {
  const known = await cache?.get(key);
  if (known !== undefined && known !== null) return JSON.parse(known);
  const found = await fetch();
  await cache?.set(key, JSON.stringify(found), { EX: seconds });
  return found;
}

/** Rows of a statement; none where the shop runs without a database. */
async function rows(text, values) {
  return database === undefined ? [] : (await database.query(text, values)).rows;
}

class NotFound extends Error {}

const routes = [
  [
    /^GET \/api\/products$/,
    (_, { page }) =>
      cached(`products:${page}`, 4, () =>
        rows('SELECT id, name, price FROM products ORDER BY id LIMIT 20 OFFSET $1', [20 * (Number(page) || 0)]),
      ),
  ],
  [
    /^GET \/api\/products\/(\d+)$/,
    async ([, id]) => {
      const product = await cached(`product:${id}`, 8, async () => {
        const found = await rows('SELECT id, name, price, stock FROM products WHERE id = $1', [Number(id)]);
        return database === undefined ? { id } : (found[0] ?? null);
      });
      if (product === null) throw new NotFound(`there is no product ${id}`);
      if (RECOMMEND_URL === undefined) return product;
      const { body } = await ask(`${RECOMMEND_URL}/similar/${id}`);
      return { ...product, similar: JSON.parse(body) };
    },
  ],
  [
    /^POST \/api\/carts\/([\w-]+)\/items$/,
    async ([, cart], { product }) => {
      const key = `cart:${cart}`;
      await cache
        ?.multi()
        .hIncrBy(key, String(product ?? 1), 1)
        .expire(key, 60)
        .exec();
      return { cart };
    },
  ],
  [
    /^POST \/api\/orders$/,
    async (_, { product }) => {
      const id = randomUUID();
      const item = Number(product ?? 1);
      const [{ price } = { price: 1000 }] = await rows(
        'UPDATE products SET stock = stock - 1 WHERE id = $1 RETURNING price',
        [item],
      );
      if (PAYMENTS_URL !== undefined) {
        const paid = await ask(`${PAYMENTS_URL}/payments`, { method: 'POST', body: { id, price }, agent: keepAlive });
        if (paid.status !== 201) throw new Error(`payments answered ${paid.status}`);
      }
      await rows('INSERT INTO orders (id, product, price, state) VALUES ($1, $2, $3, $4)', [id, item, price, 'paid']);
      queue?.publish('orders.placed', JSON.stringify({ id, product: item }));
      return { id };
    },
  ],
  [
    /^GET \/api\/orders\/([\w-]{36})$/,
    async ([, id]) => {
      const [order] = await rows('SELECT id, product, price, state FROM orders WHERE id = $1', [id]);
      if (order === undefined && database !== undefined) throw new NotFound(`there is no order ${id}`);
      return order ?? { id };
    },
  ],
];

async function answer(request) {
  const url = new URL(request.url ?? '/', 'http://shop');
  for (const [pattern, serve] of routes) {
    const match = pattern.exec(`${request.method} ${url.pathname}`);
    if (match !== null) return await serve(match, Object.fromEntries(url.searchParams));
  }
  throw new NotFound(`there is nothing at ${url.pathname}`);
}

const server = createServer((request, response) => {
  request.resume();
  const reply = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  answer(request).then(
    (body) => reply(request.method === 'POST' ? 201 : 200, body),
    (error) => reply(error instanceof NotFound ? 404 : 502, { error: error.message }),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(Number(PORT));
