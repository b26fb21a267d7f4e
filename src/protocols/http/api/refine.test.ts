import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../../model/request.ts';
import { client, runSession, server } from '../../testing.ts';
import { http } from '../index.ts';

const call = (line: string, headers: string[] = [], body = '', answer = '', serverPort = 8080, status = 200) => {
  const head = (first: string, length: number, more: string[]) =>
    `${first}\r\nContent-Length: ${length}\r\n${more.map((h) => `${h}\r\n`).join('')}\r\n`;
  const { requests } = runSession(
    http,
    [
      client(head(`${line} HTTP/1.1`, body.length, headers), body),
      server(head(`HTTP/1.1 ${status} X`, answer.length, []), answer),
    ],
    { serverPort },
  );
  const [r] = requests;
  return r;
};
const said = (...parameters: Parameters<typeof call>) => {
  const r = call(...parameters);
  return [r.protocol, r.method, r.target];
};
const json = ['Content-Type: application/json; charset=utf-8'];

describe('GraphQL', () => {
  const ask = (body: unknown, answer = '{"data":{}}') => call('POST /graphql', json, JSON.stringify(body), answer);
  const named = (body: unknown) => {
    const r = ask(body);
    return [r.protocol, r.method, r.target];
  };

  it('is shown by kind and name of the operation', () => {
    expect(named({ operationName: 'GetUser', query: 'query GetUser($id: ID!) { user(id: $id) { name } }' })).toEqual([
      'graphql',
      'query',
      'GetUser',
    ]);
    expect(named({ query: 'mutation { addToCart(sku: 7) { id } }' })).toEqual(['graphql', 'mutation', '{addToCart}']);
    expect(named({ query: '# all\n{\n  me: viewer { id } }' })).toEqual(['graphql', 'query', '{viewer}']);
    expect(named({ query: 'query A { a } mutation B { b }', operationName: 'B' })).toEqual([
      'graphql',
      'mutation',
      'B',
    ]);
    expect(named({ operationName: 'Feed', extensions: { persistedQuery: { sha256Hash: 'ab' } } })).toEqual([
      'graphql',
      'persisted_query',
      'Feed',
    ]);
    expect(said('GET /api/graphql?query=query%20Top%20%7Btop%7D')).toEqual(['graphql', 'query', 'Top']);
  });

  it('fails where its answer says so, whatever the status', () => {
    const query = { query: '{ me }' };
    expect(ask(query, '{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}')).toMatchObject({
      code: 200,
      codeText: 'UNAUTHENTICATED',
      outcome: Outcome.clientError,
    });
    expect(ask(query, '{"data":null,"errors":[{"message":"boom"}]}')).toMatchObject({
      codeText: 'errors',
      outcome: Outcome.serverError,
    });
    expect(ask(query, '{"errors":[{"message":"Cannot query field"}]}').outcome).toBe(Outcome.clientError);
    expect(ask(query, '{"errors":[{"message":"boom"}],"data":{"me":null}}').outcome).toBe(Outcome.serverError);
    expect(ask(query, '{"data":{"errors":[]}}')).toMatchObject({ codeText: '', outcome: Outcome.ok });
  });

  it('is left alone where the body is something else', () => {
    expect(named({ hello: 1 })).toEqual(['http', 'POST', '/graphql']);
  });
});

describe('JSON-RPC', () => {
  const ask = (body: string, answer = '{"jsonrpc":"2.0","id":1,"result":"0x1"}') => call('POST /', json, body, answer);

  it('is shown by its method', () => {
    const r = ask('{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}');
    expect(r).toMatchObject({ protocol: 'jsonrpc', method: 'eth_blockNumber', target: '/', outcome: Outcome.ok });
    expect(r.attributes).toEqual(['http.request.method', 'POST']);
    expect(ask('[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":2,"method":"b"}]').attributes).toContain(
      'rpc.batch',
    );
  });

  it('fails where its answer says so', () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"a"}';
    expect(ask(body, '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"?"}}')).toMatchObject({
      codeText: '-32601',
      outcome: Outcome.clientError,
    });
    expect(ask(body, '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"?"}}')).toMatchObject({
      outcome: Outcome.serverError,
    });
  });

  it('is not made of any JSON', () => {
    expect(said('POST /x', json, '{"method":"a","id":1}')).toEqual(['http', 'POST', '/x']);
  });
});

describe('Elasticsearch', () => {
  it('is shown by operation and index', () => {
    expect(said('POST /_bulk')).toEqual(['elasticsearch', 'bulk', '']);
    expect(said('GET /logs-2024.01.01/_doc/5')).toEqual(['elasticsearch', 'get', 'logs-{id}.01.01']);
    expect(said('GET /_cluster/health')).toEqual(['elasticsearch', 'cluster.health', '']);
    expect(said('POST /orders/_search', json, '{}', '', 9200)).toEqual(['elasticsearch', 'search', 'orders']);
    expect(said('POST /orders/_search', ['User-Agent: elasticsearch-py/8.1'], '{}')).toEqual([
      'elasticsearch',
      'search',
      'orders',
    ]);
  });

  it('is not made of paths that others have as well', () => {
    expect(said('POST /Patient/_search')).toEqual(['http', 'POST', '/Patient/_search']);
    expect(said('GET /_next/static/x.js')).toEqual(['http', 'GET', '/_next/static/x.js']);
  });
});

