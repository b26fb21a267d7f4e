import type { CaptureTime } from '../../base/units.ts';
import { type IpPacket, IpProtocol } from './ip-packet.ts';
import type { Skips } from './skips.ts';

/** How much is held of datagrams that are not whole yet. */
export interface FragmentLimits {
  readonly datagrams: number;
  readonly bytes: number;
  /** Nanoseconds of capture time after which missing fragments are not waited for any longer. */
  readonly wait: number;
}

export const defaultFragmentLimits: FragmentLimits = { datagrams: 4096, bytes: 32 * 1024 * 1024, wait: 2e9 };

/** The longest payload of an IP packet. */
const MAX_LENGTH = 65_535;
/** What one held fragment costs beyond its bytes, so that many tiny ones are bounded too. */
const PIECE_OVERHEAD = 128;

interface Piece {
  readonly offset: number;
  readonly length: number;
  /** What was captured of it; shorter than `length` where the snap length cut it. */
  readonly bytes: Uint8Array;
}

interface Datagram {
  readonly addresses: Uint32Array;
  readonly identification: number;
  readonly time: CaptureTime;
  /** Protocol as the first fragment tells it, -1 before it was seen. */
  protocol: number;
  /** In order of their offsets, never overlapping. */
  readonly pieces: Piece[];
  /** Sum of the pieces' lengths; length of the whole, -1 before the last fragment was seen. */
  present: number;
  total: number;
  held: number;
}

/** Puts IPv4 and IPv6 datagrams together from their fragments, in bounded memory. */
export class IpFragments {
  readonly #skips: Skips;
  readonly #limits: FragmentLimits;
  /** In order of their first fragment's arrival. */
  readonly #datagrams = new Map<string, Datagram>();
  #bytes = 0;

  constructor(skips: Skips, limits: FragmentLimits = defaultFragmentLimits) {
    this.#skips = skips;
    this.#limits = limits;
  }

  /** Datagrams that wait for fragments. */
  get size(): number {
    return this.#datagrams.size;
  }

  /**
   * Takes a fragment. Returns true where it completed its datagram, which then stands in `packet` (as far as it was
   * captured), false where more is needed or the fragment was refused, which is counted.
   */
  add(packet: IpPacket, time: CaptureTime): boolean {
    const offset = packet.fragmentOffset;
    const { length } = packet;
    const misaligned = packet.moreFragments && (length & 7) !== 0;
    if (length === 0 || misaligned || offset + length > MAX_LENGTH) {
      this.#skips.count('fragment_malformed');
      return false;
    }
    const key = keyOf(packet);
    let datagram = this.#datagrams.get(key);
    if (datagram === undefined) {
      datagram = {
        addresses: packet.addresses.slice(),
        identification: packet.identification,
        time,
        protocol: -1,
        pieces: [],
        present: 0,
        total: -1,
        held: 0,
      };
      this.#datagrams.set(key, datagram);
    }
    if (!this.#insert(datagram, packet)) {
      if (datagram.pieces.length === 0) this.#datagrams.delete(key);
      return false;
    }
    if (datagram.present === datagram.total) {
      this.#forget(key, datagram);
      assemble(datagram, datagram.total, packet);
      return true;
    }
    while (this.#bytes > this.#limits.bytes || this.#datagrams.size > this.#limits.datagrams) {
      const [oldest] = this.#datagrams;
      this.#forget(oldest[0], oldest[1]);
      this.#skips.count('fragment_evicted');
    }
    return false;
  }

  /**
   * Gives up datagrams that have waited too long (all of them with `now` = Infinity). Of UDP the beginning is handed over
   * where it was seen: a capture filter on ports lets the first fragment through alone.
   */
  expire(now: number, packet: IpPacket, handOver: (packet: IpPacket, time: CaptureTime) => void): void {
    for (const [key, datagram] of this.#datagrams) {
      if (now - datagram.time < this.#limits.wait) return;
      this.#forget(key, datagram);
      this.#skips.count('fragment_missing');
      const first = datagram.pieces[0];
      if (datagram.protocol !== IpProtocol.udp || first.offset !== 0 || first.bytes.length < 8) continue;
      const length = (first.bytes[4] << 8) | first.bytes[5];
      if (length < datagram.present) continue;
      assemble(datagram, length, packet);
      handOver(packet, datagram.time);
    }
  }

  #insert(datagram: Datagram, packet: IpPacket): boolean {
    const { pieces } = datagram;
    const offset = packet.fragmentOffset;
    const end = offset + packet.length;
    let at = pieces.length;
    while (at > 0 && pieces[at - 1].offset >= offset) at--;
    const next = pieces[at];
    if (next !== undefined && next.offset === offset && next.length === packet.length) {
      this.#skips.count('duplicate_packet');
      return false;
    }
    const previous = pieces[at - 1];
    const overlaps =
      (previous !== undefined && previous.offset + previous.length > offset) ||
      (next !== undefined && next.offset < end);
    const last = pieces[pieces.length - 1];
    const contradicts =
      (datagram.total >= 0 && (end > datagram.total || !packet.moreFragments)) ||
      (!packet.moreFragments && last !== undefined && last.offset + last.length > end);
    if (overlaps || contradicts) {
      this.#skips.count('fragment_overlap');
      this.#forget(keyOf(packet), datagram);
      return false;
    }
    const bytes = packet.bytes.slice(packet.start, packet.end);
    pieces.splice(at, 0, { offset, length: packet.length, bytes });
    datagram.present += packet.length;
    if (!packet.moreFragments) datagram.total = end;
    if (offset === 0) datagram.protocol = packet.protocol;
    datagram.held += bytes.length + PIECE_OVERHEAD;
    this.#bytes += bytes.length + PIECE_OVERHEAD;
    return true;
  }

  #forget(key: string, datagram: Datagram): void {
    if (this.#datagrams.delete(key)) this.#bytes -= datagram.held;
  }
}

/** IPv4 tells datagrams apart by protocol too; in IPv6 only the first fragment's protocol counts (RFC 8200, 4.5). */
function keyOf(packet: IpPacket): string {
  const { addresses } = packet;
  const isIpv4 = addresses[0] === 0 && addresses[1] === 0 && addresses[2] === 0xffff;
  return `${addresses.join(' ')} ${packet.identification} ${isIpv4 ? packet.protocol : 'v6'}`;
}

/** Puts the pieces into `packet`, up to the first byte that was not captured. */
function assemble(datagram: Datagram, length: number, packet: IpPacket): void {
  const bytes = new Uint8Array(length);
  let known = 0;
  for (const piece of datagram.pieces) {
    if (piece.offset !== known) break;
    bytes.set(piece.bytes, known);
    known += piece.bytes.length;
    if (piece.bytes.length < piece.length) break;
  }
  packet.addresses.set(datagram.addresses);
  packet.identification = datagram.identification;
  packet.protocol = datagram.protocol;
  packet.bytes = bytes;
  packet.start = 0;
  packet.end = known;
  packet.length = length;
  packet.isFragment = packet.moreFragments = false;
  packet.fragmentOffset = 0;
}
