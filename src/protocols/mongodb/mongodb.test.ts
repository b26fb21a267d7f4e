import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { mongodb } from './index.ts';
import { recordings } from './recordings.ts';
import { samples } from './samples.ts';

const driver = recordings['the driver of MongoDB'];
const told = (pieces: readonly Piece[], how = {}) =>
  runSession(mongodb, pieces, how).requests.map((r) =>
    [r.method, r.target, r.code < 0 ? '' : String(r.code)].filter((text) => text !== '').join(' '),
  );

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
type Value = number | string | readonly Value[] | { readonly [name: string]: Value };
function bson(fields: { readonly [name: string]: Value }): Buffer {
  const parts = Object.entries(fields).map(([name, value]) => {
    const [type, bytes] =
      typeof value === 'number'
        ? [0x10, int32(value)]
        : typeof value === 'string'
          ? [0x02, Buffer.concat([int32(value.length + 1), Buffer.from(`${value}\0`)])]
          : Array.isArray(value)
            ? [0x04, bson(Object.fromEntries(value.map((item: Value, i: number) => [String(i), item])))]
            : [0x03, bson(value as { readonly [name: string]: Value })];
    return Buffer.concat([Buffer.from([type as number]), Buffer.from(`${name}\0`), bytes as Buffer]);
  });
  const body = Buffer.concat([...parts, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}
const wrap = (id: number, answers: number, operation: number, ...parts: readonly Uint8Array[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length + 16), int32(id), int32(answers), int32(operation), body]);
};
const ask = (id: number, command: { readonly [name: string]: Value }, flags = 0) =>
  wrap(id, 0, 2013, int32(flags), Buffer.from([0]), bson(command));
const answer = (id: number, answers: number, document: { readonly [name: string]: Value }, flags = 0) =>
  wrap(id, answers, 2013, int32(flags), Buffer.from([0]), bson(document));

