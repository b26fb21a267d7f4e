import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { mysql } from './index.ts';
import { recordings } from './recordings.ts';
import { samples } from './samples.ts';

const told = (pieces: readonly Piece[], how = {}) =>
  runSession(mysql, pieces, how).requests.map((r) =>
    [r.method, r.target, r.code < 0 ? '' : String(r.code)].filter((text) => text !== '').join(' '),
  );
/** A packet; its payload is shorter than 256 bytes. */
const packet = (sequence: number, ...payload: readonly (number | string)[]) => {
  const bytes = Buffer.concat(payload.map((part) => Buffer.from(typeof part === 'string' ? part : [part])));
  return Buffer.concat([Buffer.from([bytes.length, 0, 0, sequence]), bytes]);
};
const okPacket = packet(1, 0, 0, 0, 2, 0, 0, 0);

describe('a MySQL session', () => {
  it('tells each operation of mysql2 once, in order, with its outcome', () => {
    const { requests, counts } = runSession(mysql, recordings.mysql2);
    expect(told(recordings.mysql2)).toEqual([
      'CONNECT',
      'CREATE TABLE orders',
      'INSERT orders',
      'SELECT orders',
      'PREPARE orders',
      'SELECT orders',
      'SELECT orders',
      'PREPARE orders',
      'INSERT orders',
      'SELECT missing 1146',
      'INSERT orders 1062',
      'SELECT; UPDATE orders',
      'PING',
      'SELECT',
      'CALL 1305',
      'USE',
      'SELECT shop.orders',
      'DROP TABLE shop.orders',
    ]);
    expect([...counts]).toEqual([]);
    for (const r of requests) {
      expect(r).toMatchObject({ protocol: 'mysql', userAgent: 'orders Node-MySQL-2/3.24.6', flags: 0 });
      expect(r.outcome).toBe(r.code < 0 ? Outcome.ok : Outcome.clientError);
    }
    expect(new Set(requests.slice(0, 15).map((r) => r.authority))).toEqual(new Set(['shop']));
    expect(requests[16].authority).toBe('mysql');
  });

  it('resolves prepared statements, counts rows and reads trace context', () => {
    const { requests } = runSession(mysql, recordings.mysql2);
    expect(requests[5].resource).toBe('SELECT note FROM orders WHERE id = ?');
    expect(requests.map((r) => r.responseMessages)).toEqual([0, 0, 3, 1, 0, 1, 1, 0, 1, 0, 0, 5, 0, 1, 0, 0, 2, 0]);
    expect(requests[3]).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
    });
    expect(mysql.attributes(requests[9])).toEqual({
      'db.system.name': 'mysql',
      'db.namespace': 'shop',
      'db.operation.name': 'SELECT',
      'db.collection.name': 'missing',
      'db.query.summary': 'SELECT missing',
      'db.query.text': 'SELECT * FROM missing',
      'db.response.status_code': '1146',
      'error.type': '1146',
      'mysql.sqlstate': '42S02',
    });
  });

  it('takes a loaded file as part of the statement', () => {
    const { requests } = runSession(mysql, recordings['a file loaded with the client of MariaDB']);
    expect(requests[2]).toMatchObject({ method: 'LOAD DATA', target: 'loaded', flags: RequestFlag.streaming });
    expect(requests[2]).toMatchObject({ outcome: Outcome.ok, responseMessages: 2 });
    expect(requests.slice(3).map((r) => r.method)).toEqual(['SELECT', 'DROP TABLE']);
  });

  it('says that a connection is compressed, and reads no more of it', () => {
    const { requests, wants, counts } = runSession(mysql, recordings['a compressed connection']);
    expect(requests).toMatchObject([{ method: 'CONNECT', attributes: ['mysql.compressed', 'true'] }]);
    expect(wants.at(-1)).toBe(Want.counters);
    expect(counts.get('mysql_compressed')).toBe(1);
  });

  it('tells a refused login', () => {
    expect(runSession(mysql, recordings['a refused login']).requests).toMatchObject([
      { method: 'CONNECT', outcome: Outcome.clientError, code: 1045, codeText: '28000' },
    ]);
  });

  it('follows pipelined commands, cursors, results without EOF packets, and a timeout of the server', () => {
    const name = 'prepared and executed in one go, with a cursor, without EOF packets';
    const { requests } = runSession(mysql, recordings[name]);
    expect(requests.map((r) => `${r.method} ${r.responseMessages} ${r.outcome}`)).toEqual([
      'CONNECT 0 1',
      'PREPARE 0 1',
      'SELECT 3 1',
      'SELECT 0 1',
      'FETCH 2 1',
      'FETCH 1 1',
      'USE 0 1',
      'SET 0 1',
      'SELECT 0 4',
      'STATISTICS 0 1',
    ]);
    expect(requests[2].target).toBe('seq_1_to_3');
  });

  it('marks a dump of the binary log as a stream', () => {
    expect(runSession(mysql, recordings['a dump of the binary log']).requests.at(-1)).toMatchObject({
      method: 'BINLOG DUMP',
      flags: RequestFlag.streaming | RequestFlag.wait,
    });
  });

  it('hands over to TLS where the client asks for it', () => {
    const login = Buffer.alloc(36);
    login.set([32, 0, 0, 1, 0x0d, 0xaa, 0x3a, 0]);
    const greeting = recordings.mysql2[0];
    const { became, requests } = runSession(mysql, [greeting, client(login), client(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0)]);
    expect(became).toEqual(['tls']);
    expect(requests).toEqual([]);
  });

  it('reads trace context from the attributes of a query', () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const query = packet(0, 3, 1, 1, 0, 1, 0xfe, 0, 11, 'traceparent', trace.length, trace, 'SELECT 1 FROM t');
    const plain = packet(0, 3, 0, 1, 'SELECT 2 FROM t');
    const pieces = [client(query), server(okPacket), client(plain), server(okPacket)];
    expect(runSession(mysql, pieces, { fromTheBeginning: false }).requests).toMatchObject([
      { resource: 'SELECT ? FROM t', traceId: '0af7651916cd43dd8448eb211c80319c' },
      { resource: 'SELECT ? FROM t', traceId: '' },
    ]);
  });

  it('tells errors of the server from those of the asker', () => {
    const cases: [code: number, state: string, outcome: Outcome][] = [
      [1064, '42000', Outcome.clientError],
      [1205, 'HY000', Outcome.serverError],
      [1213, '40001', Outcome.serverError],
      [1364, 'HY000', Outcome.clientError],
      [3024, 'HY000', Outcome.timeout],
    ];
    for (const [code, state, outcome] of cases) {
      const pieces = [
        client(packet(0, 3, 'SELECT 1')),
        server(packet(1, 0xff, code & 255, code >> 8, '#', state, 'message')),
      ];
      const [request] = runSession(mysql, pieces, { fromTheBeginning: false }).requests;
      expect(request).toMatchObject({ outcome, code, codeText: state });
    }
  });

  it('keeps values only where that is wanted', () => {
    const of = (keepRaw: boolean) =>
      runSession(mysql, recordings.mysql2, { options: { keepRaw } }).requests[2].resource;
    expect(of(false)).toBe('INSERT INTO orders VALUES (?, ?)');
    expect(of(true)).toBe("INSERT INTO orders VALUES (1, 'one'), (2, 'two'), (3, NULL)");
  });

  it('reads heads where only these were captured', () => {
    const whole = runSession(mysql, recordings.mysql2).requests;
    const { requests } = runSession(mysql, captureOnly(recordings.mysql2, 64));
    const facts = (r: (typeof whole)[number]) => [r.start, r.responseStart, r.end, r.responseBytes];
    expect(requests.map(facts)).toEqual(whole.map(facts));
  });

  it('asks for less of what is bulk, and for all again afterwards', () => {
    const row = Buffer.concat([Buffer.from([0xa0, 0x86, 1, 3]), Buffer.alloc(100_000, 0x20)]);
    const pieces = [
      client(packet(0, 3, 'SELECT 1')),
      server(packet(1, 1), packet(2, 3, 'def')),
      ...Array.from({ length: 4 }, () => server(row)),
      server(packet(7, 0xfe, 0, 0, 2, 0)),
      client(packet(0, 14)),
      server(okPacket),
    ];
    const { requests, wants } = runSession(mysql, pieces, { fromTheBeginning: false });
    expect(wants).toEqual([Want.stream, Want.segments, Want.stream]);
    expect(requests.map((r) => `${r.method} ${r.outcome} ${r.responseMessages}`)).toEqual(['SELECT 1 4', 'PING 1 0']);
  });
});

