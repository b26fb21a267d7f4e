/** node-soap serves, and asks. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import soap from 'soap';
import { main, note } from './calls.mjs';

const file = fileURLToPath(new URL('orders.wsdl', import.meta.url));

async function serve(port) {
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.listen(port, '127.0.0.1');
  const orders = {
    GetOrder: ({ id }) => {
      if (String(id) === '0')
        throw { Fault: { faultcode: 'soap:Client', faultstring: 'no such order', statusCode: 500 } };
      return { total: 7 };
    },
    AddOrder: () => ({ total: 8 }),
  };
  soap.listen(server, '/orders', { OrdersService: { OrdersPort: orders } }, readFileSync(file, 'utf8'));
}

async function ask(port) {
  const client = await soap.createClientAsync(file);
  client.setEndpoint(`http://127.0.0.1:${port}/orders`);
  await note('GetOrder /orders 200', () => client.GetOrderAsync({ id: 4711 }));
  await note('AddOrder /orders 200', () => client.AddOrderAsync({ id: 1 }));
  await note('GetOrder /orders 500 Client', () => client.GetOrderAsync({ id: 0 }), true);
}

await main({ serve, ask });
