/** Real clients and servers of HTTP, HTTP/2, gRPC, WebSocket and DNS, with a recorder in between: every operation is seen once. */
import { afterAll, describe, expect, it } from 'vitest';
import { Outcome, type RequestFields } from '../../src/model/request.ts';
import { protocols } from '../../src/protocols/index.ts';
import type { Protocol } from '../../src/protocols/protocol.ts';
import { captureOnly, type Piece, recogniseFirst, runSession } from '../../src/protocols/testing.ts';
import { Lab } from '../net/lab.ts';
import { startNginx } from '../net/servers.ts';
import { startRecorder } from '../record.ts';
import { dnsExercise, recordDatagrams, startNames } from '../web/dns.ts';
import { exerciseGrpc, grpcExercise, startGrpc } from '../web/grpc.ts';
import { exerciseHttp, httpExercise, pipelineHttp, startNodeHttp } from '../web/http-1.ts';
import { exerciseHttp2, http2Exercise, startNodeHttp2 } from '../web/http-2.ts';
import { breakWebSocket, exerciseWebSocket, startWebSocket } from '../web/web-socket.ts';

const lab = new Lab();
afterAll(() => lab.close());

/** Lets a client talk to a server through a recorder; gives its connections. */
async function record(port: number, talk: (port: number) => Promise<unknown>): Promise<Piece[][]> {
  const recorder = await startRecorder({ host: '127.0.0.1', port });
  try {
    await talk(recorder.port);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return recorder.connections.filter((pieces) => pieces.length > 0);
  } finally {
    await recorder.close();
  }
}

/** What is seen of a connection, by the protocol that recognises it. */
function seen(pieces: readonly Piece[], transport: 'tcp' | 'udp' = 'tcp'): RequestFields[] {
  const asked = pieces.filter((piece) => piece.from === 0);
  const found = protocols.filter((p) => p.transports.includes(transport) && recogniseFirst(p, asked, 53) === 3);
  expect(found.map((p) => p.name)).toHaveLength(1);
  const [protocol] = found as [Protocol];
  return runSession(protocol, pieces, { transport, protocols, serverPort: 53 }).requests;
}

const line = (r: RequestFields) => `${r.method} ${r.resource || r.target} ${r.code}`;

describe('HTTP/1', () => {
  it('of Node: chunks, trailers, events, failures, HEAD on one connection', async () => {
    const [pieces] = await record(await startNodeHttp(lab), exerciseHttp);
    expect(seen(pieces).map(line)).toEqual(httpExercise);
    // Capturing only the beginning of each piece loses no request.
    expect(runSession(protocols[0], captureOnly(pieces, 128)).requests.map(line)).toEqual(httpExercise);
  });

  it('of nginx: pages that curl asks for, and requests that come at once', async () => {
    const port = 28_480;
    const nginx = await startNginx(lab, { port });
    const logged = () => nginx.requests().map((r) => `${r.method} ${r.uri.split('?')[0]} ${r.status}`);
    const [kept] = await record(port, (p) =>
      lab.run('curl', [
        '-s',
        '-o',
        '/dev/null',
        '-o',
        '/dev/null',
        `http://127.0.0.1:${p}/`,
        `http://127.0.0.1:${p}/status/404?x=1`,
      ]),
    );
    expect(logged()).toHaveLength(2);
    expect(seen(kept).map(line)).toEqual(logged());
    const [pipelined] = await record(port, pipelineHttp);
    expect(logged()).toHaveLength(5);
    expect(seen(pipelined).map(line)).toEqual(logged().slice(2));
  });
});

describe('HTTP/2', () => {
  it('of Node: streams at once, padding, CONTINUATION, push, resets', async () => {
    const [pieces] = await record(await startNodeHttp2(lab), exerciseHttp2);
    const made = http2Exercise.map(([what, status, why]) => `${what} ${status} ${why}`);
    expect(
      seen(pieces)
        .map((r) => `${line(r)} ${r.codeText}`)
        .sort(),
    ).toEqual(made.sort());
  });

  it('of nghttpd: prior knowledge', async () => {
    const port = 28_481;
    await lab.start('nghttpd', ['--no-tls', '-d', lab.folder(), String(port)], { port });
    const [pieces] = await record(port, (p) =>
      lab.run('curl', ['-s', '--http2-prior-knowledge', '-o', '/dev/null', `http://127.0.0.1:${p}/orders/5`]),
    );
    expect(seen(pieces).map(line)).toEqual(['GET /orders/5 404']);
  });
});

describe('gRPC', () => {
  it('of grpc-js: calls of every kind with their status and messages', async () => {
    const [pieces] = await record(await startGrpc(lab), exerciseGrpc);
    const requests = seen(pieces);
    expect(requests.map((r) => [r.method, r.codeText, r.requestMessages, r.responseMessages])).toEqual(grpcExercise);
    expect(requests.every((r) => r.protocol === 'grpc' && r.target === 'demo.Greeter')).toBe(true);
    // The one that ran past its deadline waited for it.
    expect(requests[0].traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  });
});

describe('WebSocket', () => {
  it('of ws: messages each way and why it ended', async () => {
    const port = await startWebSocket(lab);
    const [ended] = await record(port, exerciseWebSocket);
    expect(seen(ended)).toMatchObject([
      { protocol: 'http', code: 101 },
      {
        protocol: 'websocket',
        target: '/rooms/{id}',
        requestMessages: 4,
        responseMessages: 4,
        code: 1000,
        outcome: Outcome.ok,
      },
    ]);
    const [broken] = await record(port, breakWebSocket);
    expect(seen(broken)[1]).toMatchObject({
      requestMessages: 2,
      responseMessages: 1,
      code: 1011,
      outcome: Outcome.serverError,
    });
  });
});

describe('DNS', () => {
  it('of dnsmasq: what dig asks for, over UDP and TCP', async () => {
    const port = 28_482;
    await startNames(lab, port);
    const proxy = await recordDatagrams(lab, port);
    for (const [question, expected] of dnsExercise) {
      const common = ['@127.0.0.1', '-p', String(proxy.port), '+time=2', '+tries=1'];
      await lab.run('dig', [...common, ...question]);
      const [r] = seen(proxy.take(), 'udp');
      expect(`${r.method} ${r.resource || r.target} ${r.codeText}`).toBe(expected);
    }
    const [tcp] = await record(port, (p) =>
      lab.run('dig', ['@127.0.0.1', '-p', String(p), '+tcp', '+keepopen', 'shop.test', 'A', 'big.test', 'TXT']),
    );
    expect(seen(tcp).map((r) => `${r.method} ${r.target} ${r.codeText}`)).toEqual([
      'A shop.test NOERROR',
      'TXT big.test NOERROR',
    ]);
  });
});
