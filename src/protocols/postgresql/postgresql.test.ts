import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { postgresql } from './index.ts';
import { recordings } from './recordings.ts';
import { samples } from './samples.ts';

const told = (pieces: readonly Piece[], how = {}) =>
  runSession(postgresql, pieces, how).requests.map((r) => `${r.method} ${r.target} ${r.outcome} ${r.codeText}`.trim());

const ready = [0x5a, 0, 0, 0, 5, 0x49];
const selectOne = ['C', 0, 0, 0, 13, 'SELECT 1', 0] as const;
const query = (text: string) => client('Q', 0, 0, 0, text.length + 5, text, 0);

describe('a PostgreSQL session', () => {
  it('tells each operation of node-postgres once, in order, with its outcome', () => {
    const { requests, counts } = runSession(postgresql, recordings['node-postgres']);
    expect(requests.map((r) => [r.method, r.target, r.codeText].filter((x) => x !== '').join(' '))).toEqual([
      'CONNECT',
      'CREATE TABLE orders',
      'INSERT orders',
      'SELECT orders',
      'SELECT orders',
      'SELECT orders',
      'INSERT orders',
      'INSERT orders',
      'SELECT missing 42P01',
      'INSERT orders 23505',
      'BEGIN; UPDATE; COMMIT orders',
      'SELECT',
      'DELETE orders',
      'DROP TABLE orders',
    ]);
    expect([...counts]).toEqual([]);
    for (const r of requests) {
      expect(r).toMatchObject({ protocol: 'postgresql', authority: 'shop', userAgent: 'orders', flags: 0 });
      expect(r.outcome).toBe(r.codeText === '' ? Outcome.ok : Outcome.clientError);
      expect(r.end).toBeGreaterThan(r.start);
    }
  });

  it('resolves prepared statements to their text, without values', () => {
    const { requests } = runSession(postgresql, recordings['node-postgres']);
    expect(requests[4].resource).toBe('SELECT note FROM orders WHERE id = $1');
    expect(requests[5].resource).toBe(requests[4].resource);
    expect(requests[2].resource).toBe('INSERT INTO orders VALUES (?, ?)');
    expect(requests[3]).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
    });
    expect(requests[5].traceId).toBe('');
  });

  it('counts rows', () => {
    const { requests } = runSession(postgresql, recordings['node-postgres']);
    expect(requests.slice(2, 6).map((r) => r.responseMessages)).toEqual([3, 1, 1, 1]);
    expect(postgresql.attributes(requests[3])).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'db.operation.name': 'SELECT',
      'db.collection.name': 'orders',
      'db.query.summary': 'SELECT orders',
      'db.query.text': 'SELECT * FROM orders WHERE id = ?',
      'db.response.returned_rows': 1,
    });
    expect(postgresql.attributes(requests[8])).toMatchObject({
      'db.response.status_code': '42P01',
      'error.type': '42P01',
    });
  });

  it('takes COPY as one request that streams, whichever way it goes and however it ends', () => {
    const { requests } = runSession(postgresql, recordings['COPY in and out with psql']);
    expect(requests.map((r) => `${r.method} ${r.target} ${r.flags} ${r.codeText}`.trim())).toEqual([
      'CONNECT  0',
      'CREATE TABLE copied 0',
      'COPY copied 4',
      'COPY copied 4',
      'COPY copied 4 22P02',
      'SELECT copied 0',
      'DROP TABLE copied 0',
    ]);
  });

  it('follows a pipeline: Syncs end groups, and after an error the rest of its group was not run', () => {
    const { requests } = runSession(postgresql, recordings['a pipeline of Syncs and of Executes']);
    expect(requests.slice(2, 9).map((r) => [r.outcome, r.codeText])).toEqual([
      [Outcome.ok, ''],
      [Outcome.ok, ''],
      [Outcome.ok, ''],
      [Outcome.ok, ''],
      [Outcome.clientError, '23505'],
      [Outcome.aborted, ''],
      [Outcome.ok, ''],
    ]);
  });

  it('tells preparing apart from executing, also where a Flush and not a Sync ends it', () => {
    const name = 'prepared in one round trip, executed in another, fetched in parts';
    expect(told(recordings[name])).toEqual([
      'CONNECT  1',
      'PREPARE  1',
      'BEGIN  1',
      'SELECT  1',
      'SELECT  1',
      'SELECT  1',
      'COMMIT  1',
      'DEALLOCATE  1',
      'PREPARE nowhere 2 42P01',
      'EMPTY  1',
    ]);
  });

  it('tells an error at commit, a timeout of the server and a notification', () => {
    expect(told(recordings['an error at commit, notices and notifications'])).toEqual([
      'CONNECT  1',
      'CREATE TABLE parent, child 1',
      'INSERT child 2 23503',
      'DROP TABLE nothing_there 1',
      'LISTEN  1',
      'NOTIFICATION news 1',
      'NOTIFY  1',
      'SET  1',
      'SELECT  4 57014',
      'DROP TABLE child, parent 1',
    ]);
  });

  it('goes on in the clear where encryption is declined, and tells a refused login', () => {
    expect(told(recordings['a request for encryption that is declined, and a refused login'])).toEqual([
      'CONNECT  2 3D000',
    ]);
  });

  it('hands over to TLS where encryption is accepted', () => {
    const pieces = [client(0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f), server('S'), client(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0)];
    const { became, requests, counts } = runSession(postgresql, pieces);
    expect(became).toEqual(['tls']);
    expect(requests).toEqual([]);
    expect([...counts]).toEqual([]);
  });

  it('marks replication as a stream and captures no more of it', () => {
    const { requests, wants } = runSession(postgresql, recordings.replication);
    const last = requests.at(-1);
    expect(last).toMatchObject({
      method: 'START_REPLICATION',
      outcome: Outcome.ok,
      flags: RequestFlag.streaming | RequestFlag.wait,
    });
    expect(wants.at(-1)).toBe(Want.counters);
  });

  it('says nothing of a statement that was prepared before it joined, but for what the answer tells', () => {
    const pieces = [
      client('B', 0, 0, 0, 14, 0, 's1', 0, 0, 0, 0, 0, 0, 0, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0, 'S', 0, 0, 0, 4),
      server(0x32, 0, 0, 0, 4, ...selectOne, ready),
    ];
    expect(runSession(postgresql, pieces, { fromTheBeginning: false }).requests).toMatchObject([
      { method: 'SELECT', target: '', resource: '', flags: RequestFlag.partial, outcome: Outcome.ok },
    ]);
  });

  it('leaves requests without an answer as aborted', () => {
    const [request] = runSession(postgresql, [query('SELECT 1'), server()], { fromTheBeginning: false }).requests;
    expect(request).toMatchObject({ method: 'SELECT', outcome: Outcome.aborted });
  });

  it('keeps values only where that is wanted', () => {
    const of = (keepRaw: boolean) =>
      runSession(postgresql, recordings['node-postgres'], { options: { keepRaw } }).requests[2].resource;
    expect(of(false)).toBe('INSERT INTO orders VALUES (?, ?)');
    expect(of(true)).toBe("INSERT INTO orders VALUES (1, 'one'), (2, 'two'), (3, NULL)");
  });

  it('reads heads where only these were captured, and says that it did not see the end', () => {
    const { requests } = runSession(postgresql, captureOnly(recordings['node-postgres'], 72));
    const whole = runSession(postgresql, recordings['node-postgres']).requests;
    const facts = (r: (typeof whole)[number]) => [r.method, r.target, r.start, r.responseStart, r.end, r.responseBytes];
    expect(requests.map(facts)).toEqual(whole.map(facts));
    expect(requests.filter((r) => r.flags & RequestFlag.partial).length).toBeGreaterThan(5);
  });

  it('asks for less of what is bulk, and for all again afterwards', () => {
    const row = new Uint8Array(100_000);
    row.set(Buffer.from([0x64, 0, 1, 0x86, 0x9f]));
    const pieces = [
      query('COPY t TO STDOUT'),
      server('H', 0, 0, 0, 7, 0, 0, 0),
      ...Array.from({ length: 4 }, () => server(row)),
      server('c', 0, 0, 0, 4, 'C', 0, 0, 0, 11, 'COPY 4', 0, ready),
      query('SELECT 1'),
      server(...selectOne, ready),
    ];
    const { requests, wants } = runSession(postgresql, pieces, { fromTheBeginning: false });
    expect(wants).toEqual([Want.stream, Want.segments, Want.stream]);
    expect(requests.map((r) => `${r.method} ${r.outcome} ${r.responseMessages}`)).toEqual(['COPY 1 4', 'SELECT 1 1']);
  });

  it('keeps a bounded number of requests that nobody answers', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => query(`SELECT ${i}`));
    const { session, counts } = runSession(postgresql, many, { fromTheBeginning: false, end: 'open' });
    expect(session.pending).toBeLessThanOrEqual(4096);
    expect(counts.get('postgresql_too_many_pending')).toBeGreaterThan(0);
  });
});

