import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Calls } from '../calls.ts';
import type { Lab } from '../net/lab.ts';

const settings = {
  paddingStrategy: constants.PADDING_STRATEGY_MAX,
  maxHeaderListPairs: 1000,
  settings: { maxHeaderListSize: 100_000 },
};

/** Starts Node's HTTP/2 server with padding, trailers, interim responses, push and refusals. Gives its port. */
export async function startNodeHttp2(lab: Lab): Promise<number> {
  const server = createServer(settings);
  server.on('stream', (stream, headers) => answer(stream, headers[':path'] ?? ''));
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lab.defer(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function answer(stream: ServerHttp2Stream, path: string): void {
  stream.on('error', () => undefined);
  switch (path) {
    case '/slow':
      return;
    case '/refuse':
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    case '/trailers':
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }));
      stream.end('body');
      return;
    case '/early':
      stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
      stream.respond({ ':status': 200, 'content-type': 'text/html; charset=utf-8' });
      stream.end('x');
      return;
    case '/push':
      stream.pushStream({ ':path': '/pushed.css' }, (_error, pushed) => {
        pushed.respond({ ':status': 200 });
        pushed.end('css');
      });
      stream.respond({ ':status': 200 });
      stream.end('html');
      return;
    default: {
      let bytes = 0;
      stream.on('data', (data: Buffer) => {
        bytes += data.length;
      });
      stream.on('end', () => {
        stream.respond({
          ':status': path === '/fail' ? 503 : 200,
          'content-type': 'application/json',
          'x-big': path === '/big' ? 'v'.repeat(20_000) : 'small',
        });
        stream.end(JSON.stringify({ bytes }));
      });
    }
  }
}

/** Asks for one of everything on one connection: at once, with padding, with headers that need CONTINUATION, given up. */
export async function exerciseHttp2(port: number, calls = new Calls()): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`, settings);
  session.on('error', () => undefined);
  session.on('stream', (pushed) => pushed.resume());
  const call = (what: string | string[], headers: OutgoingHttpHeaders, body?: string) =>
    calls.note(what, () => ask(session, headers, body));
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const post = { ':path': '/orders/77', ':method': 'POST', 'content-type': 'application/json', traceparent };
  await call('POST /orders/77 200', { ...post, 'user-agent': 'shop/1.4' }, '{"sku":7}');
  // Long header blocks are captured once the agent knows that this is HTTP/2.
  await sleep(200);
  await Promise.all([
    call('GET /trailers 200', { ':path': '/trailers' }),
    call('GET /early 200', { ':path': '/early' }),
    call('GET /fail 503', { ':path': '/fail', 'x-request-id': 'r-9' }),
  ]);
  await call('GET /big 200', { ':path': '/big', cookie: 'c'.repeat(18_000) });
  await call(['GET /push 200', 'GET /pushed.css 200'], { ':path': '/push' });
  await call('GET /refuse -1 REFUSED_STREAM', { ':path': '/refuse' });
  await calls.note('GET /slow -1 CANCEL', async () => {
    const slow = session.request({ ':path': '/slow' });
    slow.on('error', () => undefined);
    await sleep(50);
    slow.close(constants.NGHTTP2_CANCEL);
    await sleep(50);
  });
  session.close();
  session.destroy();
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<void> {
  return new Promise((resolve) => {
    const stream = session.request(headers, { endStream: body === undefined });
    stream.on('error', () => undefined);
    stream.resume();
    stream.on('close', () => resolve());
    if (body !== undefined) stream.end(body);
  });
}
