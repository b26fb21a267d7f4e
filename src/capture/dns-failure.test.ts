import { expect, test } from 'vitest';
import { type CaptureTime, NEVER } from '../base/units.ts';
import type { EventFields } from '../model/event.ts';
import { Side } from '../model/request.ts';
import { dns } from '../protocols/dns/index.ts';
import { Conversations, remoteEndpoint } from './conversations.ts';

/** A question for the A record of shop.test, and what answers it. */
function message(id: number, rcode: number | undefined): Uint8Array {
  const flags = rcode === undefined ? 0x0100 : 0x8180 | rcode;
  const name = [4, ...Buffer.from('shop'), 4, ...Buffer.from('test'), 0];
  return Uint8Array.from([id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]);
}

function watch() {
  const events: EventFields[] = [];
  let requests = 0;
  const conversations = new Conversations({
    protocols: [dns],
    protocolOptions: { keepRaw: false, datagramTimeout: 5e9 },
    sink: {
      request: () => requests++,
      connection: () => undefined,
      event: (event) => events.push({ ...event }),
    },
  });
  const conversation = conversations.open({
    transport: 'udp',
    client: { ...remoteEndpoint('10.0.0.1', 50_000), pid: 7, comm: 'curl' },
    server: remoteEndpoint('10.0.0.2', 53),
    time: 1000 as CaptureTime,
    beginningSeen: true,
  });
  const send = (from: Side, bytes: Uint8Array, at: number): void => {
    const time = at as CaptureTime;
    const chunk = { bytes, start: 0, end: bytes.length, skipped: 0, time, lastTime: time, readAt: NEVER };
    conversations.segment(conversation, from, chunk);
  };
  return { conversations, conversation, send, events, requests: () => requests };
}

test.each([
  ['SERVFAIL', 2],
  ['NXDOMAIN', 3],
  ['REFUSED', 5],
])('a name that is answered by %s makes an event beside its request', (reason, rcode) => {
  const { send, events, requests, conversation } = watch();
  send(Side.client, message(1, undefined), 2000);
  send(Side.server, message(1, rcode), 5000);
  expect(requests()).toBe(1);
  expect(events).toMatchObject([
    {
      kind: 'dns_failure',
      reason,
      time: 5000,
      transport: 'udp',
      sourceIp: '10.0.0.1',
      destinationIp: '10.0.0.2',
      destinationPort: 53,
      pid: 7,
      comm: 'curl',
      count: 1,
    },
  ]);
  expect(events[0].connection).toBe(conversation.connection);
});

test('a name that nobody answers for makes one with the moment of the question', () => {
  const { conversations, send, events } = watch();
  send(Side.client, message(1, undefined), 2000);
  conversations.tick(30e9 as CaptureTime);
  expect(events).toMatchObject([{ kind: 'dns_failure', reason: 'timeout', time: 2000 }]);
});

test('a name that is found makes none', () => {
  const { send, events, requests } = watch();
  send(Side.client, message(1, undefined), 2000);
  send(Side.server, message(1, 0), 5000);
  expect([requests(), events.length]).toEqual([1, 0]);
});
