import { describe, expect, it } from 'vitest';
import { Outcome, type RequestFields, RequestFlag, Side } from '../../model/request.ts';
import { http } from '../http/index.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation } from '../robustness.ts';
import {
  bytesOf,
  captureOnly,
  client,
  cutEverywhere,
  inPiecesOf,
  lost,
  type Piece,
  recogniseFirst,
  runSession,
  server,
  withGapAt,
} from '../testing.ts';
import { http2 } from './index.ts';
import { samples } from './samples.ts';

const sample = (start: string) => samples.find((s) => s.name.startsWith(start))?.pieces ?? [];
const line = (r: RequestFields) => `${r.protocol} ${r.method} ${r.resource || r.target} ${r.code}`;
/** The path, also of a gRPC call; '' where it is not known. */
const pathOf = (r: RequestFields) =>
  r.protocol === 'grpc' && r.target !== '' ? `/${r.target}/${r.method}` : r.resource || r.target;
const said = (pieces: readonly Piece[], how = {}) => runSession(http2, pieces, how).requests.map(line);

const frame = (type: number, flags: number, stream: number, ...payload: (string | number | number[])[]) => {
  const body = bytesOf(...payload);
  return [body.length >> 16, body.length >> 8, body.length, type, flags, 0, 0, stream >> 8, stream]
    .map((b) => b & 255)
    .concat([...body]);
};
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const literal = (text: string) => [text.length, ...Buffer.from(text)];
/** GET, http, and a path that is remembered. */
const getPath = (path: string) => [0x82, 0x86, 0x44, ...literal(path)];

describe('recorded conversations', () => {
  it('are recognised by their first message', () => {
    for (const { pieces, protocol } of samples) {
      const asked = pieces.filter((piece) => piece.from === Side.client);
      expect(recogniseFirst(http2, asked, 8080)).toBe(protocol === 'http2' ? Confidence.yes : Confidence.no);
      expect(recogniseFirst(http, asked, 8080)).toBe(protocol === 'http2' ? Confidence.no : Confidence.yes);
    }
  });

  it('give requests by stream', () => {
    expect(said(sample('nghttp and nghttpd'))).toEqual([
      'http GET /index.html 200',
      'http GET /users/123/cart 200',
      'http GET /nothing 404',
    ]);
  });

  it('show padding, trailers, CONTINUATION, interim responses, push, resets and GOAWAY for what they are', () => {
    const { requests, counts } = runSession(http2, sample('Node'));
    expect(requests.map((r) => [line(r), r.outcome, r.codeText])).toEqual([
      ['http POST /orders/77 200', Outcome.ok, ''],
      ['http GET /early 200', Outcome.ok, ''],
      ['http GET /fail 503', Outcome.serverError, ''],
      ['http GET /trailers 200', Outcome.ok, ''],
      ['http GET /big 200', Outcome.ok, ''],
      ['http GET /push 200', Outcome.ok, ''],
      ['http GET /pushed.css 200', Outcome.ok, ''],
      ['http GET /refuse -1', Outcome.aborted, 'REFUSED_STREAM'],
      ['http GET /slow -1', Outcome.aborted, 'CANCEL'],
      ['http GET /last -1', Outcome.aborted, 'GOAWAY'],
    ]);
    expect(requests[0]).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      userAgent: 'shop/1.4',
      contentType: 'application/json',
      attributes: ['network.protocol.version', '2'],
    });
    expect(requests[2].correlationId).toBe('r-9');
    expect(counts.size).toBe(0);
  });

  it('show gRPC calls with their status and messages', () => {
    const { requests } = runSession(http2, sample('grpc-js'));
    expect(
      requests.map((r) => [
        r.protocol,
        r.method,
        r.codeText,
        r.outcome,
        r.requestMessages,
        r.responseMessages,
        r.flags,
      ]),
    ).toEqual([
      ['grpc', 'Unary', 'OK', Outcome.ok, 1, 1, 0],
      ['grpc', 'Unary', 'OK', Outcome.ok, 1, 1, 0],
      ['grpc', 'Unary', 'NOT_FOUND', Outcome.clientError, 1, 0, 0],
      ['grpc', 'Nothing', 'UNIMPLEMENTED', Outcome.serverError, 1, 0, 0],
      ['grpc', 'Upload', 'OK', Outcome.ok, 3, 1, RequestFlag.streaming],
      ['grpc', 'Watch', 'OK', Outcome.ok, 1, 3, RequestFlag.streaming],
      ['grpc', 'Chat', 'OK', Outcome.ok, 3, 3, RequestFlag.streaming],
      ['grpc', 'Unary', 'CANCEL', Outcome.aborted, 1, 0, 0],
      ['grpc', 'Chat', 'CANCEL', Outcome.aborted, 1, 1, 0],
    ]);
    expect(requests[0]).toMatchObject({ target: 'demo.Greeter', resource: '', code: 0 });
  });

  it('go on on stream 1 after an upgrade from HTTP/1.1', () => {
    const { requests, became } = runSession(http, sample('curl and nghttpx'), { protocols: [http2] });
    expect(requests.map(line)).toEqual(['http GET /index.html 200', 'http GET /users/123/cart 200']);
    expect(requests[0].flags).toBe(RequestFlag.upgrade);
    expect(became).toEqual(['http2']);
  });
});

