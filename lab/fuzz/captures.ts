import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newCaptureReading } from '../../src/capture/pcap/read-capture.ts';
import { EPOCH, ethernet, ipv4, PcapngBlocks, tcp, udp } from '../../src/capture/pcap/testing.ts';
import type { RequestFields } from '../../src/model/request.ts';
import { Side } from '../../src/model/request.ts';
import { protocols } from '../../src/protocols/index.ts';
import type { Piece, Sample } from '../../src/protocols/testing.ts';
import { mutateBytes, type Random, randomOf } from './mutate.ts';

/** A packet of a capture file, and when it was seen in nanoseconds after the first. */
interface Packet {
  readonly bytes: Uint8Array;
  readonly time: number;
}

/** A capture file taken apart: recorded by tcpdump, or made of a protocol's recorded conversation. */
export interface CaptureOriginal {
  readonly linkType: number;
  readonly packets: readonly Packet[];
  /** The same packets as a pcapng file. */
  readonly pcapng: Uint8Array;
  /** Packets as pieces, from which others borrow bytes. */
  readonly pieces: readonly Piece[];
}

const ETHERNET = 1;
const folder = join(import.meta.dirname, '../../src/capture/pcap/samples');
/** Most packets of a mutant, so that a run of a million ends. */
const mostPackets = 16;

/** All capture files that mutants are made of. */
export function captureOriginals(samples: ReadonlyMap<string, readonly Sample[]>): CaptureOriginal[] {
  const recorded = readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => {
      const file = readFileSync(join(folder, name));
      return original(file.readUInt32LE(20) & 0xffff, packetsOf(file));
    });
  const made = [...samples.values()].flat().map((sample) => original(ETHERNET, packetsOfSample(sample)));
  return [...recorded, ...made].filter(({ packets }) => packets.length > 0);
}

function original(linkType: number, packets: readonly Packet[]): CaptureOriginal {
  const blocks = new PcapngBlocks().section().interface(linkType);
  for (const { bytes, time } of packets.slice(0, mostPackets)) {
    blocks.packet(0, (EPOCH + BigInt(time)) / 1000n, bytes);
  }
  const pieces = packets.map(({ bytes }) => ({ from: Side.client, bytes }));
  return { linkType, packets, pcapng: blocks.file, pieces };
}

/** The packets of a pcap file as tcpdump writes it here. */
function packetsOf(file: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 24; at + 16 <= file.length; at += 16 + file.readUInt32LE(at + 8)) {
    const bytes = file.subarray(at + 16, at + 16 + file.readUInt32LE(at + 8));
    packets.push({ bytes, time: packets.length * 100_000 });
  }
  return packets;
}

/** A recorded conversation as packets of one connection with its handshake. */
function packetsOfSample({ transport, serverPort, pieces }: Sample): Packet[] {
  const addresses = ['10.0.0.1', '10.0.0.2'];
  const ports = [40_000, serverPort];
  const next = [1000, 2000];
  const packets: Packet[] = [];
  const add = (from: Side, protocol: number, payload: Uint8Array) => {
    const ip = ipv4({ source: addresses[from], destination: addresses[1 - from], protocol, payload });
    packets.push({ bytes: ethernet(ip), time: packets.length * 100_000 });
  };
  const segment = (from: Side, flags: string, payload: Uint8Array) => {
    const acknowledgement = flags === 'S' ? 0 : next[1 - from];
    add(
      from,
      6,
      tcp({ from: ports[from], to: ports[1 - from], sequence: next[from], acknowledgement, flags, payload }),
    );
    next[from] += payload.length + (/[SF]/.test(flags) ? 1 : 0);
  };
  const nothing = new Uint8Array(0);
  if (transport === 'tcp') {
    segment(Side.client, 'S', nothing);
    segment(Side.server, 'SA', nothing);
  }
  for (const { from, bytes } of pieces) {
    for (let at = 0; at < bytes.length && packets.length < 4 * mostPackets; at += 1400) {
      const payload = bytes.subarray(at, at + 1400);
      if (transport === 'tcp') segment(from, 'PA', payload);
      else add(from, 17, udp(ports[from], ports[1 - from], payload));
    }
  }
  if (transport === 'tcp') segment(Side.client, 'FA', nothing);
  return packets;
}

