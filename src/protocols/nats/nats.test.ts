import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { client, recogniseFirst, runSession, server } from '../testing.ts';
import { nats } from './index.ts';
import { samples } from './samples.ts';

const info = server('INFO {"server_id":"A","version":"2.10.0","headers":true}\r\n');
const short = (pieces: Parameters<typeof runSession>[1], how = {}) =>
  runSession(nats, pieces, how).requests.map((r) => `${r.method} ${r.target} ${r.outcome} ${r.code}`.trim());

describe('a NATS session', () => {
  it('tells each operation of a real client once, in order, with its outcome', () => {
    const { requests, counts } = runSession(nats, samples[0].pieces);
    const told = requests.map((r) => [r.method, r.target, r.outcome, r.codeText].filter((x) => x !== '').join(' '));
    expect(told).toEqual([
      'connect 1',
      'ping 1',
      'subscribe orders.created 0',
      'subscribe time.now 0',
      'ping 1',
      'publish orders.created 0',
      'publish orders.created 0',
      'subscribe _INBOX 0',
      'deliver orders.created 0',
      'deliver orders.created 0',
      'deliver time.now 1',
      'request time.now 1',
      'request nobody.there 3 No Responders',
      'publish forbidden.fruit 0',
      'error forbidden.fruit 2 Permissions Violation',
      'request $JS.API.INFO 1',
      'request $JS.API.STREAM.CREATE.EVENTS 1',
      'request $JS.API.CONSUMER.CREATE.EVENTS.worker 1',
      'publish events.login 1',
      'request $JS.API.CONSUMER.INFO.EVENTS.worker 1',
      'subscribe _INBOX 0',
      'fetch $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker 1',
      'deliver events.login 1',
      'unsubscribe _INBOX 0',
      'ping 1',
      'subscribe _INBOX 0',
      'fetch $JS.API.CONSUMER.MSG.NEXT.EVENTS.worker 1 Request Timeout',
      'unsubscribe _INBOX 0',
      'unsubscribe orders.created 0',
      'unsubscribe time.now 0',
      'unsubscribe _INBOX 0',
      'ping 1',
      'ping 1',
    ]);
    expect([...counts]).toEqual([]);
  });

  it('reads trace context from the headers of what is published and of what is delivered', () => {
    const traced = runSession(nats, samples[0].pieces).requests.filter((r) => r.traceId !== '');
    expect(traced.map((r) => r.method)).toEqual(['publish', 'deliver']);
    for (const r of traced) {
      expect(r).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
    }
  });

  it('marks pull requests as waiting and publishes as one-way', () => {
    const { requests } = runSession(nats, samples[0].pieces);
    const withFlag = (flag: number) => new Set(requests.filter((r) => r.flags & flag).map((r) => r.method));
    expect(withFlag(RequestFlag.wait)).toEqual(new Set(['fetch']));
    expect(withFlag(RequestFlag.oneWay)).toEqual(new Set(['publish', 'subscribe', 'unsubscribe', 'deliver', 'error']));
  });

  it('pairs requests with replies by inbox, in whatever order the replies come', () => {
    const pieces = [
      info,
      client('PUB a.b _INBOX.x.1 1\r\n1\r\nPUB c.d _INBOX.x.2 1\r\n2\r\n'),
      server('MSG _INBOX.x.2 7 2\r\nok\r\n'),
      server('MSG _INBOX.x.1 7 4\r\nfine\r\n'),
    ];
    expect(runSession(nats, pieces).requests).toMatchObject([
      { method: 'request', target: 'c.d', outcome: Outcome.ok, start: 3000, end: 4100, responseBytes: 24 },
      { method: 'request', target: 'a.b', outcome: Outcome.ok, start: 3000, end: 5100, responseBytes: 26 },
    ]);
  });

  it('pairs what is delivered with the answer that this client gives, and tells a negative acknowledgement', () => {
    const pieces = [
      info,
      server('MSG work.now 3 _INBOX.q.9 3\r\njob\r\nMSG ev 4 $JS.ACK.S.C.1.2.3.4.0 1\r\nx\r\n'),
      client('PUB _INBOX.q.9 4\r\ndone\r\n'),
      client('PUB $JS.ACK.S.C.1.2.3.4.0 4\r\n+WPI\r\n'),
      client('PUB $JS.ACK.S.C.1.2.3.4.0 4\r\n-NAK\r\n'),
    ];
    expect(runSession(nats, pieces).requests).toMatchObject([
      { method: 'deliver', target: 'work.now', outcome: Outcome.ok, end: 4100 },
      { method: 'deliver', target: 'ev', outcome: Outcome.clientError, codeText: 'NAK', end: 6100 },
    ]);
  });

  it('reads errors of JetStream and of services out of the reply', () => {
    const missing =
      '{"type":"io.nats.jetstream.api.v1.stream_info_response","error":{"code":404,"err_code":10059,"description":"stream not found"}}';
    const head = 'NATS/1.0\r\nNats-Service-Error: no funds\r\nNats-Service-Error-Code: 402\r\n\r\n';
    const pieces = [
      client('PUB $JS.API.STREAM.INFO.X _INBOX.1 0\r\n\r\nPUB pay _INBOX.2 0\r\n\r\n'),
      server(`MSG _INBOX.1 1 ${missing.length}\r\n${missing}\r\n`),
      server(`HMSG _INBOX.2 1 ${head.length} ${head.length}\r\n${head}\r\n`),
    ];
    expect(runSession(nats, pieces).requests).toMatchObject([
      {
        outcome: Outcome.clientError,
        code: 404,
        codeText: 'stream not found',
        attributes: ['nats.jetstream.error_code', '10059'],
      },
      { outcome: Outcome.clientError, code: 402, codeText: 'no funds' },
    ]);
  });

  it('waits for each confirmation of a verbose server', () => {
    const pieces = [
      client('CONNECT {"verbose":true,"lang":"c","version":"3"}\r\n'),
      server('+OK\r\n'),
      client('PUB a 1\r\nx\r\nSUB b 1\r\nPING\r\n'),
      server('+OK\r\n-ERR \'Permissions Violation for Subscription to "b"\'\r\nPONG\r\n'),
    ];
    expect(short(pieces)).toEqual(['connect  1 -1', 'publish a 1 -1', 'subscribe b 2 -1', 'ping  1 -1']);
  });

  it('tells a refused login', () => {
    const pieces = [info, client('CONNECT {"user":"x"}\r\nPING\r\n'), server("-ERR 'Authorization Violation'\r\n")];
    expect(runSession(nats, pieces).requests).toMatchObject([
      { method: 'connect', outcome: Outcome.clientError, codeText: 'Authorization Violation' },
      { method: 'ping', outcome: Outcome.aborted },
    ]);
  });

  it('gives up on requests that nobody answered within a minute', () => {
    const run = runSession(nats, [client('PUB a _INBOX.1 1\r\nx\r\n')], { tickAfter: 61e9, end: 'open' });
    expect(run.requests).toMatchObject([{ method: 'request', outcome: Outcome.timeout }]);
    expect(run.session.pending).toBe(0);
  });

  it('takes ids out of subjects and keeps the subject itself only where asked', () => {
    const pieces = [client('PUB orders.4711.created 1\r\nx\r\n')];
    expect(runSession(nats, pieces).requests[0]).toMatchObject({ target: 'orders.{id}.created', resource: '' });
    const raw = runSession(nats, pieces, { options: { keepRaw: true } }).requests[0];
    expect(raw).toMatchObject({ target: 'orders.{id}.created', resource: 'orders.4711.created' });
    expect(nats.attributes(raw)).toMatchObject({
      'messaging.system': 'nats',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'orders.4711.created',
      'messaging.destination.template': 'orders.{id}.created',
    });
  });

  it('hands over to TLS where the client starts it after INFO', () => {
    const { became } = runSession(nats, [info, client([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])]);
    expect(became).toEqual(['tls']);
  });

  it('never holds more than its limit, and reports what has to go', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => client(`PUB a _INBOX.${i} 0\r\n\r\n`));
    const run = runSession(nats, many, { end: 'open' });
    expect(run.session.pending).toBe(4_096);
    expect(run.requests).toHaveLength(5_000 - 4_096);
  });
});