describe('recognising PostgreSQL', () => {
  it('is certain of the first bytes of each real connection', () => {
    for (const sample of samples) expect(recogniseFirst(postgresql, sample.pieces, 5432)).toBe(Confidence.yes);
  });

  it('is certain of a turn that was joined where it ends as turns end', () => {
    const pieces = recordings['node-postgres'];
    const later = pieces.filter((p) => p.from === 0).slice(4, 7);
    for (const piece of later) expect(recogniseFirst(postgresql, [piece], 7777)).toBe(Confidence.yes);
    expect(recogniseFirst(postgresql, [pieces[3]], 7777)).toBe(Confidence.yes);
  });

  it('declines what others say first', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '*1\r\n$4\r\nPING\r\n',
      'QUIT\r\n',
      'EHLO example.org\r\n',
      'PRI * HTTP/2.0\r\n',
      'SSH-2.0-x\r\n',
      '\x16\x03\x01\x02\x00\x01\x00',
      '\0\0\0\x10\0\x03\0\0hello wo',
      'D\0\0\0',
    ]) {
      expect(recogniseFirst(postgresql, [client(text)], 5432)).toBeLessThan(Confidence.maybe);
      expect(recogniseFirst(postgresql, [server(text)], 5432)).toBeLessThan(Confidence.maybe);
    }
  });
});

describe.each(samples)('whatever happens to $name', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(postgresql, sample)).toEqual([]);
  });

  it('pairs what comes after a gap as if nothing had happened', () => {
    // A lost Parse leaves its name unknown for as long as it is used.
    const recovery = sample.name.startsWith('prepared in one round trip') ? 14 : 2;
    expect(brokenByGaps(postgresql, sample, { step: 3, recovery })).toEqual([]);
  });

  it('makes nothing up when joined in the middle', () => {
    expect(brokenByJoining(postgresql, sample)).toEqual([]);
  });

  it('survives any bytes', () => {
    expect(brokenByMutation(postgresql, sample, 300)).toEqual([]);
  });
});
