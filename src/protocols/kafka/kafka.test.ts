import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { ByteReader } from '../byte-reader.ts';
import { Confidence, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { bytesOf, captureOnly, client, lost, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { callOf } from './calls.ts';
import { errorName, errorOutcome } from './errors.ts';
import { Facts } from './facts.ts';
import { kafka } from './index.ts';
import { samples } from './samples.ts';

const pieces = (name: string) => samples.find((sample) => sample.name === name)?.pieces ?? [];
const run = (name: string) => runSession(kafka, pieces(name)).requests;
const told = (name: string) =>
  run(name).map((r) => [r.method, r.target, r.outcome, r.codeText].filter((x) => x !== '').join(' '));

const u32 = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
const u16 = (n: number) => [n >> 8, n & 255];
const text = (s: string) => bytesOf(u16(s.length), s);
/** A request with a client id, before flexible versions. */
const ask = (key: number, version: number, id: number, body: Uint8Array = bytesOf()) => {
  const rest = bytesOf(u16(key), u16(version), u32(id), text('app'), body);
  return client(u32(rest.length), rest);
};
const answer = (id: number, body: Uint8Array = bytesOf()) => server(u32(4 + body.length), u32(id), body);
/** Heartbeat version 0 and its answer with an error code. */
const heartbeat = (id: number) => ask(12, 0, id, bytesOf(text('group-1'), u32(1), text('member')));
const beaten = (id: number, error: number) => answer(id, bytesOf(u16(error & 0xffff)));

describe('a Kafka session', () => {
  it('tells what a client asked that speaks old versions', () => {
    expect(told('KafkaJS, administration')).toEqual([
      'api_versions 1',
      'metadata 1',
      'create_topics orders 1',
      'metadata orders 1',
      'metadata 1',
      'create_topics orders 2 TOPIC_ALREADY_EXISTS',
      'metadata orders 1',
      'list_offsets orders 1',
      'list_offsets orders 1',
      'metadata orders 1',
      'delete_topics orders 1',
      'metadata 1',
    ]);
  });

  it('tells what a client asked that speaks the newest, and finds names of topics by their ids', () => {
    const fetches = run('Java client, metadata and fetch').filter((r) => r.method === 'fetch');
    expect(fetches.map((r) => r.target)).toEqual(['payments', 'payments', 'payments']);
    expect(fetches.every((r) => r.flags === RequestFlag.wait)).toBe(true);
    expect(fetches[0]).toMatchObject({ responseMessages: 3, userAgent: 'apache-kafka-java/3.9.1' });
    expect(told('Java client, transactional producer').slice(1)).toEqual([
      'find_coordinator payments-tx 1',
      'init_producer_id payments-tx 1',
      'metadata payments 1',
      'add_partitions_to_txn payments 1',
      'produce payments 1',
      'end_txn payments-tx 1',
    ]);
  });

  it('knows the steps by which groups form from errors', () => {
    expect(told('Java client, group').slice(1)).toEqual([
      'join_group classic-group 1 MEMBER_ID_REQUIRED',
      'join_group classic-group 1',
      'sync_group classic-group 1',
      'offset_fetch payments 1',
      'offset_commit payments 1',
      'leave_group classic-group 1',
    ]);
    expect(told('Java client, group of the new protocol')).toContain('consumer_group_heartbeat new-group 1');
    const waiting = run('Java client, group').filter((r) => r.flags & RequestFlag.wait);
    expect(waiting.map((r) => r.method)).toEqual(['join_group', 'join_group', 'sync_group']);
  });

  it('marks a produce that nobody confirms as one-way, and counts records', () => {
    const produced = run('KafkaJS, producer').filter((r) => r.method === 'produce');
    expect(produced).toMatchObject([
      { requestMessages: 2, flags: 0, outcome: Outcome.ok },
      { requestMessages: 1, flags: RequestFlag.oneWay, outcome: Outcome.unset, end: 0 },
      { requestMessages: 1, flags: 0, attributes: expect.arrayContaining(['messaging.kafka.compression', 'gzip']) },
    ]);
    expect(kafka.attributes(produced[0])).toEqual({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'produce',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'orders',
      'messaging.client.id': 'billing',
      'messaging.destination.partition.id': '1',
    });
  });

  it('reads trace context from the headers of records, produced and fetched', () => {
    const traced = [...run('KafkaJS, producer'), ...run('KafkaJS, fetch')].filter((r) => r.traceId !== '');
    expect(traced).toMatchObject([
      { method: 'produce', traceId: '5b8aa5a2d2c872e8321cf37308d69df2', parentSpanId: '051581bf3cb55c13' },
      { method: 'fetch', traceId: '5b8aa5a2d2c872e8321cf37308d69df2', target: 'orders' },
    ]);
  });

  it('pairs by correlation id however many are under way', () => {
    const many = [heartbeat(1), heartbeat(2), heartbeat(3), beaten(1, 0), beaten(2, 27), beaten(3, 25)];
    expect(runSession(kafka, many).requests).toMatchObject([
      { method: 'heartbeat', target: 'group-1', start: 2000, end: 5100, outcome: Outcome.ok, code: 0, flags: 0 },
      { start: 3000, end: 6100, outcome: Outcome.ok, codeText: 'REBALANCE_IN_PROGRESS', flags: 0 },
      { start: 4000, end: 7100, outcome: Outcome.clientError, codeText: 'UNKNOWN_MEMBER_ID', flags: 0 },
    ]);
  });

  it('knows that earlier answers are lost when a later one comes', () => {
    const some = [heartbeat(1), heartbeat(2), lost(Side.server, -1), beaten(2, 0)];
    expect(runSession(kafka, some).requests.map((r) => [r.start, r.end, r.flags])).toEqual([
      [2000, 0, RequestFlag.partial],
      [3000, 5100, RequestFlag.partial],
    ]);
  });

  it('steps over what was not captured by the size of the frame', () => {
    const big = ask(
      0,
      3,
      9,
      bytesOf(u16(0xffff), u16(1), u32(9), u32(1), text('logs'), u32(1), u32(0), u32(9_000), new Uint8Array(9_000)),
    );
    const seen = captureOnly([big, answer(9), heartbeat(10), beaten(10, 0)], 128);
    const { requests, counts } = runSession(kafka, seen);
    expect(requests.map((r) => `${r.method} ${r.target} ${r.requestBytes}`)).toEqual([
      `produce logs ${big.bytes.length}`,
      `heartbeat group-1 ${heartbeat(1).bytes.length}`,
    ]);
    expect([...counts]).toEqual([]);
  });

  it('asks to see every byte where heads are not enough and messages are small', () => {
    const cut = (piece: Piece) => ({ ...piece, bytes: piece.bytes.subarray(0, 40), skipped: piece.bytes.length - 40 });
    const two = client(heartbeat(1).bytes, heartbeat(2).bytes);
    expect(runSession(kafka, [cut(two), cut(two)]).wants).toEqual([Want.segments, Want.stream]);
  });

  it('follows a login whose tokens have no headers', () => {
    const some = [
      ask(17, 0, 1, text('PLAIN')),
      answer(1, bytesOf(u16(0), u32(0))),
      client(u32(11), [0], 'user', [0], 'passw'),
      server(u32(0)),
      heartbeat(2),
      beaten(2, 0),
    ];
    expect(runSession(kafka, some).requests.map((r) => `${r.method} ${r.target} ${r.outcome}`)).toEqual([
      'sasl_handshake PLAIN 1',
      'sasl_authenticate  1',
      'heartbeat group-1 1',
    ]);
  });

  it('reads the header of a version that is newer than what it knows', () => {
    const rest = bytesOf(u16(3), u16(19), u32(7), text('app'), [0], [9, 9, 9]);
    const [request] = runSession(kafka, [client(u32(rest.length), rest), answer(7, bytesOf([0, 1, 2]))]).requests;
    expect(request).toMatchObject({ method: 'metadata', target: '', outcome: Outcome.unset, end: 3100 });
  });
});

describe('the errors of Kafka', () => {
  it('have names, and tell whose fault it is', () => {
    expect([3, 6, 7, 29, -1, 133].map(errorName)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      'NOT_LEADER_OR_FOLLOWER',
      'REQUEST_TIMED_OUT',
      'TOPIC_AUTHORIZATION_FAILED',
      'UNKNOWN_SERVER_ERROR',
      'SHARE_SESSION_LIMIT_REACHED',
    ]);
    expect([3, 6, 7, 79, -1].map(errorOutcome)).toEqual([
      Outcome.clientError,
      Outcome.serverError,
      Outcome.timeout,
      Outcome.ok,
      Outcome.serverError,
    ]);
  });
});

describe('every call', () => {
  it('can be read from any bytes in every version without throwing', () => {
    const facts = new Facts();
    const reader = new ByteReader();
    const junk = Uint8Array.from({ length: 600 }, (_, i) => (i * 37) & 7);
    let count = 0;
    for (let key = 0; key < 93; key++) {
      for (let version = 0; version < 20; version++) {
        const call = callOf(key, version);
        if (call === undefined) continue;
        count++;
        for (const program of [call.request, call.response]) facts.read(program, reader.reset(junk, 0, junk.length));
      }
    }
    expect(count).toBeGreaterThan(300);
  });
});

describe('the Kafka recogniser', () => {
  it('is sure of requests of clients that have a name', () => {
    for (const sample of samples) expect(recogniseFirst(kafka, sample.pieces, 1), sample.name).toBe(Confidence.yes);
  });

  it('declines frames of other protocols that begin with a length', () => {
    const postgresql = client(u32(41), u32(196608), 'user', [0], 'postgres', [0], 'database', [0], 'shop', [0, 0]);
    const zookeeper = client(u32(45), u32(0), u32(0), u32(0), u32(30000), u32(0), u32(0), u32(16), new Uint8Array(17));
    for (const other of [
      postgresql,
      zookeeper,
      client(u32(20), u16(3), u16(1), u32(5), u16(9), [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]),
    ]) {
      expect(recogniseFirst(kafka, [other], 9092)).toBe(Confidence.no);
    }
  });

  it('is not sure of messages of gRPC, whose frames look like the first half of a request', () => {
    // HTTP/2 DATA: length, type and flags, stream; then a gRPC message: not compressed, its length, text.
    const data = (stream: number, message: string, trailing: Uint8Array) =>
      client([0, 0, message.length + 5, 0, 0], u32(stream), 0, u32(message.length), message, trailing);
    const trailers = bytesOf([0, 0, 24, 1, 5, 0, 0, 0, 1], 'x'.repeat(24));
    for (const stream of [1, 3, 0x301]) {
      for (const message of ['a'.repeat(20), 'orders-service', 'b'.repeat(240)]) {
        for (const trailing of [bytesOf(), trailers, bytesOf(...Array.from({ length: 60 }, () => 'z'.repeat(100)))]) {
          const piece = data(stream, message, trailing);
          expect([Confidence.no, Confidence.more]).toContain(recogniseFirst(kafka, [piece], 9092));
        }
      }
    }
  });

  it('is not sure of a request whose body is none', () => {
    const produce = (acks: number, topic: string) =>
      ask(0, 3, 1, bytesOf([0xff, 0xff], u16(acks), u32(1000), u32(1), text(topic), u32(0)));
    expect(recogniseFirst(kafka, [produce(1, 'orders')], 9092)).toBe(Confidence.yes);
    expect(recogniseFirst(kafka, [produce(7, 'orders')], 9092)).toBe(Confidence.no);
    expect(recogniseFirst(kafka, [produce(1, 'or ders')], 9092)).toBe(Confidence.no);
    expect(recogniseFirst(kafka, [ask(0, 3, 1, bytesOf([0xff, 0xff]))], 9092)).toBe(Confidence.no);
  });
});

describe.each(samples)('a Kafka conversation, $name,', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(kafka, sample, 23)).toEqual([]);
  });
  it('keeps pairing after a cut or a loss anywhere', () => {
    expect(brokenByGaps(kafka, sample, { step: 7 })).toEqual([]);
  });
  it('makes nothing up where it is joined in the middle', () => {
    expect(brokenByJoining(kafka, sample)).toEqual([]);
  });
  it('survives any bytes', () => {
    expect(brokenByMutation(kafka, sample, 100)).toEqual([]);
  });
});
