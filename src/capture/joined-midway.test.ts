import { expect, test } from 'vitest';
import { type CaptureTime, NEVER } from '../base/units.ts';
import { Side } from '../model/request.ts';
import { protocols } from '../protocols/index.ts';
import { Conversations, remoteEndpoint } from './conversations.ts';

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const question = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';

function watch(beginningSeen: boolean, pieces: readonly (readonly [Side, string])[]) {
  let requests = 0;
  const conversations = new Conversations({
    protocols,
    protocolOptions: { keepRaw: false, datagramTimeout: 5e9 },
    sink: { request: () => requests++, connection: () => undefined, event: () => undefined },
  });
  const conversation = conversations.open({
    transport: 'tcp',
    client: remoteEndpoint('10.0.0.1', 50_000),
    server: remoteEndpoint('10.0.0.2', 80),
    time: 1 as CaptureTime,
    beginningSeen,
  });
  let time = 1000 as CaptureTime;
  for (const [from, text] of pieces) {
    const bytes = new Uint8Array(Buffer.from(text));
    time = (time + 1000) as CaptureTime;
    const chunk = { bytes, start: 0, end: bytes.length, skipped: 0, time, lastTime: time, readAt: NEVER };
    conversations.segment(conversation, from, chunk);
  }
  conversations.close(conversation, time, 'closed');
  return { requests, lost: Object.fromEntries(conversations.counters), joined: conversations.joinedMidway };
}

test('the answer to a request from before the capture is no loss', () => {
  const seen = watch(false, [
    [Side.server, answer],
    [Side.client, question],
    [Side.server, answer],
  ]);
  expect(seen).toEqual({ requests: 1, lost: {}, joined: 1 });
});

test('the same later on, or on a connection whose beginning was seen, is one', () => {
  const later = watch(false, [
    [Side.client, question],
    [Side.server, answer],
    [Side.server, answer],
  ]);
  expect(later).toMatchObject({ requests: 1, lost: { http_response_without_request: 1 }, joined: 0 });
  const whole = watch(true, [
    [Side.server, answer],
    [Side.client, question],
    [Side.server, answer],
  ]);
  expect(whole).toMatchObject({ lost: { http_response_without_request: 1 }, joined: 0 });
});
