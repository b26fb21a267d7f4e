import { describe, expect, test } from 'vitest';
import type { Protocol } from '../../protocols/protocol.ts';
import { LinkType } from './link-types.ts';
import { Option } from './pcapng-blocks.ts';
import {
  bytesOf,
  EPOCH,
  ethernet,
  ipv4,
  ipv6,
  PcapngBlocks,
  pcapFile,
  readBytes,
  skipCounts,
  text,
  u16,
  udp,
} from './testing.ts';

const protocols: readonly Protocol[] = [];
const datagram = ipv4({
  source: '10.0.0.1',
  destination: '10.0.0.2',
  protocol: 17,
  payload: udp(40_000, 9000, text('hello')),
});

describe('classic pcap', () => {
  const variants = [
    { little: true, nanos: true },
    { little: false, nanos: true },
    { little: true, nanos: false },
    { little: false, nanos: false },
  ];
  test.each(variants)('keeps timestamps exact: little endian $little, nanoseconds $nanos', async (variant) => {
    const time = EPOCH + 123_456_000n + (variant.nanos ? 789n : 0n);
    const file = pcapFile([{ bytes: ethernet(datagram), time }], variant);
    const { connections, epoch, summary } = await readBytes(file, { protocols });
    expect(connections).toHaveLength(1);
    expect(epoch(connections[0].start)).toBe(time);
    expect(connections[0]).toMatchObject({
      transport: 'udp',
      client: { ip: '10.0.0.1', port: 40_000 },
      server: { ip: '10.0.0.2', port: 9000 },
      counters: { clientBytes: 5, clientSegments: 1, serverBytes: 0 },
    });
    expect(summary).toMatchObject({ packets: 1, file: { format: 'pcap', damage: '' } });
    expect(summary.skips.entries()).toEqual([]);
  });

  test('is read the same whatever pieces it arrives in', async () => {
    const packets = Array.from({ length: 20 }, (_, i) => ({
      bytes: ethernet(datagram),
      time: EPOCH + BigInt(i) * 1_000_000n,
    }));
    const file = pcapFile(packets);
    for (const pieceSize of [1, 7, 16, 61, 1000]) {
      const { connections, summary } = await readBytes(file, { protocols, pieceSize });
      expect(summary.packets).toBe(20);
      expect(connections[0].counters.clientSegments).toBe(20);
    }
  });

  test('that ends in the middle of a packet gives all packets before it, and the cut is counted', async () => {
    const file = pcapFile([
      { bytes: ethernet(datagram), time: EPOCH },
      { bytes: ethernet(datagram), time: EPOCH + 1n },
    ]);
    for (const cut of [1, 20, 40, 55]) {
      const { summary } = await readBytes(file.subarray(0, file.length - cut), { protocols });
      expect(summary.packets).toBe(1);
      expect(summary.file.damage).toBe('');
      expect(skipCounts(summary)).toEqual({ file_cut_short: 1 });
    }
  });

  test('with an impossible length ends there and says where', async () => {
    const good = pcapFile([{ bytes: ethernet(datagram), time: EPOCH }]);
    const bad = bytesOf(good, new Array<number>(32).fill(0xff));
    const { summary } = await readBytes(bad, { protocols });
    expect(summary.packets).toBe(1);
    expect(summary.file.damage).toBe(
      `the file is damaged at byte ${good.length}: a packet claims to be 4294967295 bytes long`,
    );
  });

  test('keeps packets whose time runs backwards, and what cannot be a time is moved and counted', async () => {
    const { connections, epoch, summary } = await readBytes(
      pcapFile([
        { bytes: ethernet(datagram), time: EPOCH },
        { bytes: ethernet(datagram), time: EPOCH - 3_600_000_000_000n },
        { bytes: ethernet(datagram), time: 5n },
      ]),
      { protocols },
    );
    expect(epoch(connections[0].start)).toBe(EPOCH);
    expect(connections[0].counters.clientSegments).toBe(3);
    expect(skipCounts(summary)).toEqual({ timestamp_out_of_range: 1 });
  });
});