describe('an HTTP/2 session', () => {
  const opening = client(preface, frame(4, 0, 0), frame(1, 5, 1, getPath('/a')));
  const ok = (stream: number) => server(frame(1, 5, stream, [0x88]));

  it('calls a call that the client cancels at its deadline a timeout', () => {
    const headers = [
      ...[0x83, 0x86, 0x04, ...literal('/s.S/M'), 0x0f, 0x10, ...literal('application/grpc')],
      ...[0x00, ...literal('grpc-timeout'), ...literal('2u')],
    ];
    const pieces = [client(preface, frame(1, 4, 1, headers)), { ...client(frame(3, 0, 1, [0, 0, 0, 8])), time: 5000 }];
    expect(runSession(http2, pieces).requests).toMatchObject([
      { method: 'M', target: 's.S', outcome: Outcome.timeout, codeText: 'CANCEL' },
    ]);
  });

  it('counts gRPC messages wherever frames cut them', () => {
    const headers = [0x83, 0x86, 0x04, ...literal('/s.S/M'), 0x0f, 0x10, ...literal('application/grpc')];
    const message = (length: number) => [0, 0, 0, length >> 8, length & 255, ...new Array(length).fill(7)];
    const body = [...message(300), ...message(0), ...message(5)];
    for (const at of [1, 4, 5, 6, 100, 305, 306, 312]) {
      const { requests } = runSession(http2, [
        client(preface, frame(1, 4, 1, headers), frame(0, 0, 1, body.slice(0, at)), frame(0, 1, 1, body.slice(at))),
        server(frame(1, 5, 1, [0x88, 0x00, ...literal('grpc-status'), ...literal('0')])),
      ]);
      expect(requests).toMatchObject([{ requestMessages: 3, responseMessages: 0, codeText: 'OK', code: 0 }]);
    }
  });

  it('knows the same APIs as on HTTP/1', () => {
    const agent = [0x0f, 0x2b, ...literal('kubelet/v1.28')];
    const list = [0x82, 0x86, 0x04, ...literal('/api/v1/namespaces/shop/pods?watch=1'), ...agent];
    const json = [0x83, 0x86, 0x04, ...literal('/graphql'), 0x0f, 0x10, ...literal('application/json')];
    const { requests } = runSession(http2, [
      client(preface, frame(1, 5, 1, list), frame(1, 4, 3, json), frame(0, 1, 3, '{"query":"{ me }"}')),
      server(frame(1, 5, 1, [0x88]), frame(1, 4, 3, [0x88]), frame(0, 1, 3, '{"errors":[{"message":"no"}]}')),
    ]);
    expect(requests.map((r) => [r.protocol, r.method, r.target, r.outcome, r.codeText])).toEqual([
      ['kubernetes', 'watch', 'pods', Outcome.ok, ''],
      ['graphql', 'query', '{me}', Outcome.clientError, 'errors'],
    ]);
  });

  it('makes a status of HTTP failures in front of gRPC servers', () => {
    const headers = [0x83, 0x86, 0x04, ...literal('/s.S/M'), 0x0f, 0x10, ...literal('application/grpc')];
    const { requests } = runSession(http2, [
      client(preface, frame(1, 5, 1, headers)),
      server(frame(1, 5, 1, [0x08, ...literal('503')])),
    ]);
    expect(requests).toMatchObject([{ code: 14, codeText: 'UNAVAILABLE', outcome: Outcome.serverError }]);
  });

  it('knows later what was put into the table before', () => {
    expect(said([opening, ok(1), client(frame(1, 5, 3, [0x82, 0x86, 0xbe])), ok(3)])).toEqual([
      'http GET /a 200',
      'http GET /a 200',
    ]);
  });

  it('never guesses a path that was said before it joined', () => {
    const pieces = [
      client(frame(1, 5, 3, [0x82, 0x86, 0xbe])),
      ok(3),
      client(frame(1, 5, 5, getPath('/b'))),
      ok(5),
      client(frame(1, 5, 7, [0x82, 0x86, 0xbe]), frame(1, 5, 9, [0x82, 0x86, 0xbf])),
      server(frame(1, 5, 7, [0x88]), frame(1, 5, 9, [0x8d])),
    ];
    expect(runSession(http2, pieces, { fromTheBeginning: false }).requests.map((r) => [line(r), r.flags])).toEqual([
      ['http GET  200', RequestFlag.partial],
      ['http GET /b 200', 0],
      ['http GET /b 200', 0],
      ['http GET  404', RequestFlag.partial],
    ]);
  });

  it('shows answers to requests that it lost', () => {
    const pieces = [opening, ok(1), lost(Side.client, 40), ok(3), client(frame(1, 5, 5, getPath('/c'))), ok(5)];
    expect(runSession(http2, pieces).requests.map((r) => [line(r), r.flags])).toEqual([
      ['http GET /a 200', 0],
      ['http   200', RequestFlag.partial],
      ['http GET /c 200', 0],
    ]);
  });

  it('reads what was captured of a cut header block', () => {
    const long = client(
      frame(1, 5, 3, getPath('/long'), [0x40], literal('cookie'), [0x7f, 0xff, 0x02], 'c'.repeat(382)),
    );
    const [cut] = captureOnly([long], 60);
    const { requests } = runSession(http2, [
      opening,
      ok(1),
      cut,
      ok(3),
      client(frame(1, 5, 5, [0x82, 0x86, 0xbe])),
      ok(5),
    ]);
    expect(requests.map((r) => [line(r), r.flags])).toEqual([
      ['http GET /a 200', 0],
      ['http GET /long 200', RequestFlag.partial],
      ['http GET  200', RequestFlag.partial],
    ]);
  });

  it('counts through DATA that was not captured', () => {
    const body = frame(0, 1, 1, new Array(5000).fill(1));
    const { requests } = runSession(http2, [
      opening,
      ...captureOnly([server(frame(1, 4, 1, [0x88]), body)], 100),
      client(frame(1, 5, 3, [0x82, 0x86, 0xbe])),
      ok(3),
    ]);
    expect(requests.map((r) => [line(r), r.flags, r.responseBytes])).toEqual([
      ['http GET /a 200', 0, 10 + 5009],
      ['http GET /a 200', 0, 10],
    ]);
  });

  it('says how streams ended that were open when the connection ended', () => {
    expect(runSession(http2, [opening], { end: 'timed_out' }).requests).toMatchObject([
      { outcome: Outcome.timeout, end: 0 },
    ]);
    expect(runSession(http2, [opening], { end: 'reset' }).requests).toMatchObject([{ outcome: Outcome.aborted }]);
  });
});

