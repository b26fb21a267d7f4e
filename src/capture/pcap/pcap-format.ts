import { CaptureDamaged, type CaptureFormat, type FormatContext, MAX_RECORD } from './capture-format.ts';
import { TimestampScale } from './file-clock.ts';
import { newCapturedPacket } from './packet.ts';

/** Bytes of the file header. */
export const PCAP_HEADER = 24;

/** Variants of classic pcap by their first four bytes, read as a big-endian number. */
const variants: ReadonlyMap<number, { little: boolean; units: bigint; recordHeader: number }> = new Map([
  [0xa1b2c3d4, { little: false, units: 1_000_000n, recordHeader: 16 }],
  [0xd4c3b2a1, { little: true, units: 1_000_000n, recordHeader: 16 }],
  [0xa1b23c4d, { little: false, units: 1_000_000_000n, recordHeader: 16 }],
  [0x4d3cb2a1, { little: true, units: 1_000_000_000n, recordHeader: 16 }],
  // Kuznetzov's modified pcap: interface, protocol and packet type follow in each record header
  [0xa1b2cd34, { little: false, units: 1_000_000n, recordHeader: 24 }],
  [0x34cdb2a1, { little: true, units: 1_000_000n, recordHeader: 24 }],
]);

/** True where the first four bytes of a file, as a big-endian number, say that it is classic pcap. */
export function isPcap(magic: number): boolean {
  return variants.has(magic);
}

/** Classic pcap, microseconds and nanoseconds, both byte orders (draft-ietf-opsawg-pcap). */
export class PcapFormat implements CaptureFormat {
  needed = PCAP_HEADER;
  readonly #context: FormatContext;
  readonly #packet = newCapturedPacket();
  #scale: TimestampScale | undefined;
  #little = false;
  #recordHeader = 16;

  constructor(context: FormatContext) {
    this.#context = context;
  }

  parse(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    let at = start;
    if (this.#scale === undefined) {
      if (end - at < PCAP_HEADER) return at;
      this.#scale = this.#header(view, at);
      at += PCAP_HEADER;
    }
    const packet = this.#packet;
    packet.bytes = bytes;
    const little = this.#little;
    const header = this.#recordHeader;
    while (end - at >= header) {
      const captured = view.getUint32(at + 8, little);
      if (captured > MAX_RECORD) throw new CaptureDamaged(`a packet claims to be ${captured} bytes long`, at);
      if (end - at < header + captured) {
        this.needed = header + captured;
        return at;
      }
      const length = view.getUint32(at + 12, little);
      packet.time = this.#scale.timeOf(view.getUint32(at, little), view.getUint32(at + 4, little));
      packet.start = at + header;
      packet.end = packet.start + captured;
      packet.length = length < captured ? captured : length;
      at = packet.end;
      this.#context.handler(packet);
    }
    this.needed = header;
    return at;
  }

  #header(view: DataView, at: number): TimestampScale {
    const variant = variants.get(view.getUint32(at));
    if (variant === undefined) throw new CaptureDamaged('this is not a pcap file', at);
    this.#little = variant.little;
    this.#recordHeader = variant.recordHeader;
    const major = view.getUint16(at + 4, variant.little);
    if (major !== 2) throw new CaptureDamaged(`version ${major} of the pcap format is unknown`, at + 4);
    // the upper half of the field tells the length of Ethernet's check sequence, which the IP length leaves out anyway
    this.#packet.linkType = view.getUint32(at + 20, variant.little) & 0xffff;
    return new TimestampScale(this.#context.clock, variant.units);
  }
}
