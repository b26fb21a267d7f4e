/**
 * Customers: each looks around, thinks, and sometimes buys. Once a second a line of JSON says how it went, for the demo's
 * status: requests made, failed, and the 95th percentile of their milliseconds.
 *
 *   SHOP_URL, CUSTOMERS
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.mjs';

const { SHOP_URL = '', CUSTOMERS = '12' } = process.env;
const products = 1000;
let made = 0;
let failed = 0;
let times = [];

async function visit(agent, method, path) {
  const begin = performance.now();
  try {
    const answer = await ask(SHOP_URL + path, { method, agent, headers: { 'user-agent': 'shop-customer/1.0' } });
    if (answer.status >= 500) failed++;
    return answer;
  } catch {
    failed++;
    return { status: 0, body: '' };
  } finally {
    made++;
    times.push(performance.now() - begin);
  }
}

const think = () => sleep(150 + Math.random() * 600);

/** Few products are wanted by many, and some customers have an old link. */
const choose = () => (Math.random() < 0.02 ? products + 1 : Math.ceil(products * Math.random() ** 3) || 1);

async function session() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const cart = randomUUID().slice(0, 8);
  await visit(agent, 'GET', '/');
  await think();
  await visit(agent, 'GET', `/api/products?page=${Math.floor(Math.random() * 20)}`);
  await think();
  for (let looks = 2 + Math.random() * 4; looks > 0; looks--) {
    const product = choose();
    await visit(agent, 'GET', `/api/products/${product}`);
    await think();
    if (Math.random() < 0.35) await visit(agent, 'POST', `/api/carts/${cart}/items?product=${product}`);
  }
  if (Math.random() < 0.6) {
    const { status, body } = await visit(agent, 'POST', `/api/orders?product=${1 + Math.floor(Math.random() * 400)}`);
    await think();
    if (status === 201) await visit(agent, 'GET', `/api/orders/${JSON.parse(body).id}`);
  }
  agent.destroy();
}

async function customer() {
  await sleep(Math.random() * 1500);
  for (;;) await session();
}

setInterval(() => {
  const sorted = times.sort((a, b) => a - b);
  const p95 = sorted.at(Math.floor(sorted.length * 0.95)) ?? 0;
  console.log(JSON.stringify({ made, failed, p95 }));
  made = 0;
  failed = 0;
  times = [];
}, 1000);

await Promise.all(Array.from({ length: Number(CUSTOMERS) }, customer));
