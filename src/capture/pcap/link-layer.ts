import { LinkType, unreadLinkName } from './link-types.ts';
import type { CapturedPacket } from './packet.ts';
import type { Skips } from './skips.ts';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

/** Tags that may follow one another before the network layer; more are no honest packet. */
const MAX_TAGS = 8;

/** Names of EtherTypes that are met in practice and carry no IP. Others are one kind, so that kinds stay few. */
const otherEtherTypes: ReadonlyMap<number, string> = new Map([
  [0x0004, 'ieee802_2'],
  [0x0806, 'arp'],
  [0x8035, 'rarp'],
  [0x8809, 'lacp'],
  [0x8847, 'mpls'],
  [0x8863, 'pppoe_discovery'],
  [0x888e, 'eapol'],
  [0x88cc, 'lldp'],
  [0x88e5, 'macsec'],
  [0x88f7, 'ptp'],
]);

/**
 * Where the IP header of a packet begins in packet.bytes, or -1 where there is none, which is counted.
 * VLAN tags (802.1Q, QinQ in all its EtherTypes), MPLS labels and PPPoE sessions are passed over.
 */
export function networkLayer(packet: CapturedPacket, skips: Skips): number {
  const { bytes, start, end } = packet;
  switch (packet.linkType) {
    case LinkType.ethernet:
      if (end - start < 14) return cut(skips);
      return afterEtherType(bytes, (bytes[start + 12] << 8) | bytes[start + 13], start + 14, end, skips);
    case LinkType.linuxCooked:
      if (end - start < 16) return cut(skips);
      return afterEtherType(bytes, (bytes[start + 14] << 8) | bytes[start + 15], start + 16, end, skips);
    case LinkType.linuxCooked2:
      if (end - start < 20) return cut(skips);
      return afterEtherType(bytes, (bytes[start] << 8) | bytes[start + 1], start + 20, end, skips);
    case LinkType.raw:
    case LinkType.rawBsd:
    case LinkType.rawOpenBsd:
    case LinkType.ipv4:
    case LinkType.ipv6:
      return ipAt(bytes, start, end, skips);
    case LinkType.null:
    case LinkType.loop:
      return afterAddressFamily(bytes, start, end, skips);
    default:
      skips.count('link_type_unsupported', 1, unreadLinkName(packet.linkType));
      return -1;
  }
}

function cut(skips: Skips): number {
  skips.count('packet_cut');
  return -1;
}

function ipAt(bytes: Uint8Array, at: number, end: number, skips: Skips): number {
  if (at >= end) return cut(skips);
  const version = bytes[at] >> 4;
  if (version === 4 || version === 6) return at;
  skips.count('ip_malformed');
  return -1;
}

function afterEtherType(bytes: Uint8Array, etherType: number, at: number, end: number, skips: Skips): number {
  let type = etherType;
  let next = at;
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    switch (type) {
      case ETHERTYPE_IPV4:
      case ETHERTYPE_IPV6:
        return ipAt(bytes, next, end, skips);
      case 0x8100: // 802.1Q
      case 0x88a8: // 802.1ad
      case 0x9100: // QinQ before it had a standard
      case 0x9200:
        if (end - next < 4) return cut(skips);
        type = (bytes[next + 2] << 8) | bytes[next + 3];
        next += 4;
        break;
      case 0x8847: // MPLS: labels of 4 bytes up to the one with the bottom-of-stack bit
        if (end - next < 4) return cut(skips);
        if ((bytes[next + 2] & 1) === 1) return afterLabels(bytes, next + 4, end, skips);
        next += 4;
        break;
      case 0x8864: // PPPoE session: 6 bytes, then a PPP protocol number
        if (end - next < 8) return cut(skips);
        type = (bytes[next + 6] << 8) | bytes[next + 7];
        type = type === PPP_IPV4 ? ETHERTYPE_IPV4 : type === PPP_IPV6 ? ETHERTYPE_IPV6 : 0x8863;
        next += 8;
        break;
      default:
        skips.count('not_ip', 1, type < 0x0600 ? 'ieee802_2' : (otherEtherTypes.get(type) ?? 'other'));
        return -1;
    }
  }
  skips.count('not_ip', 1, 'too_many_tags');
  return -1;
}

/** MPLS does not say what it carries; only what has an IP version is taken. */
function afterLabels(bytes: Uint8Array, at: number, end: number, skips: Skips): number {
  if (at >= end) return cut(skips);
  const version = bytes[at] >> 4;
  if (version === 4 || version === 6) return at;
  skips.count('not_ip', 1, 'mpls');
  return -1;
}

/** The family is in either byte order, and its number for IPv6 differs from system to system. */
function afterAddressFamily(bytes: Uint8Array, start: number, end: number, skips: Skips): number {
  if (end - start < 4) return cut(skips);
  const family = bytes[start] | bytes[start + 1] ? bytes[start] | (bytes[start + 1] << 8) : bytes[start + 3];
  if (family === 2 || family === 24 || family === 28 || family === 30 || family === 10) {
    return ipAt(bytes, start + 4, end, skips);
  }
  skips.count('not_ip', 1, 'other');
  return -1;
}
