import { addressText } from '../../base/ip-address.ts';
import { u16be, u32be } from '../byte-reader.ts';

/** The wire format of DNS messages (RFC 1035, section 4; EDNS: RFC 6891). Nothing here throws. */

/** Length of the fixed header. */
export const HEADER = 12;

/** Bits of the header's second 16. */
export const Flag = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, zero: 0x0040 } as const;

const longestName = 255;

/**
 * Index after the name at `at` (labels, or labels and a pointer), -1 where it is not well-formed or goes past `end`.
 */
export function skipName(bytes: Uint8Array, at: number, end: number): number {
  const from = at;
  while (at < end) {
    const length = bytes[at];
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    if (length > 63 || at - from > longestName) return -1;
    at += 1 + length;
  }
  return -1;
}

/**
 * The name at `at` in presentation form, lower-case, without the final dot; '.' for the root, '' where it is malformed.
 * Pointers (which count from `start`, the message's beginning) only lead backwards, so that no name loops.
 * Bytes other than printable ASCII are written `\ddd`, dots inside of labels `\.`.
 */
export function readName(bytes: Uint8Array, start: number, at: number, end: number): string {
  let name = '';
  let limit = at;
  let length = 0;
  for (;;) {
    if (at >= end) return '';
    const label = bytes[at];
    if (label === 0) return name === '' ? '.' : name;
    if (label >= 0xc0) {
      if (at + 2 > end) return '';
      const target = start + (((label & 0x3f) << 8) | bytes[at + 1]);
      if (target >= limit || target < start + HEADER) return '';
      limit = at = target;
      continue;
    }
    length += 1 + label;
    if (label > 63 || at + 1 + label > end || length > longestName) return '';
    if (name !== '') name += '.';
    for (let i = at + 1; i <= at + label; i++) {
      const b = bytes[i];
      if (b >= 65 && b <= 90) name += String.fromCharCode(b | 0x20);
      else if (b === 46 || b === 92) name += `\\${String.fromCharCode(b)}`;
      else if (b > 32 && b < 127) name += String.fromCharCode(b);
      else name += `\\${b.toString().padStart(3, '0')}`;
    }
    at += 1 + label;
  }
}

/** Index after the questions of the message at `start`, -1 where they are cut or malformed. */
export function skipQuestions(bytes: Uint8Array, start: number, end: number): number {
  let at = start + HEADER;
  for (let left = u16be(bytes, start + 4); left > 0; left--) {
    at = skipName(bytes, at, end);
    if (at < 0 || at + 4 > end) return -1;
    at += 4;
  }
  return at;
}

/** One resource record, as indexes into its message. Reused. */
export interface RecordPlace {
  /** Where its name begins. */
  name: number;
  type: number;
  /** Class; in OPT the largest datagram. */
  class: number;
  /** Time to live in seconds; in OPT further flags. */
  ttl: number;
  /** The record's data is bytes[data] .. bytes[next - 1]. */
  data: number;
  /** Index after the record. */
  next: number;
}

/** A blank place. */
export function newRecordPlace(): RecordPlace {
  return { name: 0, type: 0, class: 0, ttl: 0, data: 0, next: 0 };
}

/** Finds the record that begins at `at`; false where it is cut or malformed. */
export function readRecord(place: RecordPlace, bytes: Uint8Array, at: number, end: number): boolean {
  place.name = at;
  const fixed = skipName(bytes, at, end);
  if (fixed < 0 || fixed + 10 > end) return false;
  place.type = u16be(bytes, fixed);
  place.class = u16be(bytes, fixed + 2);
  place.ttl = u32be(bytes, fixed + 4);
  place.data = fixed + 10;
  place.next = place.data + u16be(bytes, fixed + 8);
  return place.next <= end;
}

const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0);

/** The address that an A or AAAA record gives as text, '' for other records. */
export function addressOf(place: RecordPlace, bytes: Uint8Array): string {
  const length = place.next - place.data;
  if (place.type === 1 && length === 4) {
    mapped.set(bytes.subarray(place.data, place.next), 12);
    return addressText(mapped);
  }
  return place.type === 28 && length === 16 ? addressText(bytes.subarray(place.data, place.next)) : '';
}
