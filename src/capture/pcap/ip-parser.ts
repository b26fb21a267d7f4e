import { type IpPacket, IpProtocol } from './ip-packet.ts';
import type { SkipReason, Skips } from './skips.ts';

/** IPv6 extension headers and IP-in-IP headers that may follow one another; more are no honest packet. */
const MAX_HEADERS = 16;

/**
 * Reads the IP header at bytes[start] with all IPv6 extension headers, and IP in IP, into `out`.
 * @param wireLength bytes the packet had on the wire from `start` on, link-layer padding included
 * @returns false where there is no transport to look at, which is counted
 */
export function parseIp(
  bytes: Uint8Array,
  start: number,
  end: number,
  wireLength: number,
  out: IpPacket,
  skips: Skips,
): boolean {
  out.bytes = bytes;
  out.start = start;
  out.end = end;
  out.length = wireLength;
  for (let depth = 0; depth < 4; depth++) {
    if (out.end <= out.start) return refuse(skips, 'packet_cut');
    const version = bytes[out.start] >> 4;
    const understood =
      version === 4 ? parseIpv4(out, skips) : version === 6 ? parseIpv6(out, skips) : refuse(skips, 'ip_malformed');
    if (!understood) return false;
    if (out.isFragment || !isIpInIp(out.protocol)) return true;
  }
  return refuse(skips, 'ip_malformed');
}

/**
 * Reads on after a datagram was put together from its fragments: what stands between the fragment header and the
 * transport. `out` is as {@link parseIp} left it, but for the whole datagram.
 */
export function parseReassembled(out: IpPacket, skips: Skips): boolean {
  out.isFragment = false;
  const isIpv6 = out.addresses[2] !== 0xffff || out.addresses[0] !== 0 || out.addresses[1] !== 0;
  if (isIpv6 && !extensionHeaders(out, out.protocol, skips)) return false;
  if (out.isFragment) return refuse(skips, 'fragment_malformed');
  return isIpInIp(out.protocol) ? parseIp(out.bytes, out.start, out.end, out.length, out, skips) : true;
}

function isIpInIp(protocol: number): boolean {
  return protocol === IpProtocol.ipip || protocol === IpProtocol.ipv6;
}

function refuse(skips: Skips, reason: SkipReason): false {
  skips.count(reason);
  return false;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** RFC 791. A total length of 0 is written by segmentation offload for packets above 64 KB. */
function parseIpv4(out: IpPacket, skips: Skips): boolean {
  const { bytes, start } = out;
  if (out.end - start < 20) return refuse(skips, 'packet_cut');
  const header = (bytes[start] & 0xf) * 4;
  const total = (bytes[start + 2] << 8) | bytes[start + 3];
  const length = total === 0 ? out.length : total;
  if (header < 20 || length < header) return refuse(skips, 'ip_malformed');
  if (out.end - start < header) return refuse(skips, 'packet_cut');
  const { addresses } = out;
  addresses[0] = addresses[1] = addresses[4] = addresses[5] = 0;
  addresses[2] = addresses[6] = 0xffff;
  addresses[3] = word(bytes, start + 12);
  addresses[7] = word(bytes, start + 16);
  const fragment = (bytes[start + 6] << 8) | bytes[start + 7];
  out.identification = (bytes[start + 4] << 8) | bytes[start + 5];
  out.moreFragments = (fragment & 0x2000) !== 0;
  out.fragmentOffset = (fragment & 0x1fff) * 8;
  out.isFragment = out.moreFragments || out.fragmentOffset !== 0;
  out.protocol = bytes[start + 9];
  out.length = length - header;
  out.start = start + header;
  if (out.end > out.start + out.length) out.end = out.start + out.length;
  return true;
}

/** RFC 8200. A payload length of 0 is that of a jumbogram (RFC 2675) or of segmentation offload. */
function parseIpv6(out: IpPacket, skips: Skips): boolean {
  const { bytes, start } = out;
  if (out.end - start < 40) return refuse(skips, 'packet_cut');
  const payload = (bytes[start + 4] << 8) | bytes[start + 5];
  out.length = payload === 0 ? Math.max(0, out.length - 40) : payload;
  for (let i = 0; i < 8; i++) out.addresses[i] = word(bytes, start + 8 + i * 4);
  out.identification = 0;
  out.isFragment = out.moreFragments = false;
  out.fragmentOffset = 0;
  out.start = start + 40;
  if (out.end > out.start + out.length) out.end = out.start + out.length;
  return extensionHeaders(out, bytes[start + 6], skips);
}

function extensionHeaders(out: IpPacket, first: number, skips: Skips): boolean {
  const { bytes } = out;
  let next = first;
  for (let headers = 0; headers < MAX_HEADERS; headers++) {
    let size: number;
    switch (next) {
      case 0: // hop-by-hop options
      case 43: // routing
      case 60: // destination options
      case 135: // mobility
      case 139: // host identity
      case 140: // shim6
        if (out.end - out.start < 8) return refuse(skips, 'packet_cut');
        size = (bytes[out.start + 1] + 1) * 8;
        break;
      case 51: // authentication
        if (out.end - out.start < 8) return refuse(skips, 'packet_cut');
        size = (bytes[out.start + 1] + 2) * 4;
        break;
      case 44: {
        if (out.end - out.start < 8) return refuse(skips, 'packet_cut');
        const fragment = (bytes[out.start + 2] << 8) | bytes[out.start + 3];
        out.identification = word(bytes, out.start + 4);
        out.fragmentOffset = fragment & 0xfff8;
        out.moreFragments = (fragment & 1) !== 0;
        out.isFragment = out.moreFragments || out.fragmentOffset !== 0;
        size = 8;
        break;
      }
      default:
        out.protocol = next;
        return true;
    }
    const following = bytes[out.start];
    if (size > out.length) return refuse(skips, 'ip_malformed');
    out.length -= size;
    out.start += size;
    if (out.start > out.end) return refuse(skips, 'packet_cut');
    next = following;
    // what follows in a fragment is read when the datagram is whole
    if (out.isFragment) {
      out.protocol = next;
      return true;
    }
  }
  return refuse(skips, 'ip_malformed');
}