describe('a MongoDB session', () => {
  it('tells each operation of the driver once, in order, with its outcome', () => {
    expect(told(driver)).toEqual([
      'ismaster',
      'insert orders',
      'insert orders',
      'find orders',
      'getMore orders',
      'update orders',
      'aggregate orders',
      'count orders',
      'delete orders',
      'insert orders 11000',
      'find orders 2',
      'ping',
      'drop orders',
      'endSessions',
    ]);
    const { requests, counts } = runSession(mongodb, driver);
    expect([...counts]).toEqual([]);
    expect(requests[3]).toMatchObject({
      authority: 'shop',
      userAgent: 'orders nodejs/7.9.0',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      outcome: Outcome.ok,
    });
    expect(requests.at(-1)?.flags).toBe(RequestFlag.oneWay);
  });

  it('shows the shape of commands, and no value', () => {
    const { requests } = runSession(mongodb, driver);
    expect(requests.map((r) => r.resource).filter((text) => text !== '')).toEqual([
      '{filter: {state: ?, n: {$in: [?]}}}',
      '{updates: [{q: {state: ?}, u: {$set: {state: ?}}, multi: ?}]}',
      '{pipeline: [{$match: {state: ?}}, {$group: {_id: ?, n: {$sum: ?}}}]}',
      '{deletes: [{q: {_id: ?}, limit: ?}]}',
      '{filter: {$nonsense: ?}}',
    ]);
    expect(mongodb.attributes(requests[9])).toEqual({
      'db.system.name': 'mongodb',
      'db.namespace': 'shop',
      'db.operation.name': 'insert',
      'db.collection.name': 'orders',
      'db.query.summary': 'insert orders',
      'db.response.status_code': '11000',
      'error.type': '11000',
      'mongodb.code_name': 'writeErrors',
    });
  });

  it('pairs by id, in whatever order answers come, in the old form too', () => {
    expect(told(recordings['several requests at once, also in the old form'])).toEqual([
      'isMaster',
      'ping',
      'nonsense 59',
      'count orders',
    ]);
    const pieces = [
      client(ask(7, { find: 'a', $db: 'd' }), ask(8, { find: 'b', $db: 'd' })),
      server(answer(1, 8, { ok: 1 })),
      server(answer(2, 7, { ok: 1 })),
    ];
    expect(runSession(mongodb, pieces).requests.map((r) => [r.target, r.end])).toEqual([
      ['b', 3100],
      ['a', 4100],
    ]);
  });

  it('takes writes that are not acknowledged as one-way', () => {
    const { requests, session } = runSession(mongodb, [client(ask(1, { insert: 'a', $db: 'd' }, 2))], { end: 'open' });
    expect(requests).toMatchObject([{ method: 'insert', target: 'a', flags: RequestFlag.oneWay }]);
    expect(session.pending).toBe(0);
  });

  it('marks what waits on purpose: awaited data and a hello that goes on', () => {
    const pieces = [
      client(ask(1, { getMore: 5, collection: 'a', maxTimeMS: 1000, $db: 'd' })),
      server(answer(10, 1, { ok: 1 })),
      client(ask(2, { hello: 1, maxAwaitTimeMS: 10_000, $db: 'admin' }, 0x1_0000)),
      server(answer(11, 2, { ok: 1 }, 2)),
      server(answer(12, 11, { ok: 1 }, 2)),
    ];
    const { requests, session } = runSession(mongodb, pieces, { end: 'open' });
    expect(requests.map((r) => [r.method, r.flags])).toEqual([
      ['getMore', RequestFlag.wait],
      ['hello', RequestFlag.wait | RequestFlag.streaming],
    ]);
    expect(session.pending).toBe(0);
  });

  it('follows an exhaust cursor to its end', () => {
    const pieces = [
      client(ask(1, { find: 'a', $db: 'd' }, 0x1_0000)),
      server(answer(10, 1, { ok: 1 }, 2)),
      server(answer(11, 10, { ok: 1 }, 2)),
      server(answer(12, 11, { ok: 1 })),
    ];
    expect(runSession(mongodb, pieces).requests).toMatchObject([
      { method: 'find', start: 2000, end: 5100, responseMessages: 2, outcome: Outcome.ok },
    ]);
  });

  it('reads what was compressed with zlib, and says of the rest that it could not', () => {
    const plain = ask(1, { find: 'orders', $db: 'shop' }).subarray(16);
    const compressed = (id: number, answers: number, compressor: number, body: Uint8Array) =>
      wrap(id, answers, 2012, int32(2013), int32(plain.length), Buffer.from([compressor]), body);
    const pieces = [
      client(compressed(1, 0, 2, deflateSync(plain))),
      server(
        compressed(5, 1, 2, deflateSync(answer(5, 1, { ok: 0, code: 50, codeName: 'MaxTimeMSExpired' }).subarray(16))),
      ),
      client(compressed(2, 0, 1, Buffer.from([1, 2, 3]))),
      server(compressed(6, 2, 1, Buffer.from([1, 2, 3]))),
    ];
    const { requests, counts } = runSession(mongodb, pieces);
    expect(requests).toMatchObject([
      { method: 'find', target: 'orders', authority: 'shop', outcome: Outcome.timeout, codeText: 'MaxTimeMSExpired' },
      { method: '', flags: RequestFlag.partial, outcome: Outcome.unset },
    ]);
    expect(requests[1].attributes).toContain('snappy');
    expect(counts.get('mongodb_compressed')).toBe(2);
  });

  it('tells errors of the server from those of the asker', () => {
    const of = (document: { readonly [name: string]: Value }) =>
      runSession(mongodb, [client(ask(1, { find: 'a', $db: 'd' })), server(answer(2, 1, document))]).requests[0];
    expect(of({ ok: 0, code: 13, codeName: 'Unauthorized' })).toMatchObject({ outcome: Outcome.clientError });
    expect(of({ ok: 0, code: 10107, codeName: 'NotWritablePrimary' })).toMatchObject({ outcome: Outcome.serverError });
    expect(of({ n: 1, writeErrors: [{ index: 0, code: 11000 }], ok: 1 })).toMatchObject({ code: 11000, outcome: 2 });
    expect(of({ n: 1, writeConcernError: { code: 64, errmsg: 'x' }, ok: 1 })).toMatchObject({ code: 64, outcome: 3 });
  });

  it('is sure of a cursor whose answer was cut, and not of anything else', () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ note: `row ${i}` }));
    const cursor = server(answer(2, 1, { cursor: { firstBatch: rows, id: 0 }, ok: 1 }));
    const other = server(answer(2, 1, { values: rows, ok: 1 }));
    const of = (piece: Piece) =>
      runSession(mongodb, captureOnly([client(ask(1, { find: 'a', $db: 'd' })), piece], 200)).requests[0];
    expect(of(cursor)).toMatchObject({ outcome: Outcome.ok, flags: 0 });
    expect(of(other)).toMatchObject({ outcome: Outcome.unset, flags: RequestFlag.partial });
  });

  it('keeps a bounded number of requests that nobody answers', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => client(ask(i, { ping: 1, $db: 'd' })));
    expect(runSession(mongodb, many, { end: 'open' }).session.pending).toBeLessThanOrEqual(4096);
  });
});

describe('recognising MongoDB', () => {
  it('is certain of the first message of each real connection, and of its answer', () => {
    for (const sample of samples) {
      expect(recogniseFirst(mongodb, sample.pieces, 7777)).toBe(Confidence.yes);
      expect(recogniseFirst(mongodb, sample.pieces.slice(1), 7777)).toBe(Confidence.yes);
    }
  });

  it('declines what others say first', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '*1\r\n$4\r\nPING\r\n',
      'SSH-2.0-x\r\n',
      '\0\0\0\x08\x04\xd2\x16\x2f',
      '\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03aaaa',
    ]) {
      expect(recogniseFirst(mongodb, [client(text)], 27017)).toBe(Confidence.no);
    }
  });
});

describe.each(samples)('whatever happens to $name', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(mongodb, sample, 2)).toEqual([]);
  });

  it('pairs what comes after a gap as if nothing had happened', () => {
    expect(brokenByGaps(mongodb, sample, { step: 3, recovery: 1 })).toEqual([]);
  });

  it('makes nothing up when joined in the middle', () => {
    expect(brokenByJoining(mongodb, sample)).toEqual([]);
  });

  it('survives any bytes', () => {
    expect(brokenByMutation(mongodb, sample, 300)).toEqual([]);
  });
});
