import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { crc24 } from './crc24.ts';
import { cassandra } from './index.ts';
import { recordings } from './recordings.ts';
import { samples } from './samples.ts';

const told = (pieces: readonly Piece[], how = {}) =>
  runSession(cassandra, pieces, how).requests.map((r) =>
    [r.method, r.target, r.code < 0 ? '' : String(r.code)].filter((text) => text !== '').join(' '),
  );

const frame = (
  version: number,
  flags: number,
  stream: number,
  opcode: number,
  ...body: readonly (number | string)[]
) => {
  const bytes = Buffer.concat(body.map((part) => Buffer.from(typeof part === 'string' ? part : [part])));
  return Buffer.concat([
    Buffer.from([version, flags, stream >> 8, stream & 255, opcode, 0, 0, 0, bytes.length]),
    bytes,
  ]);
};
const query = (stream: number, text: string, flags = 0) =>
  frame(4, flags, stream, 7, 0, 0, 0, text.length, text, 0, 1, 0);
const done = (stream: number) => frame(0x84, 0, stream, 8, 0, 0, 0, 1);

describe('a Cassandra session', () => {
  it('tells each operation of the driver once, in order, with its outcome', () => {
    const { requests, counts } = runSession(cassandra, recordings['the driver of DataStax']);
    expect(told(recordings['the driver of DataStax']).filter((text) => !text.includes('system'))).toEqual([
      'STARTUP',
      'OPTIONS',
      'REGISTER',
      'CREATE KEYSPACE',
      'CREATE TABLE shop.orders',
      'INSERT shop.orders',
      'SELECT shop.orders',
      'PREPARE shop.orders',
      'INSERT shop.orders',
      'INSERT shop.orders',
      'BATCH shop.orders',
      'SELECT shop.missing 8704',
      '8192',
      'USE',
      'USE',
      'SELECT orders',
      'DROP KEYSPACE',
    ]);
    expect([...counts]).toEqual([]);
    const select = requests.find((r) => r.target === 'orders');
    expect(select).toMatchObject({ authority: 'shop', userAgent: 'Apache Cassandra Node.js Driver/4.10.0' });
    expect(requests.find((r) => r.traceId !== '')).toMatchObject({
      resource: 'SELECT * FROM shop.orders WHERE id = ?',
      traceId: '0af7651916cd43dd8448eb211c80319c',
    });
    const batch = requests.find((r) => r.method === 'BATCH');
    if (batch === undefined) throw new Error('no batch');
    expect(cassandra.attributes(batch)).toMatchObject({
      'db.system.name': 'cassandra',
      'db.operation.name': 'BATCH',
      'db.collection.name': 'shop.orders',
      'db.operation.batch.size': 3,
    });
  });

  it('pairs by stream, whatever the order', () => {
    expect(told(recordings['version 3, several streams at once'])).toEqual([
      'STARTUP',
      'SELECT nowhere.at_all 8704',
      'SELECT system.local',
      'SELECT system.local',
    ]);
  });

  it('reads the segments of version 5, prepared statements and frames that go over several', () => {
    const name = 'version 5 in segments, also a frame over two of them';
    expect(told(recordings[name])).toEqual([
      'OPTIONS',
      'STARTUP',
      'SELECT nowhere.at_all 8704',
      'SELECT system.local',
      'SELECT system.local',
      'PREPARE system.local',
      'SELECT system.local',
    ]);
    const { requests } = runSession(cassandra, recordings[name]);
    expect(requests.at(-1)?.resource).toBe('SELECT release_version FROM system.local WHERE key = ?');
  });

  it('joins a connection of version 5 in the middle', () => {
    const pieces = recordings['version 5 in segments, also a frame over two of them'].slice(4);
    expect(recogniseFirst(cassandra, pieces, 7777)).toBe(Confidence.yes);
    expect(told(pieces, { fromTheBeginning: false }).length).toBe(5);
  });

  it('opens segments and frames that are compressed with LZ4', () => {
    const opened = (['version 5 in segments', 'version 4 in frames'] as const).map((name) => {
      const { requests, counts } = runSession(cassandra, recordings[`${name} compressed with LZ4`]);
      return [told(recordings[`${name} compressed with LZ4`]), requests.map((r) => r.flags), [...counts]];
    });
    expect(opened).toEqual([
      [
        ['STARTUP', 'SELECT system.local', 'SELECT nowhere.at_all 8704', 'SELECT system.local', 'SELECT system.local'],
        [0, 0, 0, 0, 0],
        [],
      ],
      [['STARTUP', 'SELECT system.local', 'SELECT nowhere.at_all 8704'], [0, 0, 0], []],
    ]);
  });

  it('says that a frame was compressed in another way, and still pairs it', () => {
    const pieces = [client(frame(4, 1, 5, 7, 1, 2, 3)), server(frame(0x84, 1, 5, 8, 1, 2, 3))];
    const { requests, counts } = runSession(cassandra, pieces);
    expect(requests).toMatchObject([
      { method: '', outcome: Outcome.ok, flags: RequestFlag.partial, attributes: ['cassandra.compressed', 'true'] },
    ]);
    expect(counts.get('cassandra_compressed')).toBe(2);
  });

  it('reads trace context out of a custom payload, and the body behind it', () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const text = 'SELECT a FROM t';
    const request = frame(
      ...([4, 4, 1, 7, 0, 1, 0, 11, 'traceparent', 0, 0, 0, trace.length, trace] as const),
      ...([0, 0, 0, text.length, text, 0, 1, 0] as const),
    );
    const { requests } = runSession(cassandra, [client(request), server(done(1))]);
    expect(requests).toMatchObject([{ target: 't', traceId: '0af7651916cd43dd8448eb211c80319c' }]);
  });

  it('finds the error behind a tracing id and warnings', () => {
    const tracing = new Array<number>(16).fill(7);
    const answer = frame(0x84, 0x0a, 1, 0, ...tracing, 0, 1, 0, 4, 'slow', 0, 0, 0x12, 0, 0, 4, 'late');
    const { requests } = runSession(cassandra, [client(query(1, 'SELECT a FROM t')), server(answer)]);
    expect(requests).toMatchObject([{ outcome: Outcome.timeout, code: 0x1200, codeText: 'READ_TIMEOUT' }]);
  });

  it('names the tables of a batch', () => {
    const part = (text: string) => [0, 0, 0, 0, text.length, text, 0, 0] as const;
    const batch = frame(
      4,
      0,
      1,
      13,
      0,
      0,
      2,
      ...part('INSERT INTO a (x) VALUES (1)'),
      ...part('DELETE FROM b WHERE x = 1'),
      0,
      1,
      0,
    );
    const { requests } = runSession(cassandra, [client(batch), server(done(1))]);
    expect(requests).toMatchObject([{ method: 'BATCH', target: 'a, b', requestMessages: 2, outcome: Outcome.ok }]);
  });

  it('reads heads where only these were captured', () => {
    const pieces = [client(query(1, `INSERT INTO t (a) VALUES ('${'x'.repeat(150)}')`)), server(done(1))];
    expect(runSession(cassandra, captureOnly(pieces, 48)).requests).toMatchObject([
      { method: 'INSERT', target: 't', requestBytes: 195, outcome: Outcome.ok, flags: RequestFlag.partial },
    ]);
  });

  it('keeps a bounded number of requests that nobody answers', () => {
    const many = Array.from({ length: 40_000 }, (_, i) => client(query(i & 0x7fff, 'SELECT a FROM t')));
    expect(runSession(cassandra, many, { end: 'open' }).session.pending).toBeLessThanOrEqual(32_768);
  });
});

