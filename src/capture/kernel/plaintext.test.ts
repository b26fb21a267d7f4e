import { beforeEach, describe, expect, it } from 'vitest';
import type { CaptureTime } from '../../base/units.ts';
import { type RequestFields, RequestFlag, Side } from '../../model/request.ts';
import { CapturePolicy, CiphertextRecord, PlaintextRecord, RecordFlag, RecordKind } from '../../probe/layout.ts';
import { protocols } from '../../protocols/index.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import { Conversations, remoteEndpoint } from '../conversations.ts';
import { LiveConversation } from './live-conversation.ts';
import { PlaintextReader } from './plaintext.ts';
import type { Seat } from './socket-table.ts';

const CLIENT = 11;
const SERVER = 22;
const request = 'GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n';
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A capture of one connection with both ends on this host, reduced to what the reader of plaintext needs. */
function newCapture() {
  const requests: RequestFields[] = [];
  const conversations = new Conversations({
    protocols,
    protocolOptions: { keepRaw: false, datagramTimeout: 5e9 },
    sink: {
      request: (fields) => requests.push({ ...fields, attributes: [...fields.attributes] }),
      connection: () => undefined,
      event: () => undefined,
    },
  });
  const conversation = conversations.open({
    transport: 'tcp',
    client: remoteEndpoint('127.0.0.1', 40_000),
    server: remoteEndpoint('127.0.0.1', 443),
    time: 1 as CaptureTime,
    beginningSeen: true,
  });
  const live = new LiveConversation(conversation);
  live.clientCookie = CLIENT;
  live.serverCookie = SERVER;
  const seats = new Map<number, Seat>([
    [CLIENT, { live, isServer: false, turn: 0 }],
    [SERVER, { live, isServer: true, turn: 0 }],
  ]);
  const bytes = Buffer.alloc(65_536);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const policies = new Map<string, number>();
  const placed: number[] = [];
  const shown: number[] = [];
  const table = (name: string) => ({
    set: (cookie: number, policy: number) => policies.set(`${name} ${cookie}`, policy),
  });
  const reader = new PlaintextReader({
    conversations,
    probes: { policies: table('plaintext'), setSocket: (_object, cookie) => placed.push(cookie) },
    policies: table('ciphertext'),
    bytes,
    view,
    seat: (cookie) => seats.get(cookie),
    time: (from, at) => Number(from.getBigUint64(at, true)) as CaptureTime,
    comm: (pid) => `task ${pid}`,
    attachedBefore: () => true,
    showCiphertext: (pid) => shown.push(pid),
  });
  let time = 1_000_000_000;
  const offsets = new Map<string, number>();
  return {
    reader,
    requests,
    conversations,
    conversation,
    policies,
    placed,
    shown,
    get time() {
      return time as CaptureTime;
    },
    /** What a process wrote into TLS or read out of it. @param cookie 0 where the kernel does not know the socket */
    say(cookie: number, session: number, way: 'reads' | 'writes', text: string) {
      const egress = way === 'writes';
      const stream = `${session} ${way}`;
      time += 1000;
      bytes.fill(0, 0, PlaintextRecord.SIZE);
      view.setBigUint64(PlaintextRecord.time, BigInt(time), true);
      view.setUint8(PlaintextRecord.kind, RecordKind.plaintext);
      view.setUint8(PlaintextRecord.flags, egress ? RecordFlag.egress : 0);
      view.setBigUint64(PlaintextRecord.cookie, BigInt(cookie), true);
      view.setBigUint64(PlaintextRecord.session, BigInt(session), true);
      view.setBigUint64(PlaintextRecord.generation, BigInt(session) << 33n, true);
      view.setUint32(PlaintextRecord.offset, offsets.get(stream) ?? 0, true);
      view.setUint32(PlaintextRecord.length, text.length, true);
      view.setUint16(PlaintextRecord.captured, text.length, true);
      view.setUint32(PlaintextRecord.pid, session, true);
      bytes.write(text, PlaintextRecord.SIZE);
      offsets.set(stream, (offsets.get(stream) ?? 0) + text.length);
      reader.plaintext(0);
    },
    /** The library of a process made this ciphertext. */
    encrypt(session: number, ciphertext: Buffer) {
      time += 1000;
      bytes.fill(0, 0, CiphertextRecord.SIZE);
      view.setBigUint64(CiphertextRecord.time, BigInt(time), true);
      view.setBigUint64(CiphertextRecord.session, BigInt(session), true);
      view.setBigUint64(CiphertextRecord.generation, BigInt(session) << 33n, true);
      view.setUint32(CiphertextRecord.pid, session, true);
      view.setUint32(CiphertextRecord.length, ciphertext.length, true);
      ciphertext.copy(bytes, CiphertextRecord.bytes, 0, 48);
      reader.ciphertext(0);
    },
    /** These bytes pass in the connection. */
    pass(from: Side, passing: Buffer) {
      reader.passed(conversation, from, chunkOf(passing));
    },
  };
}