describe('pcapng', () => {
  test.each([true, false])('gives each interface its link type and resolution (little endian: %s)', async (little) => {
    const blocks = new PcapngBlocks(little);
    const time = EPOCH + 1_500_000_000n;
    const file = blocks
      .section()
      .interface(LinkType.ethernet)
      .interface(LinkType.raw, blocks.option(Option.timestampResolution, [9]))
      .interface(LinkType.raw, [
        ...blocks.option(Option.timestampResolution, [0x80 | 10]),
        ...blocks.option(Option.timestampOffset, little ? [10, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, 10]),
      ])
      .packet(0, time / 1000n, ethernet(udpTo(1001)))
      .packet(1, time + 7n, udpTo(1002))
      .packet(2, ((time - 10_000_000_000n) * 1024n) / 1_000_000_000n, udpTo(1003)).file;
    const { connections, epoch, summary } = await readBytes(file, { protocols });
    expect(connections.map(({ server, start }) => [server.port, epoch(start)])).toEqual([
      [1001, time],
      [1002, time + 7n],
      [1003, time],
    ]);
    expect(summary.file.format).toBe('pcapng');
    expect(summary.skips.entries()).toEqual([]);
  });

  test('begins anew with each section, whose byte order may differ', async () => {
    const first = new PcapngBlocks(true)
      .section()
      .interface(LinkType.raw)
      .packet(0, EPOCH / 1000n, udpTo(1)).file;
    const second = new PcapngBlocks(false)
      .section()
      .interface(LinkType.ethernet)
      .packet(0, EPOCH / 1000n, ethernet(udpTo(2)))
      .packet(1, EPOCH / 1000n, ethernet(udpTo(3))).file;
    const { connections, summary } = await readBytes(bytesOf(first, second), { protocols });
    expect(connections.map(({ server }) => server.port)).toEqual([1, 2]);
    expect(skipCounts(summary)).toEqual({ interface_unknown: 1 });
  });

  test('passes over blocks of other kinds and says what the capture itself had lost', async () => {
    const blocks = new PcapngBlocks();
    const number64 = (value: number) => [...blocks.word(value), ...blocks.word(0)];
    const file = blocks
      .section()
      .interface(LinkType.raw)
      .block(4, new Uint8Array(400)) // name resolution
      .packet(0, EPOCH / 1000n, udpTo(1), blocks.option(Option.packetDropCount, number64(3)))
      .block(0x0bad, new Uint8Array(100_000))
      .packet(0, EPOCH / 1000n, udpTo(2))
      .block(5, [
        ...blocks.word(0),
        ...number64(0),
        ...blocks.option(Option.statisticsInterfaceDrop, number64(4)),
        ...blocks.option(Option.statisticsOsDrop, number64(3)),
      ]).file;
    for (const pieceSize of [5, 1000, file.length]) {
      const { summary } = await readBytes(file, { protocols, pieceSize });
      expect(summary.packets).toBe(2);
      expect(skipCounts(summary)).toEqual({ dropped_by_kernel: 7 });
    }
  });

  test('reads simple and obsolete packet blocks; what has no time takes that of its predecessor', async () => {
    const blocks = new PcapngBlocks();
    const packet = udpTo(2);
    const file = blocks
      .section()
      .interface(LinkType.raw)
      .packet(0, EPOCH / 1000n, udpTo(1))
      .block(3, bytesOf(blocks.word(packet.length), packet, [0, 0, 0].slice(0, (4 - (packet.length & 3)) & 3)))
      .block(
        2,
        bytesOf(
          [...blocks.half(0), ...blocks.half(5)],
          blocks.word(Number((EPOCH / 1000n) >> 32n)),
          blocks.word(Number((EPOCH / 1000n) & 0xffffffffn)),
          blocks.word(packet.length),
          blocks.word(packet.length),
          udpTo(2),
          new Array<number>((4 - (packet.length & 3)) & 3).fill(0),
        ),
      ).file;
    const { connections, epoch, summary } = await readBytes(file, { protocols });
    expect(connections.map(({ server, start }) => [server.port, epoch(start)])).toEqual([
      [1, EPOCH],
      [2, EPOCH],
    ]);
    expect(connections[1].counters.clientSegments).toBe(2);
    expect(skipCounts(summary)).toEqual({ timestamp_missing: 1, dropped_by_kernel: 5 });
  });

  test('takes the names of processes from packet comments', async () => {
    const blocks = new PcapngBlocks();
    const file = blocks
      .section()
      .interface(LinkType.raw)
      .packet(0, EPOCH / 1000n, udpTo(1), blocks.option(Option.comment, text('dig[77] > named[5]'))).file;
    const { connections } = await readBytes(file, { protocols });
    expect(connections[0]).toMatchObject({ client: { comm: 'dig', pid: 77 }, server: { comm: 'named', pid: 5 } });
  });
});

describe('files that are no captures', () => {
  test('are named as such with the bytes they begin with', async () => {
    const { summary } = await readBytes(text('hello, this is text'), { protocols });
    expect(summary.file).toMatchObject({
      format: 'unknown',
      damage: 'this is neither a pcap nor a pcapng file (it begins with the bytes 68 65 6c 6c 6f 2c 20 74)',
    });
    expect((await readBytes(new Uint8Array(0), { protocols })).summary.file.damage).toBe('the file is empty');
    expect((await readBytes(text('x'), { protocols })).summary.file.damage).toContain('neither a pcap nor a pcapng');
  });
});