describe('the checksum of a segment', () => {
  it('is that of real segments', () => {
    const pieces = recordings['version 5 in segments, also a frame over two of them'].slice(4);
    for (const { bytes } of pieces) {
      expect(crc24(bytes, 0, 3)).toBe(bytes[3] | (bytes[4] << 8) | (bytes[5] << 16));
    }
  });
});

describe('recognising Cassandra', () => {
  it('is certain of the first frame of each real connection', () => {
    for (const sample of samples) expect(recogniseFirst(cassandra, sample.pieces, 7777)).toBe(Confidence.yes);
    expect(recogniseFirst(cassandra, [client(query(1, 'SELECT a FROM t'))], 7777)).toBe(Confidence.yes);
  });

  it('declines what others say first', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x05\x01\x00',
      '\x04\x01\x00\x50\x7f\x00\x00\x01\x00',
      '\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ]) {
      const bytes = Buffer.from(text, 'latin1');
      expect(recogniseFirst(cassandra, [client(bytes)], 9042)).toBeLessThan(Confidence.maybe);
    }
  });
});

describe.each(samples)('whatever happens to $name', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(cassandra, sample, 2)).toEqual([]);
  });

  it('pairs what comes after a gap as if nothing had happened', () => {
    expect(brokenByGaps(cassandra, sample, { step: 3, recovery: 2 })).toEqual([]);
  });

  it('makes nothing up when joined in the middle', () => {
    expect(brokenByJoining(cassandra, sample)).toEqual([]);
  });

  it('survives any bytes', () => {
    expect(brokenByMutation(cassandra, sample, 300)).toEqual([]);
  });
});
