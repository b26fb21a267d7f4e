import { CaptureDamaged, type CaptureFormat, type FormatContext, MAX_RECORD } from './capture-format.ts';
import { TimestampScale } from './file-clock.ts';
import { newCapturedPacket } from './packet.ts';
import { Block, BYTE_ORDER_MAGIC, Option } from './pcapng-blocks.ts';

/** One interface of a section. */
interface CaptureInterface {
  readonly index: number;
  readonly linkType: number;
  readonly snapLength: number;
  readonly scale: TimestampScale;
  /** Drops that packets themselves told of, and the last total of the statistics blocks. */
  dropsTold: number;
}

/** True where the first four bytes of a file, as a big-endian number, say that it is pcapng. */
export function isPcapng(magic: number): boolean {
  return magic === Block.section;
}

/** pcapng: sections of either byte order, several interfaces each with its own link type and timestamp resolution. */
export class PcapngFormat implements CaptureFormat {
  needed = 12;
  readonly #context: FormatContext;
  readonly #packet = newCapturedPacket();
  #interfaces: CaptureInterface[] = [];
  #little = false;
  #inSection = false;
  /** Bytes of a block of no interest that are still to be passed over. */
  #discard = 0;

  constructor(context: FormatContext) {
    this.#context = context;
  }

  parse(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    let at = start;
    this.#packet.bytes = bytes;
    for (;;) {
      if (this.#discard > 0) {
        const passed = Math.min(this.#discard, end - at);
        this.#discard -= passed;
        at += passed;
      }
      this.needed = 12;
      if (end - at < 12) return at;
      const type = view.getUint32(at, this.#little);
      if (type === Block.section) this.#byteOrder(view, at);
      else if (!this.#inSection) throw new CaptureDamaged('a block stands before the first section', at);
      const length = view.getUint32(at + 4, this.#little);
      if (length < 12 || (length & 3) !== 0) throw new CaptureDamaged(`a block claims to be ${length} bytes long`, at);
      if (!this.#isRead(type)) {
        this.#discard = length;
        continue;
      }
      if (length > MAX_RECORD) throw new CaptureDamaged(`a block claims to be ${length} bytes long`, at);
      if (end - at < length) {
        this.needed = length;
        return at;
      }
      if (view.getUint32(at + length - 4, this.#little) !== length) {
        throw new CaptureDamaged('the two lengths of a block differ', at);
      }
      this.#block(type, view, at + 8, at + length - 4);
      at += length;
    }
  }

  #byteOrder(view: DataView, at: number): void {
    const little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
    if (!little && view.getUint32(at + 8, false) !== BYTE_ORDER_MAGIC) {
      throw new CaptureDamaged('a section tells no byte order', at);
    }
    this.#little = little;
    this.#inSection = true;
  }

  #isRead(type: number): boolean {
    return (
      type === Block.enhancedPacket ||
      type === Block.interface ||
      type === Block.section ||
      type === Block.simplePacket ||
      type === Block.packet ||
      type === Block.interfaceStatistics
    );
  }

  #block(type: number, view: DataView, body: number, end: number): void {
    switch (type) {
      case Block.enhancedPacket:
        this.#enhancedPacket(view, body, end);
        break;
      case Block.section:
        this.#interfaces = [];
        break;
      case Block.interface:
        this.#interface(view, body, end);
        break;
      case Block.simplePacket:
        this.#simplePacket(view, body, end);
        break;
      case Block.packet:
        this.#oldPacket(view, body, end);
        break;
      default:
        this.#statistics(view, body, end);
    }
  }

  #interface(view: DataView, body: number, end: number): void {
    const { skips, clock } = this.#context;
    if (end - body < 8) {
      skips.count('block_malformed');
      return;
    }
    let units = 1_000_000n;
    let offset = 0n;
    this.#options(view, body + 8, end, (code, at, length) => {
      if (code === Option.timestampResolution && length === 1) {
        const exponent = view.getUint8(at);
        units = exponent & 0x80 ? 2n ** BigInt(exponent & 0x7f) : 10n ** BigInt(exponent);
      } else if (code === Option.timestampOffset && length === 8) {
        offset = view.getBigInt64(at, this.#little);
      }
    });
    this.#interfaces.push({
      index: this.#interfaces.length,
      linkType: view.getUint16(body, this.#little),
      snapLength: view.getUint32(body + 4, this.#little),
      scale: new TimestampScale(clock, units, offset),
      dropsTold: 0,
    });
  }

