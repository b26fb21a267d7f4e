const CR = 13;
const LF = 10;

/** Longest line: types and lengths are short, simple strings and errors are cut. */
export const longestLine = 512;

/** Types of RESP2 and RESP3 by their first byte (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
export const Type = {
  simple: 0x2b, // +
  error: 0x2d, // -
  integer: 0x3a, // :
  bulk: 0x24, // $
  array: 0x2a, // *
  null: 0x5f, // _
  boolean: 0x23, // #
  double: 0x2c, // ,
  bigNumber: 0x28, // (
  bulkError: 0x21, // !
  verbatim: 0x3d, // =
  map: 0x25, // %
  attribute: 0x7c, // |
  set: 0x7e, // ~
  push: 0x3e, // >
  /** A line that is none of these: a command as typed by a person. */
  inline: 0,
} as const;

/** How what follows the first byte is to be read. */
export const Shape = { none: 0, line: 1, bulk: 2, aggregate: 3, pairs: 4, attribute: 5 } as const;
/** {@link Shape} of each first byte. */
export const shapes = new Uint8Array(256);
for (const type of '+-:_#,(') shapes[type.charCodeAt(0)] = Shape.line;
for (const type of '$!=') shapes[type.charCodeAt(0)] = Shape.bulk;
for (const type of '*~>') shapes[type.charCodeAt(0)] = Shape.aggregate;
shapes[Type.map] = Shape.pairs;
shapes[Type.attribute] = Shape.attribute;

/** True where an array of bulk strings begins: `*3` and `$3` with their ends of line. */
export function commandBegins(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== Type.array) return false;
  const first = lineEnd(bytes, at, end);
  if (first < 0 || readLength(bytes, at + 1, first) < 1) return false;
  const second = first + 2;
  if (second >= end) return true;
  if (bytes[second] !== Type.bulk) return false;
  const stop = lineEnd(bytes, second, end);
  return stop < 0 ? end - second < 8 : readLength(bytes, second + 1, stop) >= 0;
}

/** True where a reply begins: a type, what belongs to it, and an end of line. */
export function replyBegins(bytes: Uint8Array, at: number, end: number): boolean {
  const shape = shapes[bytes[at]];
  if (shape === Shape.none) return false;
  const stop = lineEnd(bytes, at, end);
  if (stop < 0) return false;
  if (shape !== Shape.line) return readLength(bytes, at + 1, stop) >= -1;
  if (bytes[at] === Type.integer) return isInteger(bytes, at + 1, stop);
  for (let i = at + 1; i < stop; i++) if (bytes[i] < 32) return false;
  return bytes[at] !== Type.boolean || stop === at + 2;
}

/** Index of the CR LF that ends the line at `at`, -1 where it is not there. */
export function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  const stop = Math.min(end - 1, at + longestLine);
  for (let i = at; i < stop; i++) if (bytes[i] === CR) return bytes[i + 1] === LF ? i : -1;
  return -1;
}

/** A length: digits, or -1. Anything else is -2. */
export function readLength(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || end - at > 10) return -2;
  if (bytes[at] === 0x2d) return end - at === 2 && bytes[at + 1] === 0x31 ? -1 : -2;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return -2;
    value = value * 10 + digit;
  }
  return value;
}

function isInteger(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] === 0x2d || bytes[at] === 0x2b) at++;
  if (at >= end || end - at > 20) return false;
  for (; at < end; at++) if (bytes[at] < 0x30 || bytes[at] > 0x39) return false;
  return true;
}

/** A byte that a person may type. */
export function isTyped(b: number): boolean {
  return (b >= 32 && b < 127) || b === 9 || b === CR || b === LF || b >= 0x80;
}
