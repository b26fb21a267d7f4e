import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Confidence, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import {
  captureOnly,
  client,
  cutEverywhere,
  inPiecesOf,
  lost,
  type Piece,
  recogniseFirst,
  runSession,
  server,
} from '../testing.ts';
import { http } from './index.ts';
import { samples } from './samples.ts';

const get = (path: string, ...headers: string[]) =>
  client(`GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n`);
const answer = (status: number, body: string, ...headers: string[]) =>
  server(
    `HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n${body}`,
  );
const said = (pieces: readonly Piece[], how = {}) =>
  runSession(http, pieces, how).requests.map((r) => `${r.method} ${r.resource || r.target} ${r.code}`);

describe('an HTTP/1 session', () => {
  it('pairs requests with responses on a connection that is kept alive', () => {
    const { requests } = runSession(http, [
      get('/users/123?page=2', 'User-Agent: curl/7.88.1'),
      answer(200, 'hello', 'Content-Type: text/plain; charset=utf-8'),
      get('/missing'),
      answer(404, ''),
    ]);
    expect(requests).toHaveLength(2);
    expect(requests[0]).toMatchObject({
      protocol: 'http',
      method: 'GET',
      target: '/users/{id}',
      resource: '/users/123',
      authority: 'shop.example',
      userAgent: 'curl/7.88.1',
      contentType: 'text/plain',
      outcome: Outcome.ok,
      code: 200,
      requestBytes: 79,
      start: 2000,
      requestEnd: 2100,
      responseStart: 3000,
      end: 3100,
      flags: 0,
    });
    expect(requests[1]).toMatchObject({ target: '/missing', resource: '', outcome: Outcome.clientError, code: 404 });
  });

  it('pairs pipelined requests in order and asks to see all of them', () => {
    const pieces = [
      client('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nHEAD /c HTTP/1.1\r\nHost: x\r\n\r\n'),
      server(
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n22HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
      ),
      get('/d'),
      answer(201, ''),
    ];
    expect(said(pieces)).toEqual(['GET /a 200', 'GET /b 500', 'HEAD /c 200', 'GET /d 201']);
    expect(runSession(http, pieces).wants).toContain(Want.stream);
  });

  it('counts the bytes of heads, bodies and framing', () => {
    const body = '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Checksum: 1\r\n\r\n';
    const [r] = runSession(http, [
      client(`POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body}`),
      server(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`),
    ]).requests;
    expect(r.requestBytes).toBe(`POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body}`.length);
    expect(r.responseBytes).toBe(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`.length);
  });

  it('gives no body to answers that have none, whatever they declare', () => {
    expect(
      said([
        client('HEAD /1 HTTP/1.1\r\n\r\n'),
        server('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'),
        get('/2'),
        server('HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n'),
        get('/3'),
        server('HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'),
        get('/4'),
        answer(200, ''),
      ]),
    ).toEqual(['HEAD /1 200', 'GET /2 304', 'GET /3 204', 'GET /4 200']);
  });

  it('passes over interim responses and counts their bytes', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    const [r] = runSession(http, [
      client('PUT /u HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n'),
      server(interim),
      client('data'),
      server('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'),
    ]).requests;
    expect(r).toMatchObject({ code: 201, requestBytes: 60 + 4, responseStart: 5000, requestEnd: 4100 });
    expect(r.responseBytes).toBe(interim.length + 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'.length);
  });

  it('ends an answer without a length with the connection', () => {
    const run = (end: 'closed' | 'reset') =>
      runSession(http, [client('GET / HTTP/1.0\r\n\r\n'), server('HTTP/1.0 200 OK\r\n\r\nabc'), server('def')], { end })
        .requests;
    expect(run('closed')).toMatchObject([{ code: 200, outcome: Outcome.ok, responseBytes: 25, end: 4100 }]);
    expect(run('reset')).toMatchObject([{ code: 200, outcome: Outcome.aborted }]);
  });

  it('says how a request ended that nobody answered', () => {
    const outcome = (end: 'closed' | 'timed_out' | 'unknown') =>
      runSession(http, [get('/slow')], { end }).requests.map((r) => [r.outcome, r.code]);
    expect(outcome('closed')).toEqual([[Outcome.aborted, -1]]);
    expect(outcome('timed_out')).toEqual([[Outcome.timeout, -1]]);
    expect(outcome('unknown')).toEqual([[Outcome.unset, -1]]);
  });

  it('calls an answer that was cut off aborted', () => {
    const [r] = runSession(http, [get('/big'), server('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc')]).requests;
    expect(r).toMatchObject({ code: 200, outcome: Outcome.aborted, end: 3100 });
  });

  it('counts through a body that was not captured', () => {
    const { requests, counts } = runSession(http, [
      get('/big'),
      { ...server('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'), skipped: 60_000 },
      { ...server(''), skipped: 40_000 },
      get('/next'),
      answer(200, ''),
    ]);
    expect(requests.map((r) => [r.resource || r.target, r.responseBytes, r.flags, r.end])).toEqual([
      ['/big', 100_043, 0, 4100],
      ['/next', 37, 0, 6100],
    ]);
    expect(counts.size).toBe(0);
  });

  it('follows chunked bodies through what was not captured, and ends them at the next request where it cannot', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const exact = [get('/a'), { ...server(`${head}1000\r\nabc`), skipped: 0x1000 - 3 + 7 }, get('/b'), answer(200, '')];
    expect(runSession(http, exact).requests.map((r) => [r.target, r.responseBytes, r.end])).toEqual([
      ['/a', head.length + 6 + 0x1000 + 7, 3100],
      ['/b', 37, 5100],
    ]);
    const guessed = [
      get('/a'),
      { ...server(`${head}1000\r\nabc`), skipped: 9000 },
      server('...'),
      get('/b'),
      answer(200, ''),
    ];
    expect(runSession(http, guessed).requests.map((r) => [r.target, r.responseBytes, r.end])).toEqual([
      ['/a', head.length + 9 + 9000 + 3, 4100],
      ['/b', 37, 6100],
    ]);
  });

  it('reads what there is of a head that was cut at the capture limit', () => {
    const cookie = 'c'.repeat(600);
    const pieces = [
      get('/a', `Cookie: ${cookie}`),
      answer(200, 'x'.repeat(30), `Set-Cookie: ${cookie}`),
      get('/b'),
      answer(500, ''),
    ];
    const { requests } = runSession(http, captureOnly(pieces, 256));
    expect(requests).toMatchObject([
      { target: '/a', code: 200, authority: 'shop.example', flags: RequestFlag.partial, end: 3100 },
      { target: '/b', code: 500, flags: 0 },
    ]);
    expect(requests[0].requestBytes).toBe(pieces[0].bytes.length);
    expect(requests[0].responseBytes).toBe(pieces[1].bytes.length);
  });

  it('does not make up the end of a path that was cut', () => {
    const [r] = runSession(http, captureOnly([get(`/files/${'x'.repeat(600)}`), answer(200, '')], 256)).requests;
    expect(r).toMatchObject({ target: '/files/{...}', flags: RequestFlag.partial, code: 200 });
  });

  it('ends a response with a cut head after a time of silence', () => {
    const pieces = captureOnly([get('/a'), answer(200, 'x', `Set-Cookie: ${'c'.repeat(600)}`)], 256);
    const { requests } = runSession(http, pieces, { end: 'open', tickAfter: 3e9 });
    expect(requests).toMatchObject([{ target: '/a', code: 200, end: 3100 }]);
  });

  it('takes up again after bytes that were lost', () => {
    expect(
      said([get('/a'), answer(200, ''), lost(Side.client, 60), answer(200, ''), get('/c'), answer(404, '')]),
    ).toEqual(['GET /a 200', '  200', 'GET /c 404']);
    expect(said([get('/a'), lost(Side.server, 60), get('/b'), answer(500, '')])).toEqual(['GET /a -1', 'GET /b 500']);
    expect(said([get('/a'), lost(Side.server, -1), get('/b'), answer(500, '')])).toEqual(['GET /a -1', 'GET /b 500']);
  });

  it('counts lost bytes of a body as its bytes', () => {
    const { requests } = runSession(http, [
      get('/a'),
      server('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      lost(Side.server, 5),
      server('de'),
      get('/b'),
      answer(200, ''),
    ]);
    expect(requests).toMatchObject([
      { target: '/a', code: 200, flags: RequestFlag.partial, responseBytes: 49, outcome: Outcome.ok },
      { target: '/b', code: 200, flags: 0 },
    ]);
  });

  it('begins at the next head where it joined in the middle', () => {
    const pieces = [server('rest of a body'), client('of an upload'), get('/b'), answer(200, '')];
    expect(said(pieces, { fromTheBeginning: false })).toEqual(['GET /b 200']);
    expect(said([answer(200, ''), get('/b'), answer(404, '')], { fromTheBeginning: false })).toEqual(['GET /b 404']);
  });

  it('passes over rubbish between messages', () => {
    expect(
      said([
        get('/a'),
        answer(200, ''),
        client('\r\n\r\nrubbish\n'),
        get('/b'),
        answer(200, ''),
        client('x\nGET /c HTTP/1.1\n\n'),
        answer(200, ''),
      ]),
    ).toEqual(['GET /a 200', 'GET /b 200', 'GET /c 200']);
  });

  it('reads bare line feeds, folded lines and blanks around values', () => {
    const [r] = runSession(http, [
      client(
        'POST /x HTTP/1.1\nHost:  a.example \nTransfer-Encoding:\n chunked\nUser-Agent: one\n  two\n\n1\nx\n0\n\n',
      ),
      server('HTTP/1.1 200\nContent-Length:2\n\nok'),
    ]).requests;
    expect(r).toMatchObject({ authority: 'a.example', userAgent: 'one two', code: 200, outcome: Outcome.ok });
  });

  it('leaves user and password out of the host that was asked for', () => {
    const asked = (host: string, target = '/a') => client(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const { requests } = runSession(http, [
      asked('user:pass@Shop.example:8080'),
      answer(200, ''),
      asked('proxy', 'http://user:p@ss@shop.example/a'),
      answer(200, ''),
      asked(`${'x'.repeat(300)}:secret@shop.example`),
      answer(200, ''),
    ]);
    expect(requests.map((r) => r.authority)).toEqual(['shop.example:8080', 'shop.example', 'shop.example']);
  });

  it('shows requests with control characters where none may be, and does not pass them on', () => {
    const strange = ['/a\tb', '/a\x1b[2Jb', '/a\0'].map((path) => get(path));
    for (const piece of strange) expect(recogniseFirst(http, [piece], 1)).toBe(Confidence.yes);
    const host = client('GET /a HTTP/1.1\r\nHost: sh\top\x1b[2J\r\n\r\n');
    const { requests, counts } = runSession(
      http,
      [...strange, host].flatMap((piece) => [piece, answer(400, '')]),
      { options: { keepRaw: true } },
    );
    expect(requests.map((r) => [r.resource, r.code])).toEqual([
      ['/a%09b', 400],
      ['/a%1B[2Jb', 400],
      ['/a%00', 400],
      ['/a', 400],
    ]);
    expect(requests[3].authority).toBe('sh%09op%1b[2j');
    expect([...counts]).toEqual([]);
  });

  it('takes chunked before a length, and says that the message was ambiguous', () => {
    const { requests, counts } = runSession(http, [
      client(
        'POST /s HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n',
      ),
      answer(200, ''),
      answer(403, ''),
    ]);
    expect(requests.map((r) => [r.target, r.code])).toEqual([
      ['/s', 200],
      ['/admin', 403],
    ]);
    expect(requests[0].attributes).toEqual(['http.request.ambiguous_length', 'true']);
    expect(counts.get('http_ambiguous_length')).toBe(1);
  });

  it('hands an upgraded connection over', () => {
    const { requests, became } = runSession(http, [
      get('/chat', 'Connection: keep-alive, Upgrade', 'Upgrade: websocket'),
      server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi'),
      client('not http'),
    ]);
    expect(requests).toMatchObject([{ target: '/chat', code: 101, flags: RequestFlag.upgrade, outcome: Outcome.ok }]);
    expect(became).toEqual(['websocket']);
  });

  it('ends at a tunnel', () => {
    const { requests, became } = runSession(http, [
      client('CONNECT db.example:443 HTTP/1.1\r\nHost: db.example:443\r\n\r\n'),
      server('HTTP/1.1 200 Connection established\r\n\r\n'),
      client([22, 3, 1]),
    ]);
    expect(requests).toMatchObject([{ method: 'CONNECT', authority: 'db.example:443', code: 200 }]);
    expect(became).toEqual(['']);
  });

  it('marks answers that stream and requests that wait', () => {
    const { requests } = runSession(http, [
      get('/events'),
      server('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata:\r\n'),
    ]);
    expect(requests).toMatchObject([{ flags: RequestFlag.streaming, outcome: Outcome.ok }]);
    const flags = (path: string, ...headers: string[]) =>
      runSession(http, [get(path, ...headers), answer(200, '')]).requests[0].flags;
    expect(flags('/api/v1/pods?watch=true')).toBe(RequestFlag.wait);
    expect(flags('/v1/kv/x?index=3&wait=10s')).toBe(RequestFlag.wait);
    expect(flags('/x', 'Prefer: respond-async, wait=10')).toBe(RequestFlag.wait);
    expect(flags('/waiters?watched=true')).toBe(0);
  });

  it('carries trace context and correlation ids', () => {
    const fields = (...headers: string[]) => runSession(http, [get('/', ...headers), answer(200, '')]).requests[0];
    const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' };
    expect(fields(`traceparent: 00-${ids.traceId}-${ids.parentSpanId}-01`, 'X-Request-Id: r-1')).toMatchObject({
      ...ids,
      correlationId: 'r-1',
    });
    expect(fields(`b3: ${ids.traceId}-${ids.parentSpanId}-1`)).toMatchObject(ids);
    expect(fields(`X-B3-TraceId: ${ids.traceId}`, `X-B3-SpanId: ${ids.parentSpanId}`)).toMatchObject(ids);
    expect(fields(`uber-trace-id: ${ids.traceId.slice(1)}:${ids.parentSpanId}:0:1`)).toMatchObject(ids);
    expect(fields('X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8')).toMatchObject({
      traceId: '67891233abcdef012345678912345678',
      parentSpanId: '53995c3f42cd8ad8',
    });
    expect(fields('sw8: 1-MGFmNzY1MTkxNmNkNDNkZDg0NDhlYjIxMWM4MDMxOWM=-eA==-3-a-b-c-d')).toMatchObject({
      traceId: ids.traceId,
    });
  });

  it('keeps queries out, and secrets even where raw paths are asked for', () => {
    const raw = (path: string) =>
      runSession(http, [get(path), answer(200, '')], { options: { keepRaw: true } }).requests[0].resource;
    expect(raw('/a?page=1&token=abc')).toBe('/a?page=1&token=[redacted]');
    expect(said([get('/a?page=1&token=abc'), answer(200, '')])).toEqual(['GET /a 200']);
    expect(said([get('/reset/token/a8f5f167f44f4964e6c998dee827110c'), answer(200, '')])).toEqual([
      'GET /reset/token/{secret} 200',
    ]);
  });

  it('tells when the server read the request', () => {
    const [r] = runSession(http, [get('/'), { ...answer(200, ''), readAt: 2500 }]).requests;
    expect(r.readAt).toBe(2500);
  });
});

describe('recorded conversations', () => {
  it('are recognised, from either side, and from nothing less than a version', () => {
    for (const { pieces } of samples) {
      expect(recogniseFirst(http, pieces, 1)).toBe(Confidence.yes);
      expect(recogniseFirst(http, pieces.slice(1), 1)).toBe(Confidence.yes);
    }
    for (const other of [
      'GET key\r\n',
      'OPTIONS rtsp://a RTSP/1.0\r\n',
      'PRI * HTTP/2.0\r\n',
      'EHLO me\r\n',
      'get / http/1.1\r\n',
    ]) {
      expect(recogniseFirst(http, [client(other)], 80)).toBe(Confidence.no);
    }
    for (const start of ['G', 'GET', 'GET ', 'GET /index.html HTT']) {
      expect(recogniseFirst(http, [client(start)], 80)).toBe(Confidence.more);
    }
  });

  it('give what client and server said', () => {
    const shown = samples.map(({ pieces }) =>
      runSession(http, pieces).requests.map(
        (r) => `${r.method} ${r.resource || r.target} ${r.code} ${r.contentType} ${r.flags}`,
      ),
    );
    expect(shown).toEqual([
      ['GET /index.html 200 text/html 0', 'GET / 200 text/html 0', 'GET /users/123/nothing 404 text/html 0'],
      ['HEAD / 200 text/html 0'],
      ['PUT /api/orders/42 200 application/json 0'],
      [
        'GET /api/orders 200 application/json 0',
        'POST /api/orders 200 application/json 0',
        'GET /stream 200  0',
        'GET /fail 503  0',
        'DELETE /empty 204  0',
        `GET /events 200 text/event-stream ${RequestFlag.streaming}`,
      ],
      ['GET / 200 text/html 0', 'GET /x 404 text/html 0', 'GET /y 404 text/html 0'],
      [`GET /chat 101  ${RequestFlag.upgrade}`],
      ['GET / 200 text/html 0'],
    ]);
  });

  it('count every byte of the wire once', () => {
    for (const { pieces, name } of samples) {
      if (name.includes('WebSocket')) continue;
      const { requests } = runSession(http, pieces);
      const sum = (from: Side) => pieces.reduce((n, p) => n + (p.from === from ? p.bytes.length : 0), 0);
      expect(requests.reduce((n, r) => n + r.requestBytes, 0)).toBe(sum(Side.client));
      expect(requests.reduce((n, r) => n + r.responseBytes, 0)).toBe(sum(Side.server));
    }
  });
});

describe('a cut at any byte', () => {
  const pieces = [
    client('POST /one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n'),
    server('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    client('GET /two HTTP/1.1\nHost: x\n\nPUT /three HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz'),
    server('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 204 No Content\r\n\r\n'),
    get('/four'),
    answer(200, 'fine'),
  ];
  const expected = runSession(http, pieces).requests.map((r) => [
    r.target,
    r.code,
    r.requestBytes,
    r.responseBytes,
    r.flags,
  ]);

  it('changes nothing', () => {
    expect(expected.map((e) => e.slice(0, 2))).toEqual([
      ['/one', 200],
      ['/two', 404],
      ['/three', 204],
      ['/four', 200],
    ]);
    for (const cut of cutEverywhere(pieces)) {
      expect(
        runSession(http, cut).requests.map((r) => [r.target, r.code, r.requestBytes, r.responseBytes, r.flags]),
      ).toEqual(expected);
    }
    for (const size of [1, 2, 3, 7]) {
      const run = runSession(http, inPiecesOf(pieces, size));
      expect(run.requests.map((r) => [r.target, r.code, r.requestBytes, r.responseBytes, r.flags])).toEqual(expected);
    }
  });

  it('of what is captured leaves later requests as they are', () => {
    for (let limit = 24; limit < 100; limit++) {
      const { requests } = runSession(http, [...captureOnly(pieces.slice(0, 4), limit), ...pieces.slice(4)]);
      expect(requests.at(-1), `limit ${limit}`).toMatchObject({ target: '/four', code: 200, flags: 0 });
    }
  });
});

describe.each(samples.filter(({ protocol }) => protocol === 'http'))('what is known of $name', (sample) => {
  it('does not depend on how it is cut', () => {
    expect(changedByChunks(http, sample, 7)).toEqual([]);
  });

  it('is right wherever something is missing, and pairs later requests as if nothing had been', () => {
    expect(brokenByGaps(http, sample, { step: 3, recovery: 2 })).toEqual([]);
  });

  it('makes nothing up when joined in the middle, and survives any bytes', () => {
    expect(brokenByJoining(http, sample)).toEqual([]);
    expect(brokenByMutation(http, sample, 200)).toEqual([]);
  });
});
