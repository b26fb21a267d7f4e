import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { bytesOf, client, lost, type Part, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { amqp } from './index.ts';
import { answerOf, Method, methodName } from './methods.ts';
import { samples } from './samples.ts';

const u16 = (n: number) => [(n >> 8) & 255, n & 255];
const u32 = (n: number) => [...u16(n >>> 16), ...u16(n & 0xffff)];
const u64 = (n: number) => [0, 0, 0, 0, ...u32(n)];
const text = (s: string) => bytesOf(s.length, s);
const frame = (type: number, channel: number, payload: Uint8Array) =>
  bytesOf(type, u16(channel), u32(payload.length), payload, 0xce);
const method = (id: number, ...args: readonly Part[]) => frame(1, 1, bytesOf(u32(id), ...args));
const open = [client(method(Method.channelOpen, 0)), server(method(Method.channelOpen + 1, u32(0)))];
const confirmSelect = [client(method(Method.confirmSelect, 0)), server(method(Method.confirmSelectOk))];
const body = (bytes: number) => [
  frame(2, 1, bytesOf(u16(60), u16(0), u64(bytes), u16(0))),
  ...(bytes === 0 ? [] : [frame(3, 1, new Uint8Array(bytes))]),
];
const publish = (exchange: string, key: string, bytes = 3) =>
  bytesOf(method(Method.publish, u16(0), text(exchange), text(key), 0), ...body(bytes));
const deliver = (tag: number, consumer = 'c') =>
  bytesOf(method(Method.deliver, text(consumer), u64(tag), 0, text('ex'), text('key')), ...body(2));
const ack = (tag: number, multiple = 0) => method(Method.ack, u64(tag), multiple);
const told = (pieces: readonly Piece[], how = {}) =>
  runSession(amqp, pieces, how).requests.map(
    (r) => `${r.method} ${r.target} ${r.outcome} ${r.start}-${r.end} ${r.flags}`,
  );

describe('an AMQP 0-9-1 session', () => {
  it('tells each operation of a real client once, with its outcome', () => {
    const { requests, counts } = runSession(amqp, samples[0].pieces);
    expect(requests.map((r) => [r.method, r.target, r.outcome, r.codeText].filter((x) => x !== '').join(' '))).toEqual([
      'connect 1',
      'channel.open 1',
      'qos 1',
      'exchange.declare events 1',
      'queue.declare invoices 1',
      'queue.bind invoices 1',
      'consume invoices 1',
      'publish events 0',
      'publish events 0',
      'publish invoices 0',
      'deliver invoices 1',
      'deliver invoices 2 nack',
      'deliver invoices 1',
      'get invoices 1',
      'channel.open 1',
      'confirm.select 1',
      'publish events 1',
      'publish events 2 NO_ROUTE',
      'get invoices 1',
      'queue.delete invoices 1',
      'cancel invoices 0',
      'channel.open 1',
      'queue.declare no-such-queue 2 NOT_FOUND',
      'channel.close 1',
      'channel.close 1',
      'deliver invoices 5',
      'connection.close 1',
    ]);
    expect([...counts]).toEqual([]);
    expect(requests.filter((r) => r.flags & RequestFlag.partial)).toEqual([]);
    expect(new Set(requests.map((r) => r.authority))).toEqual(new Set(['/']));
    expect(requests[0].userAgent).toBe('amqplib/2.3.1');
  });

  it('tells a refused login', () => {
    const { requests } = runSession(amqp, samples[1].pieces);
    expect(requests).toMatchObject([
      { method: 'connect', outcome: Outcome.clientError, code: 403, codeText: 'ACCESS_REFUSED' },
    ]);
  });

  it('reads trace context, content type and the way of a message out of its headers', () => {
    const traced = runSession(amqp, samples[0].pieces).requests.filter((r) => r.traceId !== '');
    expect(traced.map((r) => r.method)).toEqual(['publish', 'deliver']);
    expect(traced[0]).toMatchObject({
      traceId: 'ab42124a3c573678d4d8b21ba52df3bf',
      parentSpanId: 'd21f7bc17caa5aba',
      contentType: 'text/plain',
    });
    expect(amqp.attributes(traced[0])).toEqual({
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'events',
      'messaging.rabbitmq.destination.routing_key': 'order.{id}.created',
    });
  });

  it('counts a message with all its frames', () => {
    const sent = publish('ex', 'k', 300);
    expect(runSession(amqp, [...open, client(sent)]).requests[1]).toMatchObject({
      method: 'publish',
      requestBytes: sent.length,
      flags: RequestFlag.oneWay,
      outcome: Outcome.unset,
    });
  });

  it('settles confirmed publishes one by one or many at once', () => {
    const pieces = [
      ...open,
      ...confirmSelect,
      client(publish('a', ''), publish('b', ''), publish('c', ''), publish('d', '')),
      server(ack(2)),
      server(ack(3, 1)),
      server(method(Method.nack, u64(4), 0)),
    ];
    expect(told(pieces).slice(2)).toEqual([
      'publish b 1 6000-7100 0',
      'publish a 1 6000-8100 0',
      'publish c 1 6000-8100 0',
      'publish d 3 6000-9100 0',
    ]);
  });

  it('settles deliveries up to a tag, and all of them with tag 0', () => {
    const pieces = [
      ...open,
      server(deliver(1), deliver(2), deliver(3), deliver(4)),
      client(ack(2, 1)),
      client(ack(0, 1)),
    ];
    expect(told(pieces).slice(1)).toEqual([
      'deliver ex 1 4000-5100 0',
      'deliver ex 1 4000-5100 0',
      'deliver ex 1 4000-6100 0',
      'deliver ex 1 4000-6100 0',
    ]);
  });

  it('knows from Consume whether deliveries are acknowledged, and which queue they come from', () => {
    const pieces = [
      ...open,
      client(method(Method.consume, u16(0), text('jobs'), text('c'), 2, u32(0))),
      server(method(Method.consumeOk, text('c'))),
      server(deliver(1)),
    ];
    expect(told(pieces).slice(1)).toEqual([
      'consume jobs 1 4000-5100 0',
      `deliver jobs 0 6000-0 ${RequestFlag.oneWay}`,
    ]);
  });

  it('does not wait for acknowledgements that nobody sends', () => {
    const many = Array.from({ length: 200 }, (_, i) => server(deliver(i + 1)));
    const { session, requests } = runSession(amqp, many, { fromTheBeginning: false, end: 'open' });
    expect(session.pending).toBe(0);
    expect(requests).toHaveLength(200);
  });

  it('keeps channels apart', () => {
    const second = (id: number, ...args: readonly Part[]) => frame(1, 2, bytesOf(u32(id), ...args));
    const declare = (name: string) => [u16(0), text(name), 0, u32(0)] as const;
    const pieces = [
      client(method(Method.queueDeclare, ...declare('one'))),
      client(second(Method.queueDeclare, ...declare('two'))),
      server(second(Method.queueDeclareOk, text('two'), u32(0), u32(0))),
      server(method(Method.queueDeclareOk, text('one'), u32(0), u32(0))),
    ];
    expect(told(pieces)).toEqual(['queue.declare two 1 3000-4100 0', 'queue.declare one 1 2000-5100 0']);
  });

  it('names the publish that a channel was closed for, and the channel where nothing waits', () => {
    const close = server(method(Method.channelClose, u16(404), text("NOT_FOUND - no exchange 'x'"), u16(60), u16(40)));
    const confirmed = [...open, ...confirmSelect, client(publish('x', 'k')), close];
    expect(told(confirmed).at(-1)).toBe('publish x 2 6000-7100 0');
    expect(told([...open, client(publish('x', 'k')), close]).at(-1)).toBe(
      `channel.close  2 5000-5100 ${RequestFlag.oneWay}`,
    );
  });

  it('counts tags again from the only publish that waits after some were lost', () => {
    const pieces = [
      ...open,
      ...confirmSelect,
      lost(Side.client, -1),
      client(publish('a', '')),
      server(ack(7)),
      client(publish('b', '')),
      client(publish('c', '')),
      server(ack(9)),
      server(ack(8)),
    ];
    expect(told(pieces).slice(2)).toEqual([
      'publish a 1 7000-8100 1',
      'publish c 1 10000-11100 0',
      'publish b 1 9000-12100 0',
    ]);
  });

  it('marks what no answer is asked of', () => {
    const pieces = [...open, client(method(Method.queueDeclare, u16(0), text('q'), 16, u32(0)))];
    expect(told(pieces).at(-1)).toBe(`queue.declare q 0 4000-0 ${RequestFlag.oneWay}`);
  });
});

describe('methods', () => {
  it('are answered by their own answers', () => {
    expect(
      [Method.queueDeclare, Method.exchangeUnbind, Method.get, Method.confirmSelect].map(answerOf).map(methodName),
    ).toEqual(['queue.declare-ok', 'exchange.unbind-ok', 'get-ok', 'confirm.select-ok']);
    expect([Method.publish, Method.deliver, Method.ack, Method.recoverAsync].map(answerOf)).toEqual([0, 0, 0, 0]);
  });
});

describe('the AMQP 0-9-1 recogniser', () => {
  it('is sure of the protocol header and of methods', () => {
    for (const sample of samples) expect(recogniseFirst(amqp, sample.pieces, 1)).toBe(Confidence.yes);
    expect(recogniseFirst(amqp, [server(deliver(1))], 1)).toBe(Confidence.yes);
    expect(recogniseFirst(amqp, [client([8, 0, 0, 0, 0, 0, 0, 0xce])], 1)).toBe(Confidence.maybe);
  });

  it('declines AMQP 1.0 and other bytes', () => {
    for (const other of [
      'AMQP\u0000\u0001\u0000\u0000',
      'AMQX',
      [1, 0, 1, 0, 0, 0, 4, 0, 60, 0, 41, 0xce],
      [3, 0, 0, 0, 0, 0, 1, 5, 0xcf],
    ]) {
      expect(recogniseFirst(amqp, [client(bytesOf(other))], 5672)).toBe(Confidence.no);
    }
  });
});

describe.each(samples)('an AMQP conversation, $name,', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(amqp, sample, 11)).toEqual([]);
  });
  it('keeps pairing after a cut or a loss anywhere', () => {
    expect(brokenByGaps(amqp, sample, { step: 3 })).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(amqp, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(amqp, sample, 300)).toEqual([]);
  });
});