/** The mutant with this number: a short capture file, damaged in its packets or in the file's own structure. */
export function captureMutant(originals: readonly CaptureOriginal[], seed: number, index: number): Uint8Array {
  const random = randomOf('read', seed, index);
  const chosen = originals[random.below(originals.length)];
  const donors = originals.map(({ pieces }) => pieces);
  if (random.once(4)) return mutateBytes(chosen.pcapng, donors, random);
  const packets = [...startOf(chosen.packets, random)];
  for (let left = 1 + random.below(4); left > 0 && packets.length > 0; left--) spoil(packets, donors, random);
  const file = pcapOf(chosen.linkType, packets, random.once(2));
  return random.once(6) ? mutateBytes(file, donors, random) : file;
}

/** The beginning of a file mostly, since handshakes matter, and sometimes what comes later. */
function startOf(packets: readonly Packet[], random: Random): readonly Packet[] {
  const count = 1 + random.below(Math.min(packets.length, mostPackets));
  const first = random.once(4) ? random.below(packets.length - count + 1) : 0;
  return packets.slice(first, first + count);
}

function spoil(packets: Packet[], donors: readonly (readonly Piece[])[], random: Random): void {
  const index = random.below(packets.length);
  const packet = packets[index];
  switch (random.below(8)) {
    case 0:
      packets.splice(index, 1);
      break;
    case 1:
      packets.splice(random.below(packets.length + 1), 0, packet);
      break;
    case 2: {
      const other = random.below(packets.length);
      [packets[index], packets[other]] = [packets[other], packet];
      break;
    }
    case 3:
      packets[index] = { ...packet, time: random.once(2) ? 0 : packet.time + random.below(0x7fffffff) * 100 };
      break;
    default:
      packets[index] = { ...packet, bytes: mutateBytes(packet.bytes, donors, random) };
  }
}

function pcapOf(linkType: number, packets: readonly Packet[], nanos: boolean): Uint8Array {
  const file = Buffer.alloc(packets.reduce((size, { bytes }) => size + 16 + bytes.length, 24));
  file.writeUInt32LE(nanos ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(262_144, 16);
  file.writeUInt32LE(linkType, 20);
  let at = 24;
  for (const { bytes, time } of packets) {
    file.writeUInt32LE(Math.floor(Number(EPOCH) / 1e9 + time / 1e9), at);
    file.writeUInt32LE(Math.floor((time % 1e9) / (nanos ? 1 : 1000)), at + 4);
    file.writeUInt32LE(bytes.length, at + 8);
    file.writeUInt32LE(bytes.length, at + 12);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}

/** Reads a mutant as `wirelight read` does. Returns what is wrong with what came out, '' where nothing is. */
export async function captureTrial(file: Uint8Array, faultOf: (request: RequestFields) => string): Promise<string> {
  let fault = '';
  const note = (found: string) => {
    if (fault === '') fault = found;
  };
  const reading = newCaptureReading({
    protocols,
    protocolOptions: { keepRaw: true, datagramTimeout: 5e9 },
    maxConnections: 64,
    maxHeldBytes: 100_000,
    sink: {
      request: (request) => note(faultOf(request)),
      connection: (connection) => {
        for (const [name, value] of Object.entries(connection)) {
          if (typeof value === 'number' && !Number.isFinite(value)) note(`${name} of a connection is ${value}`);
        }
      },
      event: () => undefined,
    },
  });
  const { skips } = await reading.read(inPieces(file));
  for (const { reason, count } of skips.entries()) if (!(count > 0)) note(`${reason} was counted ${count} times`);
  return fault;
}

async function* inPieces(file: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 5000) yield file.subarray(at, at + 5000);
}
