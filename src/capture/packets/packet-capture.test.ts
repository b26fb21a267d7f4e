import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../model/connection.ts';
import { compileFilter, parseFilter } from '../../model/filter/index.ts';
import { addressOnly } from '../../model/names.ts';
import { ethernet, ipv4, type ReadResult, readBytes, tcp, text, udp } from '../pcap/testing.ts';
import { CaptureWriter, type CaptureWriterOptions } from './capture-writer.ts';
import type { SocketOwners } from './captured-flow.ts';
import { PacketCapture } from './packet-capture.ts';
import type { RingPacket } from './packet-socket.ts';

const folder = mkdtempSync(join(tmpdir(), 'wirelight-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 2026-01-01T00:00:00Z */
const SECONDS = 1_767_225_600;

/** A ring whose blocks are filled by hand. */
class Ring {
  readonly #blocks: RingPacket[][] = [];
  dropped = 0;
  #count = 0;

  add(bytes: Uint8Array, more: Partial<RingPacket> = {}): this {
    const around = new Uint8Array(bytes.length + 64);
    around.set(bytes, 32);
    const packet: RingPacket = {
      bytes: around,
      start: 32,
      end: 32 + bytes.length,
      network: 32 + 14,
      length: bytes.length,
      seconds: SECONDS,
      nanos: this.#count++ * 1000,
      interfaceIndex: 2,
      hardwareType: 1,
      packetType: 0,
      protocol: 0x0800,
      vlan: -1,
      vlanType: 0,
      ...more,
    };
    this.#blocks.push([packet]);
    return this;
  }

  poll(handler: (packet: RingPacket) => void): number {
    const block = this.#blocks.shift();
    if (block === undefined) return -1;
    for (const packet of block) {
      handler(packet);
      packet.bytes.fill(0xaa); // the kernel's again
    }
    return block.length;
  }

  statistics() {
    return { received: this.#count, dropped: this.dropped };
  }

  interfaceName(index: number): string {
    return `eth${index}`;
  }
}

/** Owners that become known when the test says so. */
class Owners implements SocketOwners {
  readonly known = new Map<number, { pid: number; comm: string }>();

  resolve({ client, server }: Connection): boolean {
    for (const end of [client, server]) Object.assign(end, this.known.get(end.port));
    return client.pid !== 0 && server.pid !== 0;
  }
}

let files = 0;

interface Bench {
  readonly ring: Ring;
  readonly owners: Owners;
  readonly capture: PacketCapture;
  readonly writer: CaptureWriter;
  /** Ends the capture and reads the file. */
  result(): Promise<ReadResult>;
}

function bench(filter = '', more: { most?: number } & Partial<CaptureWriterOptions> = {}): Bench {
  const path = join(folder, `${files++}.pcapng`);
  const ring = new Ring();
  const owners = new Owners();
  const { most, ...options } = more;
  const writer = new CaptureWriter({ path, stream: new PassThrough(), application: 'wirelight test', ...options });
  const names = { nameOf: ({ ip }: { ip: string }) => addressOnly(ip, 'private') };
  const capture = new PacketCapture({
    socket: ring,
    writer,
    owners,
    protocols: [],
    snapLength: 0,
    filterText: filter,
    ...(filter === '' ? {} : { filter: compileFilter(parseFilter(filter), names) }),
    ...(most === undefined ? {} : { most }),
  });
  return {
    ring,
    owners,
    capture,
    writer,
    result: async () => {
      capture.finish();
      await writer.close(ring.statistics());
      return readBytes(new Uint8Array(readFileSync(writer.files[0])), { protocols: [] });
    },
  };
}

function datagram(from: number, to: number, content = 'hello'): Uint8Array {
  const payload = udp(from, to, text(content));
  return ethernet(ipv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 17, payload }));
}

function segment(from: number, to: number, flags: string, sequence = 1): Uint8Array {
  const payload = tcp({ from, to, flags, sequence });
  return ethernet(ipv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 6, payload }));
}

