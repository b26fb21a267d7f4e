import { isMapped, parseAddress } from '../base/ip-address.ts';
import type { AddressClass } from '../model/entity.ts';

const bytes = new Uint8Array(16);

/**
 * Where an address is to be found, by IANA's special-purpose registries (RFC 6890 and its updates). What is not globally
 * reachable and has no class of its own (shared address space, documentation, benchmarks) is 'private'; the limited
 * broadcast is 'multicast', since it is addressed to many. Addresses that hold an IPv4 address (mapped, NAT64, 6to4)
 * have that address's class.
 *
 * @param ip dotted quad or IPv6 as text, with or without a zone. Other text is 'unspecified'.
 */
export function addressClass(ip: string): AddressClass {
  const zone = ip.indexOf('%');
  if (!parseAddress(zone < 0 ? ip : ip.slice(0, zone), bytes)) return 'unspecified';
  return isMapped(bytes) ? classOfIpv4(12) : classOfIpv6();
}

/** Of the IPv4 address that begins at this byte. */
function classOfIpv4(at: number): AddressClass {
  const a = bytes[at];
  const b = bytes[at + 1];
  const c = bytes[at + 2];
  const d = bytes[at + 3];
  if (a === 0 && b === 0 && c === 0 && d === 0) return 'unspecified';
  if (a === 127) return 'loopback';
  if (a === 10 || a === 0) return 'private';
  if (a === 172 && b >= 16 && b < 32) return 'private';
  if (a === 192 && b === 168) return 'private';
  if (a === 169 && b === 254) return 'link_local';
  if (a >= 224 && a < 240) return 'multicast';
  if (a === 255 && b === 255 && c === 255 && d === 255) return 'multicast';
  if (a >= 240) return 'private'; // reserved, RFC 1112
  if (a === 100 && b >= 64 && b < 128) return 'private'; // shared by carriers, RFC 6598
  if (a === 198 && (b === 18 || b === 19)) return 'private'; // benchmarks, RFC 2544
  if (a === 192 && b === 0 && (c === 0 || c === 2)) return 'private'; // protocol assignments, documentation
  if ((a === 198 && b === 51 && c === 100) || (a === 203 && b === 0 && c === 113)) return 'private'; // documentation
  return 'public';
}

function classOfIpv6(): AddressClass {
  const group = (i: number): number => bytes[2 * i] * 256 + bytes[2 * i + 1];
  const zeros = (from: number, to: number): boolean => {
    for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
    return true;
  };
  const first = group(0);
  const second = group(1);
  if (zeros(0, 15)) {
    if (bytes[15] === 0) return 'unspecified';
    if (bytes[15] === 1) return 'loopback';
  }
  if (first === 0x64 && second === 0xff9b && zeros(4, 12)) return classOfIpv4(12); // NAT64, RFC 6052
  if (first === 0x2002) return classOfIpv4(2); // 6to4, RFC 3056
  if (first >= 0xff00) return 'multicast';
  if (first >= 0xfe80 && first < 0xfec0) return 'link_local';
  if (first >= 0xfc00 && first < 0xfe00) return 'private';
  if (first >= 0xfec0) return 'private'; // site-local, RFC 3879
  if (first === 0x2001 && second === 0xdb8) return 'private'; // documentation
  if (first === 0x3fff && second < 0x1000) return 'private'; // documentation, RFC 9637
  if (first === 0x100 && zeros(2, 8)) return 'private'; // discard only, RFC 6666
  if (first === 0x64 && second === 0xff9b && group(2) === 1) return 'private'; // local-use translation, RFC 8215
  return first === 0 ? 'private' : 'public';
}
