import { release } from 'node:os';
import { Block, BYTE_ORDER_MAGIC, Option } from '../pcap/pcapng-blocks.ts';

/** Writes the blocks of a pcapng file, always little-endian, timestamps in nanoseconds (draft-ietf-opsawg-pcapng). */

/** An interface as a file describes it. */
export interface InterfaceDescription {
  readonly name: string;
  readonly linkType: number;
  /** Longest packet, 0 where they are not cut. */
  readonly snapLength: number;
  /** The filter in words, '' where there is none. */
  readonly filter: string;
}

/** The beginning of a section. */
export function sectionBlock(application: string): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  head.writeUInt16LE(1, 4);
  head.writeUInt16LE(0, 6);
  // the length of the section is not known in advance
  head.writeBigInt64LE(-1n, 8);
  const options = [
    textOption(Option.sectionOs, `Linux ${release()}`),
    textOption(Option.sectionApplication, application),
  ];
  return block(Block.section, [head, ...options, endOfOptions]);
}

/** Describes an interface. Packets refer to it by how many came before it in the section. */
export function interfaceBlock(description: InterfaceDescription): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(description.linkType, 0);
  head.writeUInt32LE(description.snapLength, 4);
  const options = [
    textOption(Option.interfaceName, description.name),
    option(Option.timestampResolution, Buffer.of(9)),
    textOption(Option.interfaceOs, `Linux ${release()}`),
  ];
  // the first byte says that the filter is in words
  if (description.filter !== '') options.push(textOption(Option.interfaceFilter, `\0${description.filter}`));
  return block(Block.interface, [head, ...options, endOfOptions]);
}

/** What an interface counted until now. */
export function statisticsBlock(
  interfaceIndex: number,
  time: bigint,
  counts: { readonly received: number; readonly dropped: number; readonly written: number },
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(interfaceIndex, 0);
  head.writeUInt32LE(Number(time >> 32n), 4);
  head.writeUInt32LE(Number(time & 0xffffffffn), 8);
  return block(Block.interfaceStatistics, [
    head,
    option(Option.statisticsReceived, number64(counts.received)),
    option(Option.statisticsOsDrop, number64(counts.dropped)),
    option(Option.statisticsUserDeliver, number64(counts.written)),
    endOfOptions,
  ]);
}

/** Fixed bytes of a packet's block: head, packet header, flags option, end of options, closing length. */
const PACKET_OVERHEAD = 28 + 8 + 4 + 4;

/** Bytes that {@link writePacketBlock} needs for a packet. */
export function packetBlockSize(captured: number, comment: Uint8Array | undefined): number {
  return PACKET_OVERHEAD + padded(captured) + (comment === undefined ? 0 : 4 + padded(comment.length));
}

/** Wall-clock time as pcapng splits it, made once a second. */
export class TimestampHalves {
  #second = -1;
  #high = 0;
  #low = 0;
  high = 0;
  low = 0;

  set(seconds: number, nanos: number): void {
    if (seconds !== this.#second) {
      const base = BigInt(seconds) * 1_000_000_000n;
      this.#second = seconds;
      this.#high = Number(base >> 32n);
      this.#low = Number(base & 0xffffffffn);
    }
    const low = this.#low + nanos;
    this.high = this.#high + (low > 0xffffffff ? 1 : 0);
    this.low = low >>> 0;
  }
}

/**
 * Writes a packet's block into `out` at `at`.
 * @param length bytes on the wire
 * @param flags epb_flags: direction and kind of reception
 */
export function writePacketBlock(
  out: Buffer,
  at: number,
  packet: {
    readonly interfaceIndex: number;
    readonly time: TimestampHalves;
    readonly bytes: Uint8Array;
    readonly length: number;
    readonly flags: number;
    readonly comment: Uint8Array | undefined;
  },
): number {
  const { bytes, comment } = packet;
  const size = packetBlockSize(bytes.length, comment);
  out.writeUInt32LE(Block.enhancedPacket, at);
  out.writeUInt32LE(size, at + 4);
  out.writeUInt32LE(packet.interfaceIndex, at + 8);
  out.writeUInt32LE(packet.time.high, at + 12);
  out.writeUInt32LE(packet.time.low, at + 16);
  out.writeUInt32LE(bytes.length, at + 20);
  out.writeUInt32LE(packet.length, at + 24);
  let next = at + 28;
  out.set(bytes, next);
  next = pad(out, next + bytes.length, padded(bytes.length) - bytes.length);
  if (comment !== undefined) {
    out.writeUInt16LE(Option.comment, next);
    out.writeUInt16LE(comment.length, next + 2);
    out.set(comment, next + 4);
    next = pad(out, next + 4 + comment.length, padded(comment.length) - comment.length);
  }
  out.writeUInt16LE(Option.packetFlags, next);
  out.writeUInt16LE(4, next + 2);
  out.writeUInt32LE(packet.flags, next + 4);
  out.writeUInt32LE(0, next + 8);
  out.writeUInt32LE(size, next + 12);
  return at + size;
}

const endOfOptions = Buffer.alloc(4);

function block(type: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 12);
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)];
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  tail.writeUInt32LE(length, 0);
  return Buffer.concat([head, ...parts, tail]);
}

function textOption(code: number, text: string): Buffer {
  return option(code, Buffer.from(text));
}

function option(code: number, value: Buffer): Buffer {
  const whole = Buffer.alloc(4 + padded(value.length));
  whole.writeUInt16LE(code, 0);
  whole.writeUInt16LE(value.length, 2);
  value.copy(whole, 4);
  return whole;
}

function number64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function pad(out: Buffer, at: number, zeros: number): number {
  out.fill(0, at, at + zeros);
  return at + zeros;
}
