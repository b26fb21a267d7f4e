/**
 * Real clients talk to real servers of HTTP/1, HTTP/2, gRPC, WebSocket and DNS while this host is watched: every operation is
 * seen once, in order, within the time that it took the client, and a capture file tells the same.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../src/model/request.ts';
import type { Calls } from '../calls.ts';
import type { Cgroup } from '../net/cgroup.ts';
import { Lab } from '../net/lab.ts';
import { type Nginx, startNginx } from '../net/servers.ts';
import { type Requirements, suite } from '../run/requires.ts';
import { exerciseDns, startNames } from '../web/dns.ts';
import { exerciseGrpc, startGrpc } from '../web/grpc.ts';
import { exerciseHttp, pipelineHttp, startNodeHttp } from '../web/http-1.ts';
import { exerciseHttp2, startNodeHttp2 } from '../web/http-2.ts';
import { breakWebSocket, exerciseWebSocket, startWebSocket } from '../web/web-socket.ts';
import {
  expectAsMade,
  expectAsMadeInAnyOrder,
  type TimedRequest,
  type WatchedExchange,
  watchExchange,
} from './watched-exchange.ts';

const line = (r: TimedRequest) => `${r.method} ${r.resource || r.target} ${r.code}`;
const lineWithReason = (r: TimedRequest) => `${line(r)} ${r.codeText}`.trimEnd();

/** A server and what a client does with it. */
interface Conversation {
  readonly name: string;
  /** Starts the server; gives its port. */
  start(lab: Lab): Promise<number>;
  exercise(lab: Lab, port: number, calls: Calls): Promise<unknown>;
  readonly transport?: 'tcp' | 'udp' | 'ip';
}

function test(conversation: Conversation, requirements: Requirements, check: (seen: () => WatchedExchange) => void) {
  suite(`${conversation.name}, watched live and read from a file`, requirements, () => {
    const lab = new Lab();
    let cgroup: Cgroup;
    let exchange: WatchedExchange;

    beforeAll(async () => {
      cgroup = lab.ownCgroup();
      const port = await conversation.start(lab);
      const exercise = (calls: Calls) => conversation.exercise(lab, port, calls);
      exchange = await watchExchange(lab, cgroup, port, exercise, conversation.transport);
    });
    afterAll(() => lab.close());

    check(() => exchange);

    it('loses nothing', () => {
      expect(exchange.losses).toEqual({});
      expect(exchange.live.filter((r) => r.partial).map(line)).toEqual([]);
    });

    it('gives the same requests from a capture file', () => {
      expect(exchange.fileLines).toEqual(exchange.liveLines);
    });
  });
}

/** Checks what was seen live and what the file tells against what the client did. */
function asMade(say: (r: TimedRequest) => string, hold = expectAsMade): (seen: () => WatchedExchange) => void {
  return (seen) => {
    it('shows every operation of the client once, in order, with its status, while the client waited for it', () => {
      hold(seen().live, seen().made, say);
      hold(seen().file, seen().made, say);
    });
  };
}

test({ name: 'HTTP/1 of Node', start: startNodeHttp, exercise: (_lab, port, calls) => exerciseHttp(port, calls) }, {
  root: true,
  packages: ['tcpdump'],
}, (seen) => {
  asMade(line)(seen);

  it('follows the trace context, marks what waits and what streams, and counts every byte of a body', () => {
    const { live } = seen();
    expect(live[0]).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
    expect(live[1].correlationId).toBe('r-77');
    expect(live.filter((r) => (r.flags & RequestFlag.streaming) !== 0).map(line)).toEqual(['GET /events 200']);
    expect(live.filter((r) => (r.flags & RequestFlag.wait) !== 0).map(line)).toEqual(['GET /long-poll 200']);
    expect(live.find((r) => r.method === 'PUT')?.requestBytes).toBeGreaterThan(200_000);
  });
});

