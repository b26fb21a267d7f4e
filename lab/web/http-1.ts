import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';

/** Trace context that {@link exerciseHttp} sends. */
export const httpTraceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Starts Node's HTTP server: JSON, chunks with trailers, events, failures, 100 Continue. Gives its port. */
export async function startNodeHttp(lab: Lab): Promise<number> {
  const server = createServer(answer);
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lab.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '';
  let bytes = 0;
  request.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  request.on('end', () => {
    if (url.startsWith('/api/orders')) {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.setHeader('x-request-id', request.headers['x-request-id'] ?? 'none');
      response.end(JSON.stringify({ orders: [1, 2, 3], bytes }));
    } else if (url === '/stream') {
      response.write('one\n');
      setTimeout(() => {
        response.write('two\n');
        response.addTrailers({ 'x-sum': '2' });
        response.end();
      }, 30);
    } else if (url === '/events') {
      response.setHeader('content-type', 'text/event-stream');
      response.write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), 30);
    } else if (url.startsWith('/long-poll')) {
      setTimeout(() => response.end('news'), 100);
    } else if (url === '/fail') {
      response.statusCode = 503;
      response.end('down');
    } else if (url === '/empty') {
      response.statusCode = 204;
      response.end();
    } else {
      response.statusCode = 404;
      response.end('no');
    }
  });
}

/** Asks for one of everything on one connection that is kept alive. Calls are noted as they are to be told. */
export async function exerciseHttp(port: number, calls = new Calls()): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = (what: string, path: string, options: RequestOptions = {}, body?: string) =>
    calls.note(
      what,
      () =>
        new Promise<void>((resolve, reject) => {
          const request = httpRequest({ port, host: '127.0.0.1', path, agent, ...options }, (response) => {
            response.resume();
            response.on('end', resolve);
            response.on('error', reject);
          });
          request.on('error', reject);
          request.end(body);
        }),
    );
  await call('GET /api/orders 200', '/api/orders?page=2', {
    headers: { traceparent: httpTraceparent, 'user-agent': 'shop/1.4' },
  });
  const headers = { 'content-type': 'application/json', 'x-request-id': 'r-77', 'transfer-encoding': 'chunked' };
  await call('POST /api/orders 200', '/api/orders', { method: 'POST', headers }, '{"sku":7}');
  await call('GET /stream 200', '/stream');
  await call('GET /fail 503', '/fail');
  await call('DELETE /empty 204', '/empty', { method: 'DELETE' });
  await call('GET /events 200', '/events');
  await call('HEAD /nothing 404', '/nothing', { method: 'HEAD' });
  const expecting = { expect: '100-continue', 'content-length': 200_000 };
  await call('PUT /api/orders 200', '/api/orders', { method: 'PUT', headers: expecting }, 'b'.repeat(200_000));
  await call('GET /long-poll 200', '/long-poll?wait=1s');
  agent.destroy();
}

/** Sends three requests at once, without waiting for answers. */
export async function pipelineHttp(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  socket.resume();
  await Promise.race([new Promise((resolve) => socket.on('close', resolve)), sleep(5000)]);
}
