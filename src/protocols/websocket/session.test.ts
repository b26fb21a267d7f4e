import { describe, expect, it } from 'vitest';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { http } from '../http/index.ts';
import { samples } from '../http/samples.ts';
import { brokenByGaps, brokenByMutation, changedByChunks } from '../robustness.ts';
import { captureOnly, client, cutEverywhere, lost, type Piece, runSession, server } from '../testing.ts';
import { websocket } from './index.ts';

const handshake = [
  client('GET /chat/7 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
];
const lengthOf = (n: number) =>
  n < 126 ? [n] : n < 65_536 ? [126, n >> 8, n & 255] : [127, 0, 0, 0, 0, 0, n >> 16, (n >> 8) & 255, n & 255];
const sent = (opcode: number, payload: number[], fin = 0x80) => {
  const [length, ...rest] = lengthOf(payload.length);
  return [fin | opcode, 0x80 | length, ...rest, 1, 2, 3, 4, ...payload.map((b, i) => b ^ [1, 2, 3, 4][i % 4])];
};
const answered = (opcode: number, payload: number[], fin = 0x80) => [
  fin | opcode,
  ...lengthOf(payload.length),
  ...payload,
];
const talk = (pieces: readonly Piece[], how = {}) =>
  runSession(http, [...handshake, ...pieces], { protocols: [websocket], ...how }).requests[1];

describe('a WebSocket session', () => {
  it('follows the handshake and counts messages until both sides have closed', () => {
    const hello = [104, 105];
    const r = talk([
      client(sent(1, hello), sent(2, hello, 0), sent(0, hello), sent(9, [])),
      server(answered(10, []), answered(1, new Array(300).fill(1)), answered(2, new Array(70_000).fill(2))),
      client(sent(8, [0x03, 0xe8])),
      server(answered(8, [0x03, 0xe8])),
    ]);
    expect(r).toMatchObject({
      protocol: 'websocket',
      target: '/chat/{id}',
      resource: '/chat/7',
      authority: 'a',
      requestMessages: 2,
      responseMessages: 2,
      code: 1000,
      codeText: 'NORMAL',
      outcome: Outcome.ok,
      flags: RequestFlag.streaming,
      start: 3100,
      end: 7100,
    });
    expect(r.responseBytes).toBe(2 + 304 + 70_010 + 4);
  });

  it('shows why the server closed', () => {
    expect(talk([server(answered(8, [0x03, 0xf3, 98])), client(sent(8, []))])).toMatchObject({
      code: 1011,
      codeText: 'INTERNAL_ERROR',
      outcome: Outcome.serverError,
    });
  });

  it('calls a conversation without Close frames aborted', () => {
    expect(talk([client(sent(1, [1]))])).toMatchObject({ code: -1, outcome: Outcome.aborted, requestMessages: 1 });
    expect(talk([client(sent(1, [1]))], { end: 'unknown' })).toMatchObject({ outcome: Outcome.unset });
  });

  it('counts through payload that was not captured, and says so where it had to give up', () => {
    const big = client(sent(2, new Array(900).fill(0)));
    expect(talk([...captureOnly([big], 100), client(sent(1, [1]))])).toMatchObject({
      requestMessages: 2,
      flags: RequestFlag.streaming,
    });
    const cut = client(sent(2, new Array(900).fill(0)), sent(1, [1]));
    const r = talk([...captureOnly([cut], 100), client(sent(1, [1]))]);
    expect(r).toMatchObject({ requestMessages: 2, flags: RequestFlag.streaming | RequestFlag.partial });
    expect(talk([lost(Side.server, 10), server(answered(1, [1]))])).toMatchObject({ responseMessages: 1 });
  });

  it('is the same however it is cut', () => {
    const pieces = samples.find((s) => s.name === 'a WebSocket upgrade')?.pieces ?? [];
    const run = (cut: readonly Piece[]) =>
      runSession(http, cut, { protocols: [websocket] }).requests.map((r) => [
        r.protocol,
        r.requestMessages,
        r.responseMessages,
        r.code,
        r.responseBytes,
      ]);
    const expected = run(pieces);
    expect(expected).toMatchObject([
      ['http', 0, 0, 101, 129],
      ['websocket', 1, 1, 1000, 11],
    ]);
    for (const cut of cutEverywhere(pieces)) expect(run(cut)).toEqual(expected);
  });
});

describe.each(samples.filter(({ protocol }) => protocol === 'websocket'))('what is known of $name', (sample) => {
  it('does not depend on how it is cut', () => {
    expect(changedByChunks(websocket, sample)).toEqual([]);
  });

  it('is right wherever something is missing, and survives any bytes', () => {
    expect(brokenByGaps(websocket, sample)).toEqual([]);
    expect(brokenByMutation(websocket, sample, 200)).toEqual([]);
  });
});
