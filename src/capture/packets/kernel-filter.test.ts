import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter, parseFilter } from '../../model/filter/index.ts';
import { addressOnly, type Names } from '../../model/names.ts';
import { newCapturedPacket } from '../pcap/packet.ts';
import { ipv4, ipv6, tcp, text, udp } from '../pcap/testing.ts';
import { isOpen, kernelProgram } from './kernel-filter.ts';
import { PacketFlows } from './packet-flows.ts';

/** What the kernel knows of a packet besides its bytes. */
interface Skb {
  /** From the IP header on. */
  readonly bytes: Uint8Array;
  readonly protocol?: number;
  readonly packetType?: number;
  readonly hardwareType?: number;
}

/** Runs a classic BPF program as net/core/filter.c would. */
function runProgram(program: Uint8Array, skb: Skb): number {
  const view = new DataView(program.buffer);
  const packet = new DataView(skb.bytes.buffer, skb.bytes.byteOffset, skb.bytes.length);
  let [a, x] = [0, 0];
  const load = (width: number, offset: number): number | undefined => {
    if (offset >= -0x100000 && offset < -0x1000) {
      const at = offset + 0x100000;
      if (at + width > packet.byteLength) return undefined;
      return width === 4 ? packet.getUint32(at) : width === 2 ? packet.getUint16(at) : packet.getUint8(at);
    }
    if (offset === -0x1000) return skb.protocol ?? (skb.bytes[0] >> 4 === 4 ? 0x0800 : 0x86dd);
    if (offset === -0x1000 + 4) return skb.packetType ?? 0;
    if (offset === -0x1000 + 28) return skb.hardwareType ?? 1;
    throw new Error(`load from ${offset}`);
  };
  for (let at = 0; at < program.length; at += 8) {
    const code = view.getUint16(at, true);
    const [jt, jf] = [program[at + 2], program[at + 3]];
    const k = view.getUint32(at + 4, true);
    const width = { 0: 4, 8: 2, 16: 1 }[code & 0x18] ?? 0;
    if ((code & 0x07) === 0x00) {
      const value = load(width, (code & 0xe0) === 0x40 ? x + (k | 0) : k | 0);
      if (value === undefined) return 0; // a load beyond the packet drops it
      a = value;
    } else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x64) a = (a << k) >>> 0;
    else if (code === 0x07) x = a;
    else if (code === 0x01) x = k;
    else if (code === 0x06) return k;
    else if (code === 0x05) at += k * 8;
    else {
      const yes = { 21: a === k, 37: a > k, 53: a >= k, 69: (a & k) !== 0 }[code];
      if (yes === undefined) throw new Error(`instruction ${code.toString(16)}`);
      at += (yes ? jt : jf) * 8;
    }
  }
  throw new Error('the program ran past its end');
}

function keeps(filter: string, skb: Skb): boolean {
  return runProgram(kernelProgram(parseFilter(filter), 99, true), skb) === 99;
}

const web = ipv4({
  source: '10.0.0.1',
  destination: '10.9.0.2',
  protocol: 6,
  payload: tcp({ from: 40_000, to: 80, sequence: 1 }),
});
const dns6 = ipv6('fd00::1', 'fd00::53', 17, udp(40_000, 53, text('?')));

