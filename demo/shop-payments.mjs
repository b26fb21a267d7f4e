/**
 * Payments: passes each on to the bank, and has a fault that many services have. When the bank is overloaded it asks
 * again at once, up to 25 times, which is what keeps the bank overloaded.
 *
 *   PORT, BANK_URL
 */
import { createServer } from 'node:http';
import { ask } from './ask.mjs';

const { PORT, BANK_URL } = process.env;
const mostTries = 25;

async function pay(payment) {
  let status = 0;
  for (let attempt = 0; attempt < mostTries; attempt++) {
    // The bank is looked up and connected to for each: it moves now and then.
    ({ status } = await ask(`${BANK_URL}/v1/charges`, { method: 'POST', body: payment }));
    if (status < 500) break;
  }
  return status;
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (part) => {
    text += part;
  });
  request.on('end', () => {
    const reply = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.method !== 'POST') {
      reply(405, { error: 'POST a payment' });
      return;
    }
    pay(text === '' ? {} : JSON.parse(text)).then(
      (status) => reply(status === 200 ? 201 : 502, { bank: status }),
      (error) => reply(502, { error: error.message }),
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(PORT));
