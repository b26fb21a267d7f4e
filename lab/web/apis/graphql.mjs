/** graphql-http serves a schema; Node's fetch asks. */
import { createServer } from 'node:http';
import { buildSchema } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { main, note } from './calls.mjs';

const schema = buildSchema(`
  type Order { id: ID! total: Int! }
  type Query { order(id: ID!): Order failing: Int }
  type Mutation { addOrder(total: Int!): Order }
`);

const rootValue = {
  order: ({ id }) => ({ id, total: 7 }),
  addOrder: ({ total }) => ({ id: '8', total }),
  failing: () => {
    throw new Error('cannot be had');
  },
};

function serve(port) {
  const handle = createHandler({ schema, rootValue });
  createServer((request, response) => handle(request, response)).listen(port, '127.0.0.1');
}

async function ask(port) {
  const post = async (what, body) =>
    note(what, async () => {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      };
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      await response.text();
    });
  await post('query GetOrder 200', {
    operationName: 'GetOrder',
    query: 'query GetOrder($id: ID!) { order(id: $id) { id total } }',
    variables: { id: 4711 },
  });
  await post('mutation {addOrder} 200', { query: 'mutation { addOrder(total: 12) { id } }' });
  await post('query {failing} 200 errors', { query: '{ failing }' });
  await post('query {nonsense} 200 errors', { query: '{ nonsense }' });
  await note('query Top 200', async () => {
    const query = encodeURIComponent('query Top { order(id: 1) { total } }');
    await (await fetch(`http://127.0.0.1:${port}/graphql?query=${query}`)).text();
  });
}

await main({ serve, ask });