describe('a packet capture', () => {
  test('writes what a reader reads: times, sizes, processes, what the kernel dropped', async () => {
    const { ring, owners, capture, writer, result } = bench();
    owners.known.set(4000, { pid: 77, comm: 'dig' }).set(53, { pid: 5, comm: 'named' });
    ring.add(datagram(4000, 53)).add(datagram(4000, 53, 'second'), { length: 1000 });
    ring.dropped = 3;
    expect(capture.poll(0)).toBe(2);
    expect(capture).toMatchObject({ written: 2, unnamed: 0 });
    const { connections, epoch, summary } = await result();
    expect(connections).toMatchObject([
      { client: { comm: 'dig', pid: 77 }, server: { comm: 'named', pid: 5 }, counters: { clientSegments: 2 } },
    ]);
    expect(epoch(connections[0].start)).toBe(BigInt(SECONDS) * 1_000_000_000n);
    expect(summary.skips.get('dropped_by_kernel')).toBe(3);
    expect(summary.file.damage).toBe('');
    expect(writer.bytes).toBe(readFileSync(writer.files[0]).length);
  });

  test('lets the first packets of a conversation wait for its names, and keeps the order', async () => {
    const { ring, owners, capture, result } = bench();
    ring.add(datagram(4000, 53)).add(datagram(4001, 53));
    capture.poll(0);
    expect(capture.written).toBe(0);
    owners.known.set(4000, { pid: 77, comm: 'dig' }).set(53, { pid: 5, comm: 'named' });
    capture.poll(100);
    expect(capture.written).toBe(1);
    capture.poll(1000);
    expect(capture).toMatchObject({ written: 2, unnamed: 0 });
    const { connections } = await result();
    expect(connections.map(({ client }) => [client.port, client.comm])).toEqual([
      [4000, 'dig'],
      [4001, ''],
    ]);
  });

  test('gives up waiting after a while, and counts what bears no name', async () => {
    const { ring, capture, result } = bench();
    ring.add(datagram(4000, 53));
    capture.poll(0);
    expect(capture.written).toBe(0);
    capture.poll(1000);
    expect(capture).toMatchObject({ written: 1, unnamed: 1 });
    expect((await result()).summary.packets).toBe(1);
  });

  test('writes only conversations that pass the filter, by process too, with the errors about them', async () => {
    const { ring, owners, capture, result } = bench('process:curl');
    owners.known
      .set(4000, { pid: 77, comm: 'curl' })
      .set(80, { pid: 5, comm: 'nginx' })
      .set(4001, { pid: 9, comm: 'wget' });
    const unreachable = (about: Uint8Array) =>
      ethernet(
        ipv4({
          source: '10.0.0.254',
          destination: '10.0.0.1',
          protocol: 1,
          payload: Uint8Array.from([3, 1, 0, 0, 0, 0, 0, 0, ...about.subarray(14, 14 + 28)]),
        }),
      );
    const arp = new Uint8Array(42);
    arp.set([0x08, 0x06], 12);
    ring
      .add(segment(4000, 80, 'S'))
      .add(segment(4001, 80, 'S'))
      .add(arp, { protocol: 0x0806 });
    ring.add(unreachable(segment(4000, 80, 'S'))).add(unreachable(segment(4001, 80, 'S')));
    capture.poll(0);
    expect(capture).toMatchObject({ seen: 5, written: 2 });
    const { connections } = await result();
    expect(connections.map(({ client, end }) => [client.port, end])).toEqual([[4000, 'unreachable']]);
  });

  test('captures a conversation from the moment on at which it is known to pass', async () => {
    const { ring, owners, capture } = bench('process:curl');
    ring.add(segment(4000, 80, 'S'));
    capture.poll(0);
    capture.poll(1000);
    owners.known.set(4000, { pid: 77, comm: 'curl' });
    ring.add(segment(4000, 80, 'A', 2));
    capture.poll(2000);
    expect(capture).toMatchObject({ seen: 2, written: 1 });
  });

  test('tells two connections of the same sockets apart', async () => {
    const { ring, owners, capture, result } = bench();
    owners.known.set(4000, { pid: 1, comm: 'first' }).set(80, { pid: 5, comm: 'nginx' });
    ring.add(segment(4000, 80, 'S', 1)).add(segment(4000, 80, 'A', 2));
    capture.poll(0);
    owners.known.set(4000, { pid: 2, comm: 'second' });
    ring.add(segment(4000, 80, 'S', 90_000));
    capture.poll(1);
    const { connections } = await result();
    expect(connections.map(({ client }) => client.comm)).toEqual(['first', 'second']);
  });

  test('later fragments go with the first', async () => {
    const { ring, owners, capture } = bench('process:curl');
    owners.known.set(4000, { pid: 77, comm: 'curl' }).set(53, { pid: 5, comm: 'named' });
    const payload = udp(4000, 53, text('x'.repeat(100)));
    const part = (from: number, to: number, identification: number) =>
      ethernet(
        ipv4({
          source: '10.0.0.1',
          destination: '10.0.0.2',
          protocol: 17,
          identification,
          fragment: { offset: from, more: to < payload.length },
          payload: payload.subarray(from, to),
        }),
      );
    ring
      .add(part(0, 48, 7))
      .add(part(48, 108, 7))
      .add(part(48, 108, 8));
    capture.poll(0);
    expect(capture).toMatchObject({ seen: 3, written: 2 });
  });

  test('puts the VLAN tag back that the kernel took out, and writes devices without a header as raw IP', async () => {
    const { ring, capture, result } = bench();
    ring.add(datagram(4000, 53), { vlan: 7, vlanType: 0x8100 });
    const raw = datagram(4001, 53).subarray(14);
    ring.add(raw, { hardwareType: 65_534, network: 32, interfaceIndex: 3 });
    capture.poll(0);
    capture.poll(1000);
    const { connections, summary } = await result();
    expect(connections.map(({ client }) => client.port)).toEqual([4000, 4001]);
    expect(summary.skips.entries()).toEqual([]);
  });

  test('ends after so many packets', async () => {
    const { ring, capture, result } = bench('', { most: 3 });
    for (let i = 0; i < 10; i++) ring.add(datagram(4000, 53));
    capture.poll(0);
    capture.poll(1000);
    expect(capture).toMatchObject({ complete: true, written: 3 });
    expect((await result()).summary.packets).toBe(3);
  });

  test('begins a new file when one is full, each complete in itself, and keeps the latest', async () => {
    const { ring, capture, writer } = bench('', { rotateBytes: 5000, keepFiles: 3 });
    for (let i = 0; i < 300; i++) ring.add(datagram(4000 + i, 53, 'x'.repeat(50)));
    for (let now = 0; now < 20; now++) capture.poll(now);
    capture.finish();
    await writer.close(ring.statistics());
    expect(writer.files).toHaveLength(3);
    expect(writer.files[2]).toMatch(/-00\d\d\.pcapng$/);
    let packets = 0;
    for (const file of writer.files) {
      const bytes = new Uint8Array(readFileSync(file));
      expect(bytes.length).toBeLessThanOrEqual(5100);
      const { summary } = await readBytes(bytes, { protocols: [] });
      expect(summary.file.damage).toBe('');
      packets += summary.packets;
    }
    expect(packets).toBeGreaterThan(60);
    expect(existsSync(writer.files[0].replace(/-\d+/, '-0001'))).toBe(false);
  });
});

describe('the file to write', () => {
  const options = { stream: new PassThrough(), application: 'wirelight test' };

  test('is not one that is something else', () => {
    const path = join(folder, 'thesis.txt');
    writeFileSync(path, 'many months of work');
    expect(() => new CaptureWriter({ ...options, path })).toThrow(/is there already and is no capture file/);
    expect(readFileSync(path, 'utf8')).toBe('many months of work');
  });

  test('says why it cannot be written', () => {
    expect(() => new CaptureWriter({ ...options, path: join(folder, 'no/such/folder/x.pcapng') })).toThrow(
      /cannot write/,
    );
  });

  test('may be a stream', async () => {
    const stream = new PassThrough();
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    const writer = new CaptureWriter({ ...options, stream, path: '-' });
    await writer.close({ received: 0, dropped: 0 });
    const { summary } = await readBytes(new Uint8Array(Buffer.concat(parts)), { protocols: [] });
    expect(summary.file).toMatchObject({ format: 'pcapng', damage: '' });
  });
});
