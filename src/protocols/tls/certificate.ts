/** The facts of an X.509 certificate (RFC 5280) that stand in its first few hundred bytes, read without its end. */
import { startsWith, textOf } from '../text.ts';

/** Who a certificate is for, who signed it, until when. '' for what was not there. */
export interface Certificate {
  /** As `CN=web.example, O=Example, C=DE`. */
  readonly subject: string;
  readonly issuer: string;
  /** RFC 3339, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
}

/** One element of DER: what lies between `from` and `to` is its content, of which less may be there. */
interface Element {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

const Tag = { integer: 0x02, oid: 0x06, bmpString: 0x1e, utcTime: 0x17, sequence: 0x30, set: 0x31, version: 0xa0 };
const longestName = 256;

/** The element at `at`, undefined where its header is not there or no length that X.509 has. */
function elementAt(bytes: Uint8Array, at: number, end: number): Element | undefined {
  if (at + 2 > end) return undefined;
  const tag = bytes[at];
  let length = bytes[at + 1];
  let from = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 3 || from + count > end) return undefined;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[from++];
  }
  return { tag, from, to: from + length };
}

/** Names of the attributes of distinguished names, by the bytes of their object identifiers. */
const attributeNames: readonly (readonly [string, string])[] = [
  ['\u0055\u0004\u0003', 'CN'],
  ['\u0055\u0004\u0006', 'C'],
  ['\u0055\u0004\u0007', 'L'],
  ['\u0055\u0004\u0008', 'ST'],
  ['\u0055\u0004\u000a', 'O'],
  ['\u0055\u0004\u000b', 'OU'],
  ['\u0009\u0092\u0026\u0089\u0093\u00f2\u002c\u0064\u0001\u0019', 'DC'],
];

/** A distinguished name, the most specific part first. */
function nameOf(bytes: Uint8Array, name: Element, end: number): string {
  const parts: string[] = [];
  const stop = Math.min(name.to, end);
  let size = 0;
  for (let at = name.from; at < stop && size < longestName; ) {
    const set = elementAt(bytes, at, stop);
    if (set === undefined) break;
    at = set.to;
    const pair = elementAt(bytes, set.from, stop);
    const oid = pair === undefined ? undefined : elementAt(bytes, pair.from, stop);
    const value = oid === undefined ? undefined : elementAt(bytes, oid.to, stop);
    if (oid === undefined || value === undefined || oid.tag !== Tag.oid || value.to > stop) continue;
    const known = attributeNames.find(
      ([id]) => id.length === oid.to - oid.from && startsWith(bytes, oid.from, oid.to, id),
    );
    if (known === undefined) continue;
    const text =
      value.tag === Tag.bmpString ? wideText(bytes, value.from, value.to) : textOf(bytes, value.from, value.to);
    size += text.length;
    parts.unshift(`${known[1]}=${text}`);
  }
  return parts.join(', ').slice(0, longestName);
}

function wideText(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i + 1 < to; i += 2) text += String.fromCharCode((bytes[i] << 8) | bytes[i + 1]);
  return text;
}

/** UTCTime (YYMMDDHHMMSSZ, 1950-2049) or GeneralizedTime (YYYYMMDDHHMMSSZ). */
function timeOf(bytes: Uint8Array, time: Element | undefined, end: number): string {
  if (time === undefined || time.to > end) return '';
  let digits = textOf(bytes, time.from, time.to);
  if (time.tag === Tag.utcTime) digits = (digits < '50' ? '20' : '19') + digits;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (match === null) return '';
  const [, year, month, day, hour, minute, second] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/** Reads the certificate whose DER begins at `at`; undefined where it is none. */
export function readCertificate(bytes: Uint8Array, at: number, end: number): Certificate | undefined {
  const whole = elementAt(bytes, at, end);
  const signed = whole?.tag === Tag.sequence ? elementAt(bytes, whole.from, end) : undefined;
  if (signed?.tag !== Tag.sequence) return undefined;
  let field = elementAt(bytes, signed.from, end);
  if (field?.tag === Tag.version) field = elementAt(bytes, field.to, end);
  if (field?.tag !== Tag.integer) return undefined;
  const algorithm = elementAt(bytes, field.to, end);
  const issuer = algorithm === undefined ? undefined : elementAt(bytes, algorithm.to, end);
  if (issuer?.tag !== Tag.sequence) return undefined;
  const validity = elementAt(bytes, issuer.to, end);
  const from = validity === undefined ? undefined : elementAt(bytes, validity.from, end);
  const until = from === undefined ? undefined : elementAt(bytes, from.to, end);
  const subject = validity === undefined ? undefined : elementAt(bytes, validity.to, end);
  return {
    issuer: nameOf(bytes, issuer, end),
    notBefore: timeOf(bytes, from, end),
    notAfter: timeOf(bytes, until, end),
    subject: subject === undefined ? '' : nameOf(bytes, subject, end),
  };
}
