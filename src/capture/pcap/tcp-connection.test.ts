import { describe, expect, test } from 'vitest';
import { NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag } from '../../model/request.ts';
import { protocols } from '../../protocols/index.ts';
import {
  EPOCH,
  ethernet,
  type FilePacket,
  ipv4,
  ipv6,
  pcapFile,
  type ReadResult,
  readBytes,
  skipCounts,
  type TcpParts,
  tcp,
  text,
  udp,
} from './testing.ts';

const CLIENT = '10.0.0.1';
const SERVER = '10.0.0.2';
const request = text('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
const response = text('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
/** Sequence numbers that wrap within the conversation. */
const C = 0xfffffff0;
const S = 0xfffffffc;

/** A conversation written packet by packet: times in milliseconds. */
class Script {
  readonly packets: FilePacket[] = [];
  readonly #clientPort: number;

  constructor(clientPort = 40_000) {
    this.#clientPort = clientPort;
  }

  client(ms: number, parts: Omit<TcpParts, 'from' | 'to'>, options: { identification?: number; cut?: number } = {}) {
    return this.#add(ms, CLIENT, SERVER, { ...parts, from: this.#clientPort, to: 8080 }, options);
  }

  server(ms: number, parts: Omit<TcpParts, 'from' | 'to'>, options: { identification?: number; cut?: number } = {}) {
    return this.#add(ms, SERVER, CLIENT, { ...parts, from: 8080, to: this.#clientPort }, options);
  }

  handshake(): this {
    this.client(0, { sequence: C, flags: 'S' });
    this.server(1, { sequence: S, acknowledgement: C + 1, flags: 'SA' });
    return this.client(3, { sequence: C + 1, acknowledgement: S + 1 });
  }

  raw(ms: number, bytes: Uint8Array): this {
    this.packets.push({ bytes: ethernet(bytes), time: EPOCH + BigInt(ms) * 1_000_000n });
    return this;
  }

  read(options: { maxConnections?: number; maxHeldBytes?: number } = {}): Promise<ReadResult> {
    return readBytes(pcapFile(this.packets), { protocols, ...options });
  }

  #add(
    ms: number,
    source: string,
    destination: string,
    parts: TcpParts,
    { identification, cut }: { identification?: number; cut?: number },
  ): this {
    const packet = ipv4({
      source,
      destination,
      protocol: 6,
      payload: tcp(parts),
      ...(identification === undefined ? {} : { identification }),
    });
    const bytes = ethernet(packet);
    this.packets.push({
      bytes: cut === undefined ? bytes : bytes.subarray(0, bytes.length - cut),
      length: bytes.length,
      time: EPOCH + BigInt(Math.round(ms * 1000)) * 1000n,
    });
    return this;
  }
}

const ASKED = C + 1 + request.length;
const ANSWERED = S + 1 + response.length;

describe('a TCP connection of a capture file', () => {
  test('gives its request, its times, its counters and its end', async () => {
    const { requests, connections, changes, events, epoch, summary } = await new Script()
      .handshake()
      .client(4, { sequence: C + 1, acknowledgement: S + 1, flags: 'PA', payload: request })
      .server(10, { sequence: S + 1, acknowledgement: ASKED, flags: 'PA', payload: response })
      .client(11, { sequence: ASKED, acknowledgement: ANSWERED, flags: 'FA' })
      .server(12, { sequence: ANSWERED, acknowledgement: ASKED + 1, flags: 'FA' })
      .client(13, { sequence: ASKED + 1, acknowledgement: ANSWERED + 1 })
      .read();
    expect(requests).toHaveLength(1);
    expect(requests[0].request).toMatchObject({
      protocol: 'http',
      method: 'GET',
      code: 200,
      outcome: Outcome.ok,
      requestBytes: request.length,
      responseBytes: response.length,
    });
    expect(epoch(requests[0].request.start)).toBe(EPOCH + 4_000_000n);
    expect(epoch(requests[0].request.end)).toBe(EPOCH + 10_000_000n);
    expect(changes).toEqual(['opened', 'established', 'identified', 'closed']);
    expect(connections).toHaveLength(1);
    expect(connections[0]).toMatchObject({
      client: { ip: CLIENT, port: 40_000 },
      server: { ip: SERVER, port: 8080 },
      beginningSeen: true,
      end: 'closed',
      protocol: 'http',
      counters: {
        clientBytes: request.length,
        serverBytes: response.length,
        clientSegments: 1,
        serverSegments: 1,
        clientRetransmits: 0,
        serverRetransmits: 0,
        outOfOrder: 0,
        zeroWindow: 0,
        rttMin: 2e6,
      },
    });
    expect(epoch(connections[0].start)).toBe(EPOCH);
    expect(epoch(connections[0].established)).toBe(EPOCH + 3_000_000n);
    expect(epoch(connections[0].ended)).toBe(EPOCH + 12_000_000n);
    expect(events).toEqual([]);
    expect(summary.skips.entries()).toEqual([]);
  });

  test('is put together from segments out of order, split at any byte', async () => {
    for (let split = 1; split < request.length; split++) {
      const { requests, connections, events } = await new Script()
        .handshake()
        .client(4.2, { sequence: C + 1 + split, acknowledgement: S + 1, payload: request.subarray(split) })
        .client(4.3, { sequence: C + 1, acknowledgement: S + 1, payload: request.subarray(0, split) })
        .server(10, { sequence: S + 1, acknowledgement: ASKED, payload: response })
        .read();
      expect(requests.map(({ request: r }) => [r.method, r.code, r.requestBytes])).toEqual([
        ['GET', 200, request.length],
      ]);
      expect(connections[0].counters).toMatchObject({ outOfOrder: 1, clientRetransmits: 0 });
      expect(events).toEqual([]);
    }
  });

  test('reports what was sent again, with other sizes too, and counts the request once', async () => {
    const { requests, connections, events, epoch } = await new Script()
      .client(0, { sequence: C, flags: 'S' })
      .client(1000, { sequence: C, flags: 'S' })
      .server(1001, { sequence: S, acknowledgement: C + 1, flags: 'SA' })
      .client(1002, { sequence: C + 1, acknowledgement: S + 1, payload: request.subarray(0, 10) })
      .client(1300, { sequence: C + 1, acknowledgement: S + 1, payload: request })
      .server(1301, { sequence: S + 1, acknowledgement: ASKED, payload: response })
      .server(1600, { sequence: S + 1, acknowledgement: ASKED, payload: response })
      .read();
    expect(requests).toHaveLength(1);
    expect(events.map((e) => [e.kind, epoch(e.time) - EPOCH, e.sourceIp, e.bytes, e.tcpState])).toEqual([
      ['retransmit', 1_000_000_000n, CLIENT, 0, 'SYN_SENT'],
      ['retransmit', 1_300_000_000n, CLIENT, request.length, 'ESTABLISHED'],
      ['retransmit', 1_600_000_000n, SERVER, response.length, 'ESTABLISHED'],
    ]);
    expect(connections[0].counters).toMatchObject({
      clientRetransmits: 2,
      serverRetransmits: 1,
      clientBytes: request.length,
      serverBytes: response.length,
    });
  });

  test('keep-alive probes are no retransmissions', async () => {
    const { events, connections } = await new Script()
      .handshake()
      .client(4, { sequence: C + 1, acknowledgement: S + 1, flags: 'PA', payload: request })
      .server(10, { sequence: S + 1, acknowledgement: ASKED, flags: 'PA', payload: response })
      .client(5000, { sequence: ASKED - 1, acknowledgement: ANSWERED })
      .client(9000, { sequence: ASKED - 1, acknowledgement: ANSWERED, payload: text('\0') })
      .read();
    expect(events).toEqual([]);
    expect(connections[0]).toMatchObject({ end: 'open', counters: { clientRetransmits: 0 } });
  });

  test('never hands out an answer before its question, though the capture has them in that order', async () => {
    const { requests, summary } = await new Script()
      .handshake()
      .server(10, { sequence: S + 1, acknowledgement: ASKED, payload: response })
      .client(10.1, { sequence: C + 1, acknowledgement: S + 1, payload: request })
      .read();
    expect(requests.map(({ request: r }) => [r.method, r.code])).toEqual([['GET', 200]]);
    expect(summary.skips.entries()).toEqual([]);
  });

  test('counts the bytes that the file lacks, and goes on behind them', async () => {
    const { requests, connections, summary } = await new Script()
      .handshake()
      .server(10, { sequence: S + 1, acknowledgement: ASKED, payload: response })
      .client(20, { sequence: ASKED, acknowledgement: ANSWERED, payload: request })
      .server(50, {
        sequence: ANSWERED,
        acknowledgement: ASKED + request.length,
        payload: text('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
      })
      .read();
    const whole = requests.filter(({ request: r }) => (r.flags & RequestFlag.partial) === 0);
    expect(whole.map(({ request: r }) => [r.method, r.code])).toEqual([['GET', 404]]);
    expect(connections[0].counters.clientBytes).toBe(request.length * 2);
    expect(skipCounts(summary)).toEqual({ stream_gap: 1, stream_bytes_lost: request.length });
  });

  test('knows the length of what the snap length cut off', async () => {
    const long = text(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`);
    const { requests, summary } = await new Script()
      .handshake()
      .client(4, { sequence: C + 1, acknowledgement: S + 1, payload: request })
      .server(10, { sequence: S + 1, acknowledgement: ASKED, payload: long }, { cut: 990 })
      .client(14, { sequence: ASKED, acknowledgement: S + 1 + long.length, payload: request })
      .server(20, {
        sequence: S + 1 + long.length,
        acknowledgement: ASKED + request.length,
        payload: response,
      })
      .read();
    expect(requests.map(({ request: r }) => [r.code, r.responseBytes])).toEqual([
      [200, long.length],
      [200, response.length],
    ]);
    expect(skipCounts(summary)).toEqual({ payload_cut: 1 });
  });

  test('that began before the file is read from its first segment on, the server told by its port', async () => {
    const { requests, connections } = await new Script()
      .server(0, { sequence: S + 1, acknowledgement: C + 1, payload: text('rest of something\r\n') })
      .client(4, { sequence: C + 1, acknowledgement: S + 20, payload: request })
      .server(10, { sequence: S + 20, acknowledgement: ASKED, payload: response })
      .read();
    expect(connections[0]).toMatchObject({
      client: { ip: CLIENT },
      server: { ip: SERVER },
      beginningSeen: false,
      established: NEVER,
    });
    expect(requests.map(({ request: r }) => [r.method, r.code])).toEqual([['GET', 200]]);
  });

  test('a refused, an unanswered and an unreachable attempt have failed, each in its way', async () => {
    const script = new Script(1)
      .client(0, { sequence: C, flags: 'S' })
      .server(1, { sequence: 0, acknowledgement: C + 1, flags: 'RA' });
    const unanswered = new Script(2)
      .client(0, { sequence: C, flags: 'S' })
      .client(1000, { sequence: C, flags: 'S' })
      .client(3000, { sequence: C, flags: 'S' });
    const unreachable = new Script(3).client(10, { sequence: C, flags: 'S' });
    const about = unreachable.packets[0].bytes.subarray(14, 14 + 28);
    unreachable.raw(
      12,
      ipv4({
        source: '10.0.0.254',
        destination: CLIENT,
        protocol: 1,
        payload: Uint8Array.from([3, 1, 0, 0, 0, 0, 0, 0, ...about]),
      }),
    );
    const young = new Script(4).client(4000, { sequence: C, flags: 'S' });
    script.packets.push(...unanswered.packets, ...unreachable.packets, ...young.packets);
    const { connections, events, summary } = await script.read();
    const ends = new Map(connections.map((c) => [c.client.port, [c.end, c.errno]]));
    expect(ends.get(1)).toEqual(['refused', 111]);
    expect(ends.get(2)).toEqual(['timed_out', 110]);
    expect(ends.get(3)).toEqual(['unreachable', 113]);
    expect(ends.get(4)).toEqual(['open', 0]);
    expect(events.filter((e) => e.kind === 'connect_failed').map((e) => [e.sourcePort, e.reason])).toEqual([
      [1, 'ECONNREFUSED'],
      [3, 'EHOSTUNREACH'],
      [2, 'ETIMEDOUT'],
    ]);
    expect(summary.skips.entries()).toEqual([]);
  });

  test('resets are events of the side that sent them, and leave the open request aborted', async () => {
    const { requests, connections, events } = await new Script()
      .handshake()
      .client(4, { sequence: C + 1, acknowledgement: S + 1, payload: request })
      .server(5, { sequence: S + 1, acknowledgement: ASKED, flags: 'RA' })
      .read();
    expect(events.map((e) => [e.kind, e.sourceIp, e.destinationIp])).toEqual([['reset_sent', SERVER, CLIENT]]);
    expect(connections[0].end).toBe('reset');
    expect(requests.map(({ request: r }) => r.outcome)).toEqual([Outcome.aborted]);
    const aborted = await new Script()
      .handshake()
      .client(5, { sequence: C + 1, acknowledgement: S + 1, flags: 'R' })
      .read();
    expect(aborted.connections[0].end).toBe('aborted');
  });

  test('the same two sockets may be used by one connection after the other', async () => {
    const second = 5_000;
    const { connections, requests, summary } = await new Script()
      .handshake()
      .client(4, { sequence: C + 1, acknowledgement: S + 1, payload: request })
      .server(10, { sequence: S + 1, acknowledgement: ASKED, payload: response })
      .client(100, { sequence: second, flags: 'S' })
      .server(101, { sequence: 9_000, acknowledgement: second + 1, flags: 'SA' })
      .client(102, { sequence: second + 1, acknowledgement: 9_001, payload: request })
      .server(103, { sequence: 9_001, acknowledgement: second + 1 + request.length, payload: response })
      .read();
    expect(connections.map((c) => c.end)).toEqual(['closed', 'open']);
    expect(requests.map(({ connection }) => connection.id)).toEqual([1, 2]);
    expect(summary.skips.entries()).toEqual([]);
  });

  test('a packet that was captured on two interfaces is one packet', async () => {
    const script = new Script().handshake();
    script.client(4, { sequence: C + 1, acknowledgement: S + 1, payload: request }, { identification: 77 });
    const again = script.packets[script.packets.length - 1];
    const otherLink = again.bytes.slice();
    otherLink[5] = 9;
    script.packets.push({ ...again, bytes: otherLink, time: again.time + 20_000n });
    script.server(10, { sequence: S + 1, acknowledgement: ASKED, payload: response });
    const { requests, events, summary } = await script.read();
    expect(requests).toHaveLength(1);
    expect(events).toEqual([]);
    expect(skipCounts(summary)).toEqual({ duplicate_packet: 1 });
  });

  test('connections beyond the limit are given up and counted', async () => {
    const script = new Script(1);
    for (let port = 1; port <= 50; port++) script.packets.push(...new Script(port).handshake().packets);
    const { connections, summary } = await script.read({ maxConnections: 10 });
    expect(connections).toHaveLength(50);
    expect(skipCounts(summary)).toEqual({ connection_evicted: 40 });
  });

  test('streams with gaps are given up when they hold more than may be held', async () => {
    const script = new Script().handshake();
    for (let i = 1; i < 40; i++) {
      script.server(10 + i, { sequence: S + 1 + i * 1000, acknowledgement: C + 1, payload: new Uint8Array(1000) });
    }
    const { connections, summary } = await script.read({ maxHeldBytes: 10_000 });
    expect(connections[0].counters.serverBytes).toBe(40_000);
    expect(skipCounts(summary)).toEqual({ stream_evicted: 1, stream_gap: 1, stream_bytes_lost: 1000 });
  });

  test('an announced zero window is an event each time it closes', async () => {
    const { connections, events } = await new Script()
      .handshake()
      .client(5, { sequence: C + 1, acknowledgement: S + 1, window: 0 })
      .client(6, { sequence: C + 1, acknowledgement: S + 1, window: 0 })
      .client(7, { sequence: C + 1, acknowledgement: S + 1, window: 10 })
      .client(8, { sequence: C + 1, acknowledgement: S + 1, window: 0 })
      .read();
    expect(connections[0].counters.zeroWindow).toBe(2);
    expect(events.map((e) => [e.kind, e.sourceIp])).toEqual([
      ['zero_window', CLIENT],
      ['zero_window', CLIENT],
    ]);
  });
});

describe('fragments', () => {
  const payload = udp(40_000, 9000, text('abcdefgh'.repeat(30)));
  const pieces = [
    { from: 0, to: 80 },
    { from: 80, to: 160 },
    { from: 160, to: payload.length },
  ];
  const fragment4 = ({ from, to }: { from: number; to: number }, identification = 9) =>
    ipv4({
      source: CLIENT,
      destination: SERVER,
      protocol: 17,
      identification,
      fragment: { offset: from, more: to < payload.length },
      payload: payload.subarray(from, to),
    });
  const fragment6 = ({ from, to }: { from: number; to: number }) =>
    ipv6(
      'fd00::1',
      'fd00::2',
      60, // destination options before the fragment header
      Uint8Array.from([
        44,
        0,
        1,
        4,
        0,
        0,
        0,
        0,
        17,
        0,
        (from >> 8) & 0xff,
        (from & 0xf8) | (to < payload.length ? 1 : 0),
        0,
        0,
        0,
        9,
        ...payload.subarray(from, to),
      ]),
    );
  const order = (...indexes: number[]) => indexes.map((i) => pieces[i]);

  test.each([
    ['in order', order(0, 1, 2)],
    ['reversed', order(2, 1, 0)],
    ['with one twice', order(1, 0, 0, 2)],
  ])('of IPv4 and IPv6 are put together %s', async (_name, sequence) => {
    for (const fragment of [fragment4, fragment6]) {
      const script = new Script();
      sequence.forEach((piece, i) => {
        script.raw(i, fragment(piece));
      });
      const { connections, summary } = await script.read();
      expect(connections).toHaveLength(1);
      expect(connections[0].counters.clientBytes).toBe(payload.length - 8);
      expect(skipCounts(summary)).toEqual(sequence.length > 3 ? { duplicate_packet: 1 } : {});
    }
  });

  test('of which one is missing leave the beginning of the datagram, with its whole length', async () => {
    const { connections, summary } = await new Script()
      .raw(0, fragment4(pieces[0]))
      .raw(1, fragment4(pieces[2]))
      .read();
    expect(connections[0].counters).toMatchObject({ clientBytes: payload.length - 8, clientSegments: 1 });
    expect(skipCounts(summary)).toEqual({ fragment_missing: 1, payload_cut: 1 });
  });

  test('that overlap are dropped and counted', async () => {
    const { connections, summary } = await new Script()
      .raw(0, fragment4(pieces[0]))
      .raw(1, fragment4({ from: 40, to: 120 }))
      .read();
    expect(connections).toHaveLength(0);
    expect(skipCounts(summary)).toEqual({ fragment_overlap: 1 });
  });

  test('of many datagrams that never become whole are bounded', async () => {
    const script = new Script();
    for (let i = 0; i < 5000; i++) script.raw(0, fragment4(pieces[1], i));
    const { summary } = await script.read();
    expect(skipCounts(summary)).toEqual({ fragment_evicted: 904, fragment_missing: 4096 });
  });
});