  #enhancedPacket(view: DataView, body: number, end: number): void {
    const little = this.#little;
    if (end - body < 20) {
      this.#context.skips.count('block_malformed');
      return;
    }
    const from = this.#interfaces[view.getUint32(body, little)];
    if (from === undefined) {
      this.#context.skips.count('interface_unknown');
      return;
    }
    const captured = view.getUint32(body + 12, little);
    if (captured > end - body - 20) {
      this.#context.skips.count('block_malformed');
      return;
    }
    const packet = this.#packet;
    packet.time = from.scale.time(view.getUint32(body + 4, little), view.getUint32(body + 8, little));
    packet.commentStart = packet.commentEnd = 0;
    const options = body + 20 + ((captured + 3) & ~3);
    if (options < end) this.#packetOptions(view, options, end, from);
    this.#emit(body + 20, captured, view.getUint32(body + 16, little), from);
  }

  #packetOptions(view: DataView, start: number, end: number, from: CaptureInterface): void {
    this.#options(view, start, end, (code, at, length) => {
      if (code === Option.comment && this.#packet.commentEnd === 0) {
        this.#packet.commentStart = at;
        this.#packet.commentEnd = at + length;
      } else if (code === Option.packetDropCount && length === 8) {
        this.#dropped(from, from.dropsTold + this.#number64(view, at));
      }
    });
  }

  #simplePacket(view: DataView, body: number, end: number): void {
    const from = this.#interfaces[0];
    if (from === undefined || end - body < 4) {
      this.#context.skips.count(from === undefined ? 'interface_unknown' : 'block_malformed');
      return;
    }
    const length = view.getUint32(body, this.#little);
    const captured = Math.min(length, from.snapLength === 0 ? length : from.snapLength, end - body - 4);
    const packet = this.#packet;
    const { clock, skips } = this.#context;
    skips.count('timestamp_missing');
    packet.time = clock.now > 0 ? clock.now : clock.at(0n);
    packet.commentStart = packet.commentEnd = 0;
    this.#emit(body + 4, captured, length, from);
  }

  #oldPacket(view: DataView, body: number, end: number): void {
    const little = this.#little;
    const from = end - body < 20 ? undefined : this.#interfaces[view.getUint16(body, little)];
    if (from === undefined) {
      this.#context.skips.count(end - body < 20 ? 'block_malformed' : 'interface_unknown');
      return;
    }
    const drops = view.getUint16(body + 2, little);
    if (drops !== 0xffff) this.#dropped(from, from.dropsTold + drops);
    const captured = view.getUint32(body + 12, little);
    if (captured > end - body - 20) {
      this.#context.skips.count('block_malformed');
      return;
    }
    const packet = this.#packet;
    packet.time = from.scale.time(view.getUint32(body + 4, little), view.getUint32(body + 8, little));
    packet.commentStart = packet.commentEnd = 0;
    this.#emit(body + 20, captured, view.getUint32(body + 16, little), from);
  }

  #emit(start: number, captured: number, length: number, from: CaptureInterface): void {
    const packet = this.#packet;
    packet.start = start;
    packet.end = start + captured;
    packet.length = length < captured ? captured : length;
    packet.linkType = from.linkType;
    packet.interfaceIndex = from.index;
    this.#context.handler(packet);
  }

  #statistics(view: DataView, body: number, end: number): void {
    const from = end - body < 12 ? undefined : this.#interfaces[view.getUint32(body, this.#little)];
    if (from === undefined) {
      this.#context.skips.count(end - body < 12 ? 'block_malformed' : 'interface_unknown');
      return;
    }
    let total = 0;
    this.#options(view, body + 12, end, (code, at, length) => {
      if ((code === Option.statisticsInterfaceDrop || code === Option.statisticsOsDrop) && length === 8) {
        total += this.#number64(view, at);
      }
    });
    this.#dropped(from, total);
  }

  /** Counts drops up to a new running total of an interface; packets and statistics tell of the same drops. */
  #dropped(from: CaptureInterface, total: number): void {
    if (total <= from.dropsTold || total > Number.MAX_SAFE_INTEGER) return;
    this.#context.skips.count('dropped_by_kernel', total - from.dropsTold);
    from.dropsTold = total;
  }

  #number64(view: DataView, at: number): number {
    const high = view.getUint32(this.#little ? at + 4 : at, this.#little);
    const low = view.getUint32(this.#little ? at : at + 4, this.#little);
    return high * 4_294_967_296 + low;
  }

  #options(view: DataView, start: number, end: number, take: (code: number, at: number, length: number) => void): void {
    let at = start;
    while (end - at >= 4) {
      const code = view.getUint16(at, this.#little);
      const length = view.getUint16(at + 2, this.#little);
      if (code === Option.end) return;
      if (length > end - at - 4) {
        this.#context.skips.count('block_malformed');
        return;
      }
      take(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }
}
