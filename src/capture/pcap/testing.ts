/** What the tests of this folder are made with: packets and capture files written by hand, and a sink that remembers. */
import { parseAddress } from '../../base/ip-address.ts';
import type { CaptureTime } from '../../base/units.ts';
import type { Connection } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import type { RequestFields } from '../../model/request.ts';
import type { Protocol } from '../../protocols/protocol.ts';
import type { CaptureSink } from '../sink.ts';
import { LinkType } from './link-types.ts';
import { Block, BYTE_ORDER_MAGIC } from './pcapng-blocks.ts';
import { type CaptureSummary, newCaptureReading } from './read-capture.ts';

export function bytesOf(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

export function text(content: string): Uint8Array {
  return new Uint8Array(Buffer.from(content, 'latin1'));
}

export function u16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

function address(ip: string): Uint8Array {
  const bytes = new Uint8Array(16);
  if (!parseAddress(ip, bytes)) throw new Error(`not an address: ${ip}`);
  return bytes;
}

export interface TcpParts {
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
  readonly acknowledgement?: number;
  /** 'S', 'SA', 'A', 'PA', 'FA', 'R'. */
  readonly flags?: string;
  readonly window?: number;
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
}

export function tcp(parts: TcpParts): Uint8Array {
  const { options = new Uint8Array(0), payload = new Uint8Array(0), flags = 'A' } = parts;
  let bits = 0;
  for (const flag of flags) bits |= { F: 1, S: 2, R: 4, P: 8, A: 16 }[flag] ?? 0;
  const header = 20 + options.length;
  return bytesOf(
    u16(parts.from),
    u16(parts.to),
    u32(parts.sequence >>> 0),
    u32((parts.acknowledgement ?? 0) >>> 0),
    [(header / 4) << 4, bits],
    u16(parts.window ?? 500),
    [0, 0, 0, 0],
    options,
    payload,
  );
}

export function udp(from: number, to: number, payload: Uint8Array): Uint8Array {
  return bytesOf(u16(from), u16(to), u16(payload.length + 8), [0, 0], payload);
}

let lastIdentification = 100;

export interface Ipv4Parts {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly identification?: number;
  /** Offset in bytes and whether more follow. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  readonly options?: Uint8Array;
  readonly ttl?: number;
}

export function ipv4(parts: Ipv4Parts): Uint8Array {
  const { options = new Uint8Array(0), fragment = { offset: 0, more: false } } = parts;
  const header = 20 + options.length;
  lastIdentification = (lastIdentification + 1) & 0xffff;
  return bytesOf(
    [0x40 | (header / 4), 0],
    u16(header + parts.payload.length),
    u16(parts.identification ?? lastIdentification),
    u16((fragment.offset >> 3) | (fragment.more ? 0x2000 : 0)),
    [parts.ttl ?? 64, parts.protocol, 0, 0],
    address(parts.source).subarray(12),
    address(parts.destination).subarray(12),
    options,
    parts.payload,
  );
}

export function ipv6(source: string, destination: string, nextHeader: number, payload: Uint8Array): Uint8Array {
  return bytesOf(
    [0x60, 0, 0, 0],
    u16(payload.length),
    [nextHeader, 64],
    address(source),
    address(destination),
    payload,
  );
}

export function ethernet(payload: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const type = payload[0] >> 4 === 6 ? 0x86dd : 0x0800;
  const tagged = tags.flatMap((vlan) => [0x81, 0x00, ...u16(vlan)]);
  return bytesOf([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], tagged, u16(type), payload);
}

/** A packet of a file: bytes as captured, and its length on the wire where it was cut. */
export interface FilePacket {
  readonly bytes: Uint8Array;
  readonly length?: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
}

/** 2026-01-01T00:00:00Z */
export const EPOCH = 1_767_225_600_000_000_000n;

export function pcapFile(
  packets: readonly FilePacket[],
  options: { little?: boolean; nanos?: boolean; linkType?: number } = {},
): Uint8Array {
  const { little = true, nanos = true, linkType = LinkType.ethernet } = options;
  const word = (value: number) => (little ? u32(value).reverse() : u32(value));
  const half = (value: number) => (little ? u16(value).reverse() : u16(value));
  const parts = [
    ...word(nanos ? 0xa1b23c4d : 0xa1b2c3d4),
    ...half(2),
    ...half(4),
    ...word(0),
    ...word(0),
    ...word(262_144),
    ...word(linkType),
  ];
  return bytesOf(
    parts,
    ...packets.flatMap(({ bytes, length, time }) => [
      [
        ...word(Number(time / 1_000_000_000n)),
        ...word(Number((time % 1_000_000_000n) / (nanos ? 1n : 1000n))),
        ...word(bytes.length),
        ...word(length ?? bytes.length),
      ],
      bytes,
    ]),
  );
}

/** Writes pcapng blocks in one byte order. */
export class PcapngBlocks {
  readonly #little: boolean;
  readonly #parts: Uint8Array[] = [];

  constructor(little = true) {
    this.#little = little;
  }

  get file(): Uint8Array {
    return bytesOf(...this.#parts);
  }

  word(value: number): number[] {
    return this.#little ? u32(value).reverse() : u32(value);
  }

  half(value: number): number[] {
    return this.#little ? u16(value).reverse() : u16(value);
  }

  option(code: number, value: Uint8Array | readonly number[]): number[] {
    const padding = (4 - (value.length & 3)) & 3;
    return [...this.half(code), ...this.half(value.length), ...value, ...new Array<number>(padding).fill(0)];
  }

  block(type: number, body: Uint8Array | readonly number[]): this {
    const length = body.length + 12;
    this.#parts.push(bytesOf(this.word(type), this.word(length), body, this.word(length)));
    return this;
  }

  section(): this {
    return this.block(Block.section, [
      ...this.word(BYTE_ORDER_MAGIC),
      ...this.half(1),
      ...this.half(0),
      ...this.word(0xffffffff),
      ...this.word(0xffffffff),
    ]);
  }

  interface(linkType: number, options: readonly number[] = []): this {
    return this.block(Block.interface, [...this.half(linkType), ...this.half(0), ...this.word(0), ...options]);
  }

  /** @param units timestamp in the interface's resolution */
  packet(interfaceIndex: number, units: bigint, bytes: Uint8Array, options: readonly number[] = []): this {
    const padding = (4 - (bytes.length & 3)) & 3;
    return this.block(
      Block.enhancedPacket,
      bytesOf(
        this.word(interfaceIndex),
        this.word(Number(units >> 32n)),
        this.word(Number(units & 0xffffffffn)),
        this.word(bytes.length),
        this.word(bytes.length),
        bytes,
        new Array<number>(padding).fill(0),
        options,
      ),
    );
  }
}

/** Everything that came out of a file. */
export interface ReadResult {
  readonly summary: CaptureSummary;
  readonly requests: { readonly request: RequestFields; readonly connection: Connection }[];
  readonly connections: Connection[];
  readonly changes: string[];
  readonly events: EventFields[];
  /** Epoch nanoseconds of a capture time. */
  epoch(time: CaptureTime): bigint;
}

/** Reads a file's bytes, handed over in pieces of `pieceSize` bytes. */
export async function readBytes(
  file: Uint8Array,
  options: { protocols: readonly Protocol[]; pieceSize?: number; maxConnections?: number; maxHeldBytes?: number },
): Promise<ReadResult> {
  const result: Omit<ReadResult, 'summary' | 'epoch'> = { requests: [], connections: [], changes: [], events: [] };
  const sink: CaptureSink = {
    request: (request, connection) =>
      result.requests.push({ request: { ...request }, connection: structuredClone(connection) }),
    connection: (connection, change) => {
      result.changes.push(change);
      if (change === 'closed') result.connections.push(structuredClone(connection));
    },
    event: (event) => result.events.push({ ...event }),
  };
  const { pieceSize = file.length, ...rest } = options;
  const reading = newCaptureReading({ sink, protocolOptions: { keepRaw: false, datagramTimeout: 5e9 }, ...rest });
  async function* source() {
    for (let at = 0; at < file.length; at += pieceSize) yield file.subarray(at, at + pieceSize);
  }
  const summary = await reading.read(source());
  return { ...result, summary, epoch: (time) => reading.clock.origin + BigInt(Math.round(time)) };
}

/** Counts of what was skipped, by name. */
export function skipCounts(summary: CaptureSummary): Record<string, number> {
  return Object.fromEntries(summary.skips.entries().map(({ reason, count }) => [reason, count]));
}