describe('S3', () => {
  const signed =
    'Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240101/eu-west-1/s3/aws4_request, SignedHeaders=host';

  it('is shown by operation and bucket', () => {
    expect(said('GET /photos/2024/cat.jpg', [signed])).toEqual(['s3', 'GetObject', 'photos']);
    expect(said('GET /photos?list-type=2&prefix=a', [signed])).toEqual(['s3', 'ListObjectsV2', 'photos']);
    expect(said('PUT /cat.jpg?partNumber=1&uploadId=x', [signed, 'Host: photos.s3.eu-west-1.amazonaws.com'])).toEqual([
      's3',
      'UploadPart',
      'photos',
    ]);
    expect(said('GET /', [signed])).toEqual(['s3', 'ListBuckets', '']);
    expect(
      said('GET /photos/cat.jpg?X-Amz-Credential=AKIA%2F20240101%2Feu%2Fs3%2Faws4_request&X-Amz-Signature=0'),
    ).toEqual(['s3', 'GetObject', 'photos']);
  });

  it('is not made of other signed calls', () => {
    const dynamo = signed.replace('/s3/', '/dynamodb/');
    expect(said('POST /', [dynamo, 'X-Amz-Target: DynamoDB_20120810.GetItem'], '{}')).toEqual([
      'aws',
      'GetItem',
      'DynamoDB_20120810',
    ]);
    expect(said('GET /photos/cat.jpg', [signed.replace('/s3/', '/execute-api/')])).toEqual([
      'http',
      'GET',
      '/photos/cat.jpg',
    ]);
  });
});

describe('SOAP', () => {
  it('is shown by its action, or by what its envelope holds', () => {
    expect(
      said('POST /orders', ['Content-Type: text/xml', 'SOAPAction: "http://shop.example/orders#GetOrder"'], '<x/>'),
    ).toEqual(['soap', 'GetOrder', '/orders']);
    const envelope =
      '<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Header/><s:Body>\n<m:GetPrice xmlns:m="y"/></s:Body></s:Envelope>';
    expect(said('POST /prices', ['Content-Type: application/soap+xml; charset=utf-8'], envelope)).toEqual([
      'soap',
      'GetPrice',
      '/prices',
    ]);
    const faults = (code: string, version = '1.1') => {
      const told =
        version === '1.1' ? `<faultcode>s:${code}</faultcode>` : `<s:Code><s:Value>s:${code}</s:Value></s:Code>`;
      const answer = `<s:Envelope xmlns:s="x"><s:Body><s:Fault>${told}</s:Fault></s:Body></s:Envelope>`;
      const r = call('POST /orders', ['Content-Type: text/xml', 'SOAPAction: "GetOrder"'], '<x/>', answer);
      return [r.codeText, r.outcome];
    };
    expect(faults('Client')).toEqual(['Client', Outcome.clientError]);
    expect(faults('Server')).toEqual(['Server', Outcome.serverError]);
    expect(faults('Sender', '1.2')).toEqual(['Sender', Outcome.clientError]);
    expect(said('POST /prices', ['Content-Type: text/xml'], '<order/>')).toEqual(['http', 'POST', '/prices']);
  });
});

describe('the Kubernetes API', () => {
  const kubectl = ['User-Agent: kubectl/v1.28.2 (linux/amd64) kubernetes/89a4ea3'];

  it('is shown by verb and resource', () => {
    expect(said('GET /api/v1/namespaces/shop/pods/web-7', kubectl)).toEqual(['kubernetes', 'get', 'pods']);
    expect(said('GET /api/v1/pods', kubectl)).toEqual(['kubernetes', 'list', 'pods']);
    expect(said('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale', kubectl)).toEqual([
      'kubernetes',
      'patch',
      'deployments.apps/scale',
    ]);
    expect(said('GET /apis/coordination.k8s.io/v1/leases')).toEqual([
      'kubernetes',
      'list',
      'leases.coordination.k8s.io',
    ]);
    expect(said('DELETE /api/v1/namespaces/shop/configmaps', kubectl)).toEqual([
      'kubernetes',
      'deletecollection',
      'configmaps',
    ]);
    expect(call('GET /api/v1/namespaces/shop/pods', kubectl).attributes).toContain('shop');
  });

  it('marks watches as waiting', () => {
    expect(call('GET /api/v1/pods?watch=true', kubectl)).toMatchObject({ method: 'watch', flags: RequestFlag.wait });
  });

  it('is not made of any API that calls itself v1', () => {
    expect(said('GET /api/v1/pods')).toEqual(['http', 'GET', '/api/v1/pods']);
    expect(said('GET /api/v1/users/5', ['User-Agent: curl/8'])).toEqual(['http', 'GET', '/api/v1/users/{id}']);
  });
});