describe('the filter in the kernel', () => {
  test('drops what the addresses, ports and transport of a packet rule out', () => {
    const cases: [filter: string, web: boolean, dns6: boolean][] = [
      ['', true, true],
      ['port:80', true, false],
      ['port:53', false, true],
      ['port:50..60,8000', false, true],
      ['port:>=40000', true, true],
      ['port:>40000', false, false],
      ['protocol:tcp', true, false],
      ['transport:udp', false, true],
      ['ip:10.0.0.0/8', true, false],
      ['ip:10.9.0.2', true, false],
      ['ip:10.9.0.3', false, false],
      ['ip:fd00::/16', false, true],
      ['ip:fd00::53 port:53', false, true],
      ['ip:10.0.0.1 port:53', false, false],
      ['ip:10.0.0.1 or port:53', true, true],
      ['not port:80', false, true],
      ['not (ip:10.0.0.0/8 or port:53)', false, false],
      ['not (ip:10.0.0.0/8 port:53)', true, true],
    ];
    for (const [filter, first, second] of cases) {
      expect([filter, keeps(filter, { bytes: web }), keeps(filter, { bytes: dns6 })]).toEqual([filter, first, second]);
    }
  });

  test('lets through what it cannot judge', () => {
    for (const filter of ['process:nginx', 'not process:nginx', 'container:web port:80', 'protocol:http']) {
      expect(keeps(filter, { bytes: web })).toBe(true);
    }
    expect(keeps('process:nginx port:443', { bytes: web })).toBe(false);
    expect(keeps('to:10.0.0.1', { bytes: web })).toBe(true);
    expect(keeps('not to.port:80', { bytes: web })).toBe(true);
    expect(keeps('to:10.0.0.3', { bytes: web })).toBe(false);
    expect(isOpen(parseFilter('process:nginx'))).toBe(false);
    expect(isOpen(parseFilter(''))).toBe(true);
  });

  test('lets through errors, tunnels, later fragments and extension headers, which user space judges', () => {
    const icmp = ipv4({ source: '10.0.0.9', destination: '10.0.0.1', protocol: 1, payload: new Uint8Array(40) });
    const tunnel = ipv4({ source: '1.1.1.1', destination: '2.2.2.2', protocol: 4, payload: web });
    const later = ipv4({
      source: '10.0.0.1',
      destination: '10.9.0.2',
      protocol: 17,
      payload: new Uint8Array(16),
      fragment: { offset: 1480, more: false },
    });
    const extension = ipv6(
      'fd00::1',
      'fd00::53',
      60,
      Uint8Array.from([17, 0, 1, 4, 0, 0, 0, 0, ...udp(1, 53, text('?'))]),
    );
    for (const bytes of [icmp, tunnel, later, extension]) expect(keeps('port:9999', { bytes })).toBe(true);
    expect(keeps('ip:10.0.0.7', { bytes: later })).toBe(false);
    expect(keeps('port:9999', { bytes: web, protocol: 0x8100 })).toBe(true);
  });

  test('takes a loopback packet once, and what is not IP only where nothing is chosen', () => {
    expect(keeps('port:80', { bytes: web, hardwareType: 772, packetType: 4 })).toBe(false);
    expect(keeps('port:80', { bytes: web, hardwareType: 772, packetType: 0 })).toBe(true);
    expect(keeps('port:80', { bytes: web, packetType: 4 })).toBe(true);
    const arp = { bytes: new Uint8Array(28), protocol: 0x0806 };
    expect(runProgram(kernelProgram(parseFilter(''), 77, false), arp)).toBe(77);
    expect(keeps('port:80', arp)).toBe(false);
  });

  test('falls back to letting all through where a filter has too many values for it', () => {
    const many = Array.from({ length: 400 }, (_, i) => `10.1.${i >> 8}.${i & 255}`).join(',');
    expect(keeps(`ip:${many}`, { bytes: web })).toBe(true);
  });

  test('never drops a packet whose conversation passes the filter', () => {
    const ips = ['10.0.0.1', '10.0.1.1', '192.168.0.1', 'fd00::1', 'fd00:0:1::1'];
    const ports = [53, 80, 443, 8080, 40_000, 40_001];
    const term = fc.oneof(
      fc
        .constantFrom(...ips, '10.0.0.0/16', 'fd00::/32', '0.0.0.0/0')
        .chain((ip) =>
          fc.constantFrom('ip', 'from', 'to', 'with', 'from.ip', 'to.ip').map((field) => `${field}:${ip}`),
        ),
      fc
        .constantFrom('80', '53', '>1000', '<100', '>=443', '<=53', '50..500')
        .chain((port) => fc.constantFrom('port', 'from.port', 'to.port').map((field) => `${field}:${port}`)),
      fc.constantFrom('protocol:tcp', 'transport:udp', 'process:nginx'),
    );
    const { filter } = fc.letrec<{ filter: string }>((tie) => ({
      filter: fc.oneof(
        { depthSize: 'small' },
        term,
        tie('filter').map((f) => `not (${f})`),
        fc.tuple(tie('filter'), tie('filter')).map(([f, g]) => `(${f}) (${g})`),
        fc.tuple(tie('filter'), tie('filter')).map(([f, g]) => `(${f}) or (${g})`),
      ),
    }));
    const names: Names = { nameOf: ({ ip }) => addressOnly(ip, 'private') };
    const packets = fc.record({
      source: fc.constantFrom(...ips),
      destination: fc.constantFrom(...ips),
      from: fc.constantFrom(...ports),
      to: fc.constantFrom(...ports),
      isTcp: fc.boolean(),
      flags: fc.constantFrom('S', 'SA', 'A'),
    });
    fc.assert(
      fc.property(filter, packets, (words, { source, destination, from, to, isTcp, flags }) => {
        const payload = isTcp ? tcp({ from, to, sequence: 1, flags }) : udp(from, to, text('x'));
        const protocol = isTcp ? 6 : 17;
        if (source.includes(':') !== destination.includes(':')) return;
        const bytes = source.includes(':')
          ? ipv6(source, destination, protocol, payload)
          : ipv4({ source, destination, protocol, payload });
        const parsed = parseFilter(words);
        const packet = { ...newCapturedPacket(), bytes, end: bytes.length, length: bytes.length, linkType: 101 };
        const flow = new PacketFlows([], 0).find(packet, 0);
        expect(flow).toBeDefined();
        if (flow === undefined || !compileFilter(parsed, names).connection(flow.connection, 'opened')) return;
        expect(runProgram(kernelProgram(parsed, 99, true), { bytes })).toBe(99);
      }),
      { numRuns: 3000 },
    );
  });
});
