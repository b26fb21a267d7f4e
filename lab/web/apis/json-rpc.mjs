/** jayson serves, and asks. */
import jayson from 'jayson/promise/index.js';
import { main, note } from './calls.mjs';

function serve(port) {
  const server = new jayson.Server({
    add: async ([a, b]) => a + b,
    fail: async () => {
      throw { code: -32000, message: 'busy' };
    },
    'orders.list': async () => [1, 2, 3],
  });
  server.http().listen(port, '127.0.0.1');
}

async function ask(port) {
  const client = jayson.Client.http({ host: '127.0.0.1', port, path: '/rpc' });
  await note('add /rpc 200', () => client.request('add', [1, 2]));
  await note('orders.list /rpc 200', () => client.request('orders.list', []));
  await note('fail /rpc 200 -32000', () => client.request('fail', []));
  await note('nothing /rpc 200 -32601', () => client.request('nothing', []));
  await note('add /rpc 200', () =>
    client.request([
      client.request('add', [1, 2], undefined, false),
      client.request('orders.list', [], undefined, false),
    ]),
  );
}

await main({ serve, ask });