let nginx: Nginx;
test({
  name: 'HTTP/1 of nginx, with curl and a client that does not wait',
  async start(lab) {
    nginx = await startNginx(lab, { port: 28_480 });
    return 28_480;
  },
  async exercise(lab, port, calls) {
    const url = `http://127.0.0.1:${port}`;
    const quiet = ['-s', '-o', '/dev/null', '-o', '/dev/null'];
    await calls.note(['GET / 200', 'GET /status/404 404'], () =>
      lab.run('curl', [...quiet, `${url}/`, `${url}/status/404?x=1`]),
    );
    await calls.note('PUT /put/large 201', () =>
      lab.run('curl', [...quiet, '-X', 'PUT', '-d', 'x'.repeat(20_000), `${url}/put/large`]),
    );
    await calls.note(['GET / 200', 'GET /x 404', 'GET /y 404'], () => pipelineHttp(port));
  },
}, { root: true, packages: ['nginx', 'curl', 'tcpdump'] }, (seen) => {
  asMade(line)(seen);

  it('agrees with what nginx logged, byte by byte', async () => {
    const logged = await nginx.logged(6);
    expect(seen().live.map((r) => [line(r), r.requestBytes, r.responseBytes])).toEqual(
      logged.map((r) => [`${r.method} ${r.uri.split('?')[0]} ${r.status}`, r.requestLength, r.bytesSent]),
    );
  });
});

