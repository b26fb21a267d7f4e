/** The client of OpenSearch asks; OpenSearch itself is started by the test. */
import { Client } from '@opensearch-project/opensearch';
import { main, note } from './calls.mjs';

async function ask(port) {
  const client = new Client({ node: `http://127.0.0.1:${port}`, maxRetries: 0 });
  const index = 'orders';
  await note('PUT /orders 200', () => client.indices.create({ index }));
  await note('index orders 201', () => client.index({ index, id: '1', body: { total: 7 } }));
  await note('bulk 200', () =>
    client.bulk({
      body: [{ index: { _index: index, _id: '2' } }, { total: 8 }, { delete: { _index: index, _id: '9' } }],
    }),
  );
  await note('refresh orders 200', () => client.indices.refresh({ index }));
  await note('search orders 200', () => client.search({ index, body: { query: { range: { total: { gt: 5 } } } } }));
  await note('get orders 200', () => client.get({ index, id: '1' }));
  await note('get orders 404', () => client.get({ index, id: '77' }), true);
  await note('search missing 404', () => client.search({ index: 'missing' }), true);
  await note('count orders 200', () => client.count({ index }));
  await note('cluster.health 200', () => client.cluster.health());
  await note('delete orders 200', () => client.delete({ index, id: '1' }));
  await note('DELETE /orders 200', () => client.indices.delete({ index }));
  await client.close();
}

await main({ ask });