describe('link layers', () => {
  const cooked = bytesOf([0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], u16(0x0800), datagram);
  const cooked2 = bytesOf(u16(0x0800), [0, 0, 0, 0, 0, 7, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0], datagram);
  const datagram6 = ipv6('fd00::1', 'fd00::2', 17, udp(40_000, 9000, text('hello')));
  const cases: [name: string, linkType: number, bytes: Uint8Array][] = [
    ['Ethernet', LinkType.ethernet, ethernet(datagram)],
    ['Ethernet with a VLAN', LinkType.ethernet, ethernet(datagram, [7])],
    ['Ethernet with QinQ', LinkType.ethernet, ethernet(datagram, [7, 8])],
    [
      '802.1ad',
      LinkType.ethernet,
      bytesOf(new Array<number>(12).fill(1), u16(0x88a8), u16(5), u16(0x8100), u16(6), u16(0x0800), datagram),
    ],
    [
      'MPLS',
      LinkType.ethernet,
      bytesOf(new Array<number>(12).fill(1), u16(0x8847), [0, 1, 0, 64], [0, 2, 1, 64], datagram),
    ],
    [
      'PPPoE',
      LinkType.ethernet,
      bytesOf(
        new Array<number>(12).fill(1),
        u16(0x8864),
        [0x11, 0, 0, 1],
        u16(datagram.length + 2),
        u16(0x0021),
        datagram,
      ),
    ],
    [
      'Ethernet padding after the packet',
      LinkType.ethernet,
      bytesOf(ethernet(datagram), new Array<number>(13).fill(0)),
    ],
    ['Linux cooked', LinkType.linuxCooked, cooked],
    ['Linux cooked 2', LinkType.linuxCooked2, cooked2],
    ['raw IPv4', LinkType.raw, datagram],
    ['raw IPv6', LinkType.raw, datagram6],
    ['raw of BSD', LinkType.rawBsd, datagram],
    ['LINKTYPE_IPV4', LinkType.ipv4, datagram],
    ['LINKTYPE_IPV6', LinkType.ipv6, datagram6],
    ['null, little endian', LinkType.null, bytesOf([2, 0, 0, 0], datagram)],
    ['null, big endian, IPv6 of macOS', LinkType.null, bytesOf([0, 0, 0, 30], datagram6)],
    ['loop', LinkType.loop, bytesOf([0, 0, 0, 2], datagram)],
    ['IP in IP', LinkType.raw, ipv4({ source: '1.1.1.1', destination: '2.2.2.2', protocol: 4, payload: datagram })],
  ];
  test.each(cases)('%s', async (_name, linkType, bytes) => {
    const { connections, summary } = await readBytes(pcapFile([{ bytes, time: EPOCH }], { linkType }), { protocols });
    expect(summary.skips.entries()).toEqual([]);
    expect(connections).toHaveLength(1);
    expect(connections[0].client.port).toBe(40_000);
    expect(connections[0].counters.clientBytes).toBe(5);
    expect(connections[0].client.ip).toBe(bytes.includes(0xfd) && bytes.length > 52 ? 'fd00::1' : '10.0.0.1');
  });

  test('that are not read are counted by their name', async () => {
    const { summary } = await readBytes(pcapFile([{ bytes: datagram, time: EPOCH }], { linkType: 127 }), { protocols });
    expect(summary.skips.entries()).toMatchObject([
      { reason: 'link_type_unsupported', count: 1, kinds: { ieee802_11_radiotap: 1 } },
    ]);
  });

  test('what is not IP, and other transports, are counted by kind', async () => {
    const arp = bytesOf(new Array<number>(12).fill(1), u16(0x0806), new Uint8Array(28));
    const sctp = ethernet(ipv4({ source: '1.1.1.1', destination: '2.2.2.2', protocol: 132, payload: text('x') }));
    const { summary } = await readBytes(
      pcapFile([
        { bytes: arp, time: EPOCH },
        { bytes: sctp, time: EPOCH },
      ]),
      { protocols },
    );
    expect(summary.skips.entries()).toMatchObject([
      { reason: 'not_ip', kinds: { arp: 1 } },
      { reason: 'not_tcp_or_udp', kinds: { sctp: 1 } },
    ]);
  });

  test('packets cut within their headers are counted, wherever the cut is', async () => {
    const whole = ethernet(datagram);
    for (let cut = 1; cut < 42; cut++) {
      const { summary } = await readBytes(
        pcapFile([{ bytes: whole.subarray(0, cut), length: whole.length, time: EPOCH }]),
        { protocols },
      );
      expect(skipCounts(summary)).toEqual({ packet_cut: 1 });
    }
  });
});

function udpTo(port: number): Uint8Array {
  return ipv4({
    source: '10.0.0.1',
    destination: '10.0.0.2',
    protocol: 17,
    payload: udp(40_000, port, text('hello')),
  });
}