describe('the NATS recogniser', () => {
  it('is sure of both greetings and of messages whose size is right', () => {
    expect(recogniseFirst(nats, samples[0].pieces, 1)).toBe(Confidence.yes);
    expect(recogniseFirst(nats, [client('CONNECT {"verbose":false}\r\n')], 1)).toBe(Confidence.yes);
    expect(recogniseFirst(nats, [server('MSG a.b 1 5\r\nhello\r\n')], 1)).toBe(Confidence.yes);
  });

  it('is not sure of lines that other protocols have too', () => {
    expect(recogniseFirst(nats, [client('PING\r\n')], 1)).toBe(Confidence.maybe);
    expect(recogniseFirst(nats, [server('+OK\r\n')], 1)).toBe(Confidence.maybe);
    for (const other of [
      '+OK POP3 ready\r\n',
      '-ERR unknown command\r\n',
      'INFO server\r\n',
      'CONNECT a.b:443 HTTP/1.1\r\n',
      '{"a":1}\r\n',
      'PUB a 3\r\nhello\r\n',
    ]) {
      expect(recogniseFirst(nats, [server(other)], 1), other).toBe(Confidence.no);
    }
  });
});

describe.each(samples)('a NATS conversation, $name,', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(nats, sample, 5)).toEqual([]);
  });
  it('keeps pairing after a cut or a loss anywhere', () => {
    expect(brokenByGaps(nats, sample, { step: 5 })).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(nats, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(nats, sample, 300)).toEqual([]);
  });
});
