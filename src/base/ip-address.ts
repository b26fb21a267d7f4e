/**
 * IP addresses as text and as 16 bytes (IPv4 mapped into IPv6: ::ffff:a.b.c.d), RFC 4291 and RFC 5952. Parsing writes into
 * memory of the caller, so that it may stand on a hot path.
 */

const colon = 58;
const dot = 46;

/**
 * Writes an address as 16 bytes, IPv4 mapped into IPv6.
 * @returns false where the text is not an address (`into` is then undefined)
 */
export function parseAddress(text: string, into: Uint8Array): boolean {
  if (text.indexOf(':') < 0) {
    into.fill(0, 0, 10);
    into[10] = into[11] = 255;
    return parseDotted(text, 0, into, 12);
  }
  return parseColons(text, into);
}

/** True where 16 bytes hold an IPv4 address mapped into IPv6. */
export function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 255 && bytes[11] === 255;
}

/** Text of 16 bytes: dotted quad for mapped IPv4, RFC 5952 for IPv6. */
export function addressText(bytes: Uint8Array): string {
  if (isMapped(bytes)) return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i] << 8) | bytes[i + 1]);
  let longest = 1;
  let longestAt = -1;
  for (let i = 0, run = 0; i < 8; i++) {
    run = groups[i] === 0 ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      longestAt = i - run + 1;
    }
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (longestAt < 0) return hex(groups);
  return `${hex(groups.slice(0, longestAt))}::${hex(groups.slice(longestAt + longest))}`;
}

/** A range of addresses: all that share the first `prefix` bits (0 to 128, in the 16-byte form) with `bytes`. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly prefix: number;
}

/** `10.0.0.0/8`, `fd00::/8`, or a single address; undefined where it is neither. Bits beyond the prefix are cleared. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const bytes = new Uint8Array(16);
  if (!parseAddress(slash < 0 ? text : text.slice(0, slash), bytes)) return undefined;
  if (slash < 0) return { bytes, prefix: 128 };
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits)) return undefined;
  const shift = text.includes(':') ? 0 : 96;
  const prefix = Number(digits) + shift;
  if (prefix > 128) return undefined;
  for (let bit = prefix; bit < 128; bit++) bytes[bit >> 3] &= ~(128 >> (bit & 7));
  return { bytes, prefix };
}

/** Text that {@link parseNetwork} reads: `10.0.0.0/8`, and without a prefix where it is one address. */
export function networkText(network: Network): string {
  const mapped = network.prefix >= 96 && isMapped(network.bytes);
  const address = addressText(network.bytes);
  return network.prefix === 128 ? address : `${address}/${mapped ? network.prefix - 96 : network.prefix}`;
}

/** True where the 16 bytes of an address lie in the network. An IPv6 network wider than /96 holds no IPv4 address. */
export function inNetwork(network: Network, address: Uint8Array): boolean {
  const { bytes, prefix } = network;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false;
  const rest = prefix & 7;
  if (rest !== 0 && ((bytes[whole] ^ address[whole]) & (0xff00 >> rest) & 0xff) !== 0) return false;
  return prefix >= 96 || !isMapped(address);
}

function parseDotted(text: string, from: number, into: Uint8Array, at: number): boolean {
  let value = -1;
  let parts = 0;
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 48 && c <= 57) {
      if (value === 0) return false; // 01 would be octal elsewhere: refuse what others read differently
      value = (value < 0 ? 0 : value * 10) + c - 48;
      if (value > 255) return false;
    } else if (c === dot && value >= 0 && parts < 3) {
      into[at + parts++] = value;
      value = -1;
    } else return false;
  }
  if (parts !== 3 || value < 0) return false;
  into[at + 3] = value;
  return true;
}

function parseColons(text: string, into: Uint8Array): boolean {
  into.fill(0, 0, 16);
  let at = 0; // next byte to write
  let gap = -1; // where '::' stands
  let i = 0;
  if (text.startsWith('::')) {
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    if (at >= 16) return false;
    let value = 0;
    let digits = 0;
    const groupStart = i;
    for (; i < text.length; i++) {
      const digit = hexDigit(text.charCodeAt(i));
      if (digit < 0) break;
      value = value * 16 + digit;
      if (++digits > 4) return false;
    }
    if (i < text.length && text.charCodeAt(i) === dot) {
      if (at > 12 || !parseDotted(text, groupStart, into, at)) return false;
      at += 4;
      i = text.length;
      break;
    }
    if (digits === 0) return false;
    into[at++] = value >> 8;
    into[at++] = value & 255;
    if (i === text.length) break;
    if (text.charCodeAt(i) !== colon) return false;
    i++;
    if (text.charCodeAt(i) === colon) {
      if (gap >= 0) return false;
      gap = at;
      i++;
    } else if (i === text.length) return false; // ends in a single colon
  }
  if (gap < 0) return at === 16;
  if (at > 14) return false;
  into.copyWithin(16 - (at - gap), gap, at);
  into.fill(0, gap, 16 - (at - gap));
  return true;
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
