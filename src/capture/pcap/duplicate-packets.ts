import type { CaptureTime } from '../../base/units.ts';
import { type IpPacket, IpProtocol } from './ip-packet.ts';
import type { CapturedPacket } from './packet.ts';

const SLOTS = 1 << 16;
/** Transport bytes that are compared: the TCP header with its timestamps, or the UDP header and the payload's beginning. */
const COMPARED = 40;
/** Longest time in ns between two sightings of one packet on its way through a host, on another interface. */
const SAME_HOST = 100e6;
/** The same where link header and TTL are equal too (a mirror port that copies both directions). */
const SAME_LINK = 50e3;

/**
 * Recognises packets that are in the file twice: captured on several interfaces of one host (`tcpdump -i any` sees a
 * container's packet on veth, bridge and eth0) or copied twice by a mirror port. A retransmission is not one: it has
 * another identification or another TCP timestamp, or comes over the same link.
 */
export class DuplicatePackets {
  readonly #contents = new Uint32Array(SLOTS);
  readonly #links = new Uint32Array(SLOTS);
  readonly #times = new Float64Array(SLOTS);

  /**
   * True where the same packet was seen a moment ago; notes it otherwise.
   * @param network where its (outer, last fragment's) IP header begins in packet.bytes
   */
  isDuplicate(packet: CapturedPacket, network: number, ip: IpPacket, time: CaptureTime): boolean {
    const content = contentHash(ip);
    const link = linkHash(packet, network);
    const slot = content & (SLOTS - 1);
    if (this.#contents[slot] === content) {
      const age = time - this.#times[slot];
      const isOtherLink = this.#links[slot] !== link;
      // An identification of 0 or 1 is no evidence: many stacks, and many who write packets by hand, never change it.
      if (isOtherLink ? age <= SAME_HOST : age <= SAME_LINK && ip.identification > 1) return age >= -SAME_HOST;
    }
    this.#contents[slot] = content;
    this.#links[slot] = link;
    this.#times[slot] = time;
    return false;
  }
}

/** Everything that stays the same on the way through a host: not the TTL, and not the checksum (offloaded or not). */
function contentHash(ip: IpPacket): number {
  let hash = Math.imul(ip.identification ^ (ip.protocol << 24), 0x9e3779b1) ^ ip.length;
  for (let i = 0; i < 8; i++) hash = mix(hash, ip.addresses[i]);
  const { bytes, start } = ip;
  const end = Math.min(ip.end, start + COMPARED);
  const checksum = start + (ip.protocol === IpProtocol.tcp ? 16 : 6);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let word = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    if (at === checksum) word &= 0xffff;
    else if (at + 2 === checksum) word &= 0xffff0000;
    hash = mix(hash, word);
  }
  for (; at < end; at++) hash = mix(hash, bytes[at]);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Interface, link-layer header and TTL. */
function linkHash(packet: CapturedPacket, network: number): number {
  const { bytes } = packet;
  let hash = packet.interfaceIndex + 1;
  for (let at = packet.start; at < network; at++) hash = mix(hash, bytes[at]);
  const ttl = bytes[network] >> 4 === 4 ? bytes[network + 8] : bytes[network + 7];
  return mix(hash, ttl) >>> 0;
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