describe('recognising MySQL', () => {
  it('is certain of the greeting of each real connection', () => {
    for (const sample of samples) expect(recogniseFirst(mysql, sample.pieces, 7777)).toBe(Confidence.yes);
  });

  it('is certain of a statement on a connection that was joined', () => {
    expect(recogniseFirst(mysql, [client(packet(0, 3, 'SELECT 1'))], 7777)).toBe(Confidence.yes);
    expect(recogniseFirst(mysql, [client(packet(0, 14))], 3306)).toBe(Confidence.maybe);
  });

  it('declines what others say first', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n',
      'SSH-2.0-x\r\n',
      '*1\r\n$4\r\n',
      '\0\0\0\x08',
      '220 ready\r\n',
      '\x16\x03\x01\0',
    ]) {
      expect(recogniseFirst(mysql, [client(text)], 3306)).toBe(Confidence.no);
      expect(recogniseFirst(mysql, [server(text)], 3306)).toBe(Confidence.no);
    }
  });
});

describe.each(samples)('whatever happens to $name', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(mysql, sample, 2)).toEqual([]);
  });

  it('pairs what comes after a gap as if nothing had happened', () => {
    // Where the preparation of a statement is lost, what is executed is not known for as long as it is used.
    const recovery = sample.name === 'mysql2' ? 9 : sample.name.startsWith('prepared') ? 12 : 2;
    expect(brokenByGaps(mysql, sample, { step: 3, recovery })).toEqual([]);
  });

  it('makes nothing up when joined in the middle', () => {
    expect(brokenByJoining(mysql, sample)).toEqual([]);
  });

  it('survives any bytes', () => {
    expect(brokenByMutation(mysql, sample, 300)).toEqual([]);
  });
});