describe('a cut at any byte', () => {
  it('changes nothing', () => {
    for (const { pieces, protocol, name } of samples) {
      const read = protocol === 'http' ? http : http2;
      const run = (cut: readonly Piece[]) =>
        runSession(read, cut, { protocols: [http2] }).requests.map((r) => [
          line(r),
          r.requestBytes,
          r.responseBytes,
          r.requestMessages,
          r.responseMessages,
        ]);
      const expected = run(pieces);
      let step = 0;
      const stride = name.startsWith('Node') ? 97 : 7;
      for (const cut of cutEverywhere(pieces)) if (step++ % stride === 0) expect(run(cut)).toEqual(expected);
      for (const size of [1, 8, 500]) expect(run(inPiecesOf(pieces, size))).toEqual(expected);
    }
  });

  it('and gaps anywhere never give a request that was not made', () => {
    for (const { pieces, protocol } of samples) {
      if (protocol !== 'http2') continue;
      const made = runSession(http2, pieces).requests.map(pathOf);
      const check = (damaged: readonly Piece[], fromTheBeginning: boolean) => {
        for (const r of runSession(http2, damaged, { fromTheBeginning }).requests) {
          const path = pathOf(r);
          if (path === '' || r.method === '') expect(r.flags & RequestFlag.partial).toBe(RequestFlag.partial);
          if (path !== '') expect(made).toContain(path);
        }
      };
      for (let index = 0; index < pieces.length; index++) {
        check(withGapAt(pieces, index), true);
        check(withGapAt(pieces, index, false), true);
        check(pieces.slice(index), false);
        check(captureOnly(pieces, 20 + index * 13), true);
      }
    }
  });
});

describe.each(samples.filter(({ protocol }) => protocol === 'http2'))('what is known of $name', (sample) => {
  it('is right wherever something is missing, and pairs later requests as if nothing had been', () => {
    const bytes = sample.pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
    const step = 1 + Math.floor(bytes / 1000);
    expect(brokenByGaps(http2, sample, { step, recovery: 2, named: false })).toEqual([]);
  });

  it('makes nothing up when joined in the middle, and survives any bytes', () => {
    expect(brokenByJoining(http2, sample)).toEqual([]);
    expect(brokenByMutation(http2, sample, 50)).toEqual([]);
  });
});
