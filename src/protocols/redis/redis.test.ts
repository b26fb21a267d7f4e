import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence, Want } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, lost, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { redis } from './index.ts';
import { recordings } from './recordings.ts';
import { samples } from './samples.ts';

const told = (pieces: readonly Piece[], how = {}) =>
  runSession(redis, pieces, how).requests.map((r) =>
    [r.method, r.target, r.codeText].filter((text) => text !== '').join(' '),
  );
const command = (...words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

describe('a Redis session', () => {
  it('tells each command of node-redis once, in order, with its outcome', () => {
    const { requests, counts } = runSession(redis, recordings['node-redis']);
    expect(told(recordings['node-redis']).slice(4)).toEqual([
      'SET user:{id}:name',
      'GET user:{id}:name',
      'GET user:{id}:name',
      'INCR counter',
      'INCR counter',
      'HSET cart:{id}',
      'HGETALL cart:{id}',
      'LPUSH queue',
      'BLPOP queue',
      'BLPOP queue',
      'LPUSH counter WRONGTYPE',
      'MULTI',
      'SET t',
      'GET t',
      'EXEC',
      'EVAL script:key',
      'XADD stream',
      'XREAD stream',
      'CONFIG GET',
      'SET big',
      'GET big',
      'NOSUCHCOMMAND a ERR',
      'SELECT',
      'DBSIZE',
    ]);
    expect([...counts]).toEqual([]);
    const waiting = requests.filter((r) => r.flags & RequestFlag.wait).map((r) => r.method);
    expect(waiting).toEqual(['BLPOP', 'BLPOP', 'XREAD']);
    expect(requests.at(-1)).toMatchObject({ authority: '3', userAgent: 'node-redis/6.3.1', outcome: Outcome.ok });
  });

  it('keeps keys beside their templates only where that is wanted, and values never', () => {
    const raw = runSession(redis, recordings['node-redis'], { options: { keepRaw: true } }).requests[4];
    expect(raw).toMatchObject({ target: 'user:{id}:name', resource: 'user:4711:name' });
    expect(redis.attributes(raw)).toEqual({
      'db.system.name': 'redis',
      'db.namespace': '0',
      'db.operation.name': 'SET',
      'db.query.text': 'SET user:4711:name ?',
    });
    expect(JSON.stringify(runSession(redis, recordings['node-redis']).requests)).not.toMatch(/4711|Ada|xxx/);
  });

  it('pairs pipelined commands, transactions and those that are not to be answered', () => {
    const { requests } = runSession(redis, recordings['a pipeline, inline commands and errors']);
    expect(requests.map((r) => `${r.method} ${r.responseBytes} ${r.codeText}`.trim())).toEqual([
      'PING 7',
      'SET 5',
      'RPUSH 4',
      'LRANGE 22',
      'GET 5',
      'INCR 68 WRONGTYPE',
      'GET 7',
      'MGET 21',
      'WATCH 5',
      'MULTI 5',
      'INCR 9',
      'SET 9',
      'EXEC 77 WRONGTYPE',
      'MULTI 5',
      'NOSUCH 59 ERR',
      'EXEC 62 EXECABORT',
      'CLIENT REPLY 0',
      'SET 0',
      'GET 7',
      'EVALSHA 48 NOSCRIPT',
      'QUIT 5',
    ]);
    const silent = requests.filter((r) => r.flags & RequestFlag.oneWay).map((r) => r.method);
    expect(silent).toEqual(['CLIENT REPLY', 'SET']);
  });

  it('tells subscriptions by all their confirmations, and what is delivered', () => {
    expect(told(recordings['subscriptions in RESP2'])).toEqual([
      'SUBSCRIBE news',
      'PSUBSCRIBE user.*',
      'MESSAGE orders:{id}',
      'PMESSAGE user.12',
      'PING',
      'UNSUBSCRIBE',
      'PUNSUBSCRIBE user.*',
      'GET a',
    ]);
    const { requests } = runSession(redis, recordings['subscriptions in RESP2']);
    expect(requests.map((r) => r.outcome)).toEqual(new Array(8).fill(Outcome.ok));
    expect(requests[2].flags).toBe(RequestFlag.oneWay);
  });

  it('reads RESP3: maps, sets, nulls, attributes, and pushes between answers', () => {
    expect(told(recordings['RESP3 with maps, pushes and invalidations'])).toEqual([
      'HELLO',
      'HSET h',
      'HGETALL h',
      'CLIENT TRACKING',
      'GET tracked',
      'INVALIDATE',
      'SUBSCRIBE news',
      'GET h WRONGTYPE',
      'SMEMBERS none',
      'MESSAGE news',
      'DEBUG',
      'DEBUG',
    ]);
  });

  it('takes MONITOR as a stream and captures no more of it', () => {
    const { requests, wants } = runSession(redis, recordings.MONITOR);
    expect(requests).toMatchObject([
      { method: 'MONITOR', outcome: Outcome.ok, flags: RequestFlag.wait | RequestFlag.streaming },
    ]);
    expect(wants.at(-1)).toBe(Want.counters);
  });

  it('tells whose fault an error is, and that a redirection is none', () => {
    const errors = ['WRONGTYPE x', 'LOADING x', 'MOVED 3999 127.0.0.1:6381', 'OOM x', 'odd'];
    const pieces = errors.flatMap((text) => [client(command('GET', 'a')), server(`-${text}\r\n`)]);
    expect(runSession(redis, pieces).requests.map((r) => [r.outcome, r.codeText])).toEqual([
      [Outcome.clientError, 'WRONGTYPE'],
      [Outcome.serverError, 'LOADING'],
      [Outcome.ok, 'MOVED'],
      [Outcome.serverError, 'OOM'],
      [Outcome.clientError, 'ERR'],
    ]);
  });

  it('counts through values that were not captured, and stays paired', () => {
    const pieces = [
      client(command('SET', 'a', 'x'.repeat(5000)), command('GET', 'a')),
      server('+OK\r\n$5000\r\n', 'x'.repeat(5000), '\r\n'),
      client(command('PING')),
      server('+PONG\r\n'),
    ];
    const whole = runSession(redis, pieces).requests;
    const heads = runSession(redis, captureOnly(pieces, 100)).requests;
    expect(whole.map((r) => [r.method, r.requestBytes, r.responseBytes])).toEqual([
      ['SET', 5029, 5],
      ['GET', 20, 5009],
      ['PING', 14, 7],
    ]);
    // The GET lies behind the value, in what was not captured.
    expect(heads.map((r) => [r.method, r.requestBytes, r.responseBytes])).toEqual([
      ['SET', 5029, 5],
      ['PING', 14, 7],
    ]);
  });

  it('captures less while a large value passes', () => {
    const half = 'x'.repeat(50_000);
    const pieces = [client(command('GET', 'a')), server('$100000\r\n', half), server(half, '\r\n')];
    expect(runSession(redis, pieces).wants).toEqual([Want.stream, Want.segments, Want.stream]);
  });

  it('does not guess whose answer comes next where answers were lost among several of a client that does not wait', () => {
    const pieces: Piece[] = [
      client(command('GET', 'x'), command('GET', 'y')),
      server('$1\r\n1\r\n'),
      client(command('GET', 'z')),
      server('$1\r\n2\r\n$1\r\n3\r\n'),
      client(command('GET', 'a'), command('GET', 'b'), command('GET', 'c')),
      lost(1, -1),
      server('$1\r\n3\r\n'),
      client(command('GET', 'd')),
      server('$1\r\n4\r\n'),
      { ...client(command('GET', 'e')), time: 1e9 },
      server('$1\r\n5\r\n'),
    ];
    const { requests } = runSession(redis, pieces);
    expect(requests.slice(3).map((r) => [r.target, r.outcome, r.flags & RequestFlag.partial])).toEqual([
      ['a', Outcome.unset, RequestFlag.partial],
      ['b', Outcome.unset, RequestFlag.partial],
      ['c', Outcome.unset, RequestFlag.partial],
      ['d', Outcome.unset, RequestFlag.partial],
      ['e', Outcome.ok, 0],
    ]);
  });

  it('marks what it pairs after joining as uncertain, until the connection was quiet', () => {
    const ask = (time: number) => [{ ...client(command('GET', 'a')), time }, server('$1\r\n3\r\n')];
    const pieces = [...ask(1e6), ...ask(2e6), ...ask(1e9), ...ask(1.1e9)];
    const flags = runSession(redis, pieces, { fromTheBeginning: false }).requests.map((r) => r.flags);
    expect(flags).toEqual([RequestFlag.partial, RequestFlag.partial, 0, 0]);
  });

  it('keeps a bounded number of commands that nobody answers', () => {
    const many = Array.from({ length: 10_000 }, () => client(command('PING')));
    expect(runSession(redis, many, { end: 'open' }).session.pending).toBeLessThanOrEqual(4096);
  });
});

describe('recognising Redis', () => {
  it('is certain of the first command of each real connection that is not typed by hand', () => {
    for (const sample of samples) {
      const isTyped = sample.name.includes('inline');
      expect(recogniseFirst(redis, sample.pieces, 7777)).toBe(isTyped ? Confidence.maybe : Confidence.yes);
    }
  });

  it('waits for enough of a command', () => {
    const whole = command('GET', 'a');
    for (let length = 1; length < whole.length - 8; length++) {
      const says = recogniseFirst(redis, [client(whole.slice(0, length))], 7777);
      expect([Confidence.more, Confidence.yes]).toContain(says);
    }
  });

  it('declines what others say first', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '* OK IMAP4rev1\r\n',
      '*1\r\nhello\r\n',
      '$GPGGA,1*47\r\n',
      '\0\0\0\x08',
    ]) {
      expect(recogniseFirst(redis, [client(text)], 6379)).toBe(Confidence.no);
    }
    expect(recogniseFirst(redis, [server('220 smtp\r\n')], 6379)).toBe(Confidence.no);
    expect(recogniseFirst(redis, [server('+OK POP3 ready\r\n')], 110)).toBeLessThan(Confidence.yes);
  });
});

describe.each(samples)('whatever happens to $name', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(redis, sample, 2)).toEqual([]);
  });

  it('pairs what comes after a gap as if nothing had happened', () => {
    expect(brokenByGaps(redis, sample, { step: 3, recovery: 2 })).toEqual([]);
  });

  it('makes nothing up when joined in the middle', () => {
    expect(brokenByJoining(redis, sample)).toEqual([]);
  });

  it('survives any bytes', () => {
    expect(brokenByMutation(redis, sample, 300)).toEqual([]);
  });
});