test({ name: 'HTTP/2 of Node', start: startNodeHttp2, exercise: (_lab, port, calls) => exerciseHttp2(port, calls) }, {
  root: true,
  packages: ['tcpdump'],
}, (seen) => {
  asMade(lineWithReason, expectAsMadeInAnyOrder)(seen);

  it('follows the trace context and ids of requests', () => {
    const by = (path: string) => seen().live.find((r) => (r.resource || r.target) === path);
    expect(by('/orders/77')?.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(by('/fail')?.correlationId).toBe('r-9');
  });
});

test({
  name: 'HTTP/2 of nginx by prior knowledge, with curl and nghttp',
  async start(lab) {
    nginx = await startNginx(lab, { port: 28_483 }, { listen: ['127.0.0.1:28483 http2'] });
    return 28_483;
  },
  async exercise(lab, port, calls) {
    const url = `http://127.0.0.1:${port}`;
    const quiet = ['-s', '--http2-prior-knowledge', '-o', '/dev/null'];
    await calls.note('GET / 200', () => lab.run('curl', [...quiet, `${url}/`]));
    await calls.note('PUT /put/large 201', () =>
      lab.run('curl', [...quiet, '-X', 'PUT', '-d', 'x'.repeat(30_000), `${url}/put/large`]),
    );
    await calls.note('GET /status/503 503', () => lab.run('curl', [...quiet, `${url}/status/503`]));
    const paths = ['/', '/status/404', '/status/409'];
    await calls.note(['GET / 200', 'GET /status/404 404', 'GET /status/409 409'], () =>
      lab.run('nghttp', ['-n', ...paths.map((path) => url + path)]),
    );
  },
}, { root: true, packages: ['nginx', 'curl', 'nghttp2-client', 'tcpdump'] }, (seen) => {
  asMade(line, expectAsMadeInAnyOrder)(seen);

  it('agrees with what nginx logged', async () => {
    const logged = await nginx.logged(6);
    const told = logged.map((r) => `${r.method} ${r.uri} ${r.status} ${r.clientPort}`);
    expect(
      seen()
        .live.map((r) => `${line(r)} ${r.connection.client.port}`)
        .sort(),
    ).toEqual(told.sort());
  });
});

test(
  {
    name: 'HTTP/2 of nghttpd by prior knowledge, with curl and nghttp',
    async start(lab) {
      await lab.start('nghttpd', ['--no-tls', '-d', lab.folder(), '28484'], { port: 28_484 });
      return 28_484;
    },
    async exercise(lab, port, calls) {
      const url = `http://127.0.0.1:${port}`;
      const curl = ['-sS', '--http2-prior-knowledge', '-o', '/dev/null'];
      await calls.note('GET /orders/5 404', () => lab.run('curl', [...curl, `${url}/orders/5`]));
      await calls.note(['GET /orders/7 404', 'GET /orders/8 404'], () =>
        lab.run('nghttp', ['-n', `${url}/orders/7`, `${url}/orders/8`]),
      );
    },
  },
  { root: true, packages: ['nghttp2-server', 'nghttp2-client', 'curl', 'tcpdump'] },
  asMade(line, expectAsMadeInAnyOrder),
);

test({
  name: 'HTTP/2 of nghttpx by upgrade from HTTP/1.1 (h2c), with curl and nghttp',
  async start(lab) {
    await lab.start('nghttpd', ['--no-tls', '-d', lab.folder(), '28486'], { port: 28_486 });
    const own = ['--conf=/dev/null', '--frontend=127.0.0.1,28485;no-tls', '--backend=127.0.0.1,28486;;proto=h2'];
    await lab.start('nghttpx', [...own, '--workers=1', '--no-location-rewrite'], { prints: /Listening on/ });
    return 28_485;
  },
  async exercise(lab, port, calls) {
    const url = `http://127.0.0.1:${port}`;
    const curl = ['-s', '--http2', '-o', '/dev/null'];
    await calls.note('GET /orders/6 404', () => lab.run('curl', [...curl, `${url}/orders/6`]));
    await calls.note(['GET /orders/8 404', 'GET /orders/9 404'], () =>
      lab.run('nghttp', ['-nu', `${url}/orders/8`, `${url}/orders/9`]),
    );
  },
}, { root: true, packages: ['nghttp2-proxy', 'nghttp2-server', 'nghttp2-client', 'curl', 'tcpdump'] }, (seen) => {
  asMade(line, expectAsMadeInAnyOrder)(seen);

  it('says that it is HTTP/2', () => {
    for (const r of seen().live) expect(r.attributes.join(' ')).toContain('network.protocol.version 2');
  });
});

test({ name: 'gRPC of grpc-js', start: startGrpc, exercise: (_lab, port, calls) => exerciseGrpc(port, calls) }, {
  root: true,
  packages: ['tcpdump'],
}, (seen) => {
  asMade((r) => {
    const status = r.outcome === Outcome.timeout ? 'timeout' : r.codeText;
    return `${r.method} ${status} ${r.requestMessages} ${r.responseMessages}`;
  })(seen);

  it('names the service, marks what streams and follows the trace context', () => {
    const { live } = seen();
    for (const r of live) expect(r).toMatchObject({ protocol: 'grpc', target: 'demo.Greeter' });
    expect(live[0].traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    const streaming = live.filter((r) => (r.flags & RequestFlag.streaming) !== 0).map((r) => r.method);
    expect(streaming).toEqual(['Upload', 'Watch', 'Chat']);
  });
});

test({
  name: 'WebSocket of ws',
  start: startWebSocket,
  async exercise(_lab, port, calls) {
    await calls.note(['http GET 101 0 0', 'websocket messages 1000 4 4'], () => exerciseWebSocket(port));
    await calls.note(['http GET 101 0 0', 'websocket messages 1011 2 1'], () => breakWebSocket(port));
  },
}, { root: true, packages: ['tcpdump'] }, (seen) => {
  asMade((r) => `${r.protocol} ${r.method} ${r.code} ${r.requestMessages} ${r.responseMessages}`)(seen);

  it('keeps the path of the handshake, and says why it ended', () => {
    const talks = seen().live.filter((r) => r.protocol === 'websocket');
    expect(talks.map((r) => [r.target, r.outcome])).toEqual([
      ['/rooms/{id}', Outcome.ok],
      ['/rooms/{id}', Outcome.serverError],
    ]);
    for (const r of talks) expect(r.flags & RequestFlag.streaming).toBe(RequestFlag.streaming);
  });
});

test(
  {
    name: 'DNS of dnsmasq over UDP and TCP, with dig',
    async start(lab) {
      await startNames(lab, 28_482);
      return 28_482;
    },
    exercise: exerciseDns,
    transport: 'ip',
  },
  { root: true, packages: ['dnsmasq', 'bind9-dnsutils', 'tcpdump'] },
  asMade((r) => `${r.method} ${r.resource || r.target} ${r.codeText}`),
);