function chunkOf(bytes: Buffer): Chunk {
  const time = 1 as CaptureTime;
  return { bytes, start: 0, end: bytes.length, skipped: 0, time, lastTime: time, readAt: time };
}

describe('the reader of plaintext', () => {
  let capture: ReturnType<typeof newCapture>;
  beforeEach(() => {
    capture = newCapture();
  });

  it('tells requests of the connection whose socket the kernel named', () => {
    capture.say(SERVER, 7, 'reads', request);
    capture.say(SERVER, 7, 'writes', answer);
    expect(capture.requests).toMatchObject([{ protocol: 'http', method: 'GET', target: '/a', code: 200 }]);
    expect(capture.requests[0].flags & RequestFlag.tls).not.toBe(0);
    expect(capture.conversation.connection).toMatchObject({ protocol: 'http', server: { pid: 7, comm: 'task 7' } });
    expect(capture.policies.get(`ciphertext ${SERVER}`)).toBe(CapturePolicy.plaintext);
  });

  it('tells once what both ends say, and quiets one of them', () => {
    capture.say(SERVER, 7, 'reads', '');
    capture.say(CLIENT, 8, 'writes', request);
    capture.say(SERVER, 7, 'reads', request);
    capture.say(SERVER, 7, 'writes', answer);
    capture.say(CLIENT, 8, 'reads', answer);
    expect(capture.requests).toHaveLength(1);
    expect(capture.policies.get(`plaintext ${CLIENT}`)).toBe(CapturePolicy.counters);
    expect(capture.reader.losses.get('tls_unmapped')).toBe(0);
  });

  it('places what a program encrypts for itself by its ciphertext, also what was said before', () => {
    const ciphertext = Buffer.from(Array.from({ length: 80 }, (_, i) => (i * 37) & 255));
    capture.say(0, 8, 'writes', request);
    capture.encrypt(8, ciphertext);
    capture.pass(Side.server, Buffer.alloc(80, 1));
    expect(capture.placed).toEqual([]);
    capture.pass(Side.client, ciphertext);
    expect(capture.placed).toEqual([CLIENT]);
    // The kernel learns of it a little later.
    capture.say(0, 8, 'reads', answer);
    expect(capture.requests).toMatchObject([{ target: '/a', code: 200 }]);
    expect(capture.conversation.connection.client.pid).toBe(8);
  });

  it('drops and counts what belongs nowhere, after it has asked for ciphertext', () => {
    capture.say(0, 8, 'writes', request);
    capture.say(99, 9, 'writes', request);
    capture.reader.tick((capture.time + 1_000_000_000) as CaptureTime);
    expect(capture.shown).toEqual([8]);
    capture.reader.tick((capture.time + 20_000_000_000) as CaptureTime);
    expect(capture.reader.losses.get('tls_unmapped')).toBe(2);
    expect(capture.requests).toEqual([]);
  });

  it('puts nothing into a connection that is not encrypted', () => {
    capture.conversations.segment(capture.conversation, Side.client, chunkOf(Buffer.from(request)));
    capture.say(SERVER, 7, 'reads', request);
    expect(capture.conversation.inside).toBeUndefined();
    expect(capture.reader.losses.get('tls_unmapped')).toBe(1);
  });

  it('begins anew where an object takes the place of another', () => {
    capture.say(SERVER, 7, 'reads', request);
    capture.say(SERVER, 6, 'reads', request);
    capture.say(SERVER, 6, 'writes', answer);
    expect(capture.requests.filter(({ code }) => code === 200)).toHaveLength(1);
  });
});
