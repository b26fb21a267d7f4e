import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { brokenByGaps, brokenByJoining, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, type Piece, recogniseFirst, runSession, server } from '../testing.ts';
import { memcached } from './index.ts';
import { recordings } from './recordings.ts';
import { samples } from './samples.ts';

const told = (pieces: readonly Piece[], how = {}) =>
  runSession(memcached, pieces, how).requests.map((r) =>
    [r.method, r.target, r.codeText].filter((text) => text !== '').join(' '),
  );

describe('a memcached session', () => {
  it('tells each operation of memjs, in binary, once and in order', () => {
    expect(told(recordings.memjs)).toEqual([
      'set user:{id}',
      'get user:{id}',
      'get missing MISS',
      'add user:{id} EXISTS',
      'incr hits',
      'incr hits',
      'delete user:{id}',
      'delete user:{id} NOT_FOUND',
      'set big',
      'get big',
    ]);
    const { requests, counts } = runSession(memcached, recordings.memjs);
    expect(requests.map((r) => r.outcome)).toEqual(new Array(10).fill(Outcome.ok));
    expect([...counts]).toEqual([]);
  });

  it('reads classic text: several keys, data, no reply wanted, errors, statistics', () => {
    expect(told(recordings['classic text'])).toEqual([
      'set user:{id}',
      'get user:{id}',
      'get missing MISS',
      'set a',
      'set b',
      'get a',
      'gets a',
      'cas a EXISTS',
      'incr a',
      'incr user:{id} CLIENT_ERROR',
      'decr none NOT_FOUND',
      'append a',
      'add a NOT_STORED',
      'gat a',
      'touch a',
      'delete a',
      'delete a NOT_FOUND',
      'version',
      'stats',
      'flush_all',
    ]);
    const { requests } = runSession(memcached, recordings['classic text']);
    expect(requests[3].flags).toBe(RequestFlag.oneWay);
    expect(requests[5]).toMatchObject({ requestMessages: 3, responseMessages: 2 });
    expect(requests[9].outcome).toBe(Outcome.clientError);
  });

  it('does not repeat words that are no commands', () => {
    expect(told(recordings['commands that are none'])).toEqual(['version', 'ERROR', 'get ERROR']);
  });

  it('reads meta commands, and knows of quiet ones what they do not say', () => {
    expect(told(recordings['meta commands, also quiet ones'])).toEqual([
      'ms user:{id}',
      'mg user:{id}',
      'mg missing MISS',
      'mg missing MISS',
      'mg user:{id}',
      'mg gone MISS',
      'ms x',
      'mg x',
      'mn',
      'ma counter',
      'md user:{id}',
      'md user:{id} NF',
      'ms user:{id} NS',
      'me x',
      'mn',
    ]);
  });

  it('pairs quiet binary commands by what comes back', () => {
    const { requests } = runSession(memcached, recordings['quiet binary commands and statistics']);
    expect(requests.map((r) => [r.method, r.target, r.responseBytes, r.codeText].join(' ').trim())).toEqual([
      'setq a 0',
      'set b 24',
      'getkq a 30',
      'getkq missing 0 MISS',
      'getq b 31',
      'noop  24',
      'stats  3713',
      'incr b 70 NON_NUMERIC',
      'delete nothing 33 NOT_FOUND',
    ]);
  });

  it('tells errors of the server from those of the asker', () => {
    const pieces = [
      client('set a 0 0 1\r\nx\r\n'),
      server('SERVER_ERROR out of memory storing object\r\n'),
      client('set a 0 0 x\r\n'),
      server('CLIENT_ERROR bad command line format\r\n'),
    ];
    const { requests } = runSession(memcached, pieces);
    expect(requests.map((r) => [r.outcome, r.codeText])).toEqual([
      [Outcome.serverError, 'SERVER_ERROR'],
      [Outcome.clientError, 'CLIENT_ERROR'],
    ]);
    expect(memcached.attributes(requests[0])).toEqual({
      'db.system.name': 'memcached',
      'db.operation.name': 'set',
      'db.query.text': 'set a',
      'db.response.status_code': 'SERVER_ERROR',
      'error.type': 'SERVER_ERROR',
    });
  });

  it('counts through values that were not captured', () => {
    const big = 'x'.repeat(5000);
    const pieces = [
      client(`set a 0 0 5000\r\n${big}\r\n`),
      server('STORED\r\n'),
      client('get a\r\n'),
      server(`VALUE a 0 5000\r\n${big}\r\n`, 'END\r\n'),
      client('get b\r\n'),
      server('END\r\n'),
    ];
    const { requests } = runSession(memcached, captureOnly(pieces, 64));
    expect(requests.map((r) => [r.method, r.requestBytes, r.responseBytes])).toEqual([
      ['set', 5018, 8],
      ['get', 7, 5023],
      ['get', 7, 5],
    ]);
  });

  it('keeps a bounded number of commands that nobody answers', () => {
    const many = Array.from({ length: 10_000 }, () => client('get a\r\n'));
    expect(runSession(memcached, many, { end: 'open' }).session.pending).toBeLessThanOrEqual(4096);
  });
});

describe('recognising memcached', () => {
  it('is certain of the first command of each real connection', () => {
    for (const sample of samples) {
      const isCommon = sample.name === 'commands that are none';
      expect(recogniseFirst(memcached, sample.pieces, 7777)).toBe(isCommon ? Confidence.maybe : Confidence.yes);
    }
  });

  it('leaves what Redis understands too to the port', () => {
    expect(recogniseFirst(memcached, [client('get a\r\n')], 11211)).toBe(Confidence.maybe);
    expect(recogniseFirst(memcached, [server('VALUE a 0 1\r\n1\r\nEND\r\n')], 7777)).toBe(Confidence.yes);
  });

  it('declines what others say first', () => {
    for (const text of [
      'GET / HTTP/1.1\r\n',
      '*1\r\n$4\r\nPING\r\n',
      'SET a 1\r\n',
      'set a b\r\n',
      'quit now\r\n',
      'hello\r\n',
    ]) {
      expect(recogniseFirst(memcached, [client(text)], 11211)).toBe(Confidence.no);
    }
    for (const text of ['220 ready\r\n', '+OK\r\n', 'HTTP/1.1 200 OK\r\n', 'OK go ahead\r\n']) {
      expect(recogniseFirst(memcached, [server(text)], 11211)).toBe(Confidence.no);
    }
  });
});

describe.each(samples)('whatever happens to $name', (sample) => {
  it('gives the same requests however it is cut into chunks', () => {
    expect(changedByChunks(memcached, sample, 2)).toEqual([]);
  });

  it('pairs what comes after a gap as if nothing had happened', () => {
    // Where a connection goes on with what is no command, nobody knows.
    const recovery = sample.name === 'commands that are none' ? 4 : 2;
    expect(brokenByGaps(memcached, sample, { step: 3, recovery })).toEqual([]);
  });

  it('makes nothing up when joined in the middle', () => {
    expect(brokenByJoining(memcached, sample)).toEqual([]);
  });

  it('survives any bytes', () => {
    expect(brokenByMutation(memcached, sample, 300)).toEqual([]);
  });
});
