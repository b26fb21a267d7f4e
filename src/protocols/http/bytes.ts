/** Byte-level pieces of HTTP/1 heads (RFC 9112), written for the hot path: no allocation, one pass. */

export const LF = 10;
export const CR = 13;
export const SP = 32;
export const TAB = 9;
export const COLON = 58;
export const SLASH = 47;

/** A header name to compare with: lower-case bytes. */
export function headerName(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}

/**
 * Length of the header's name and colon where the line at `at` begins with `name` (without regard to case) and ':', else
 * 0. Setting bit 5 makes letters lower-case and leaves digits and '-' as they are.
 */
export function matchName(bytes: Uint8Array, at: number, end: number, name: Uint8Array): number {
  const length = name.length;
  if (at + length >= end || bytes[at + length] !== COLON) return 0;
  for (let i = 1; i < length; i++) if ((bytes[at + i] | 0x20) !== name[i]) return 0;
  return length + 1;
}

/**
 * Index of the LF that ends the header line which goes on at `at`, folded continuation lines included (obs-fold: a line that
 * begins with a blank belongs to the one before), or -1 where it is not there.
 */
export function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  for (;;) {
    while (at < end && bytes[at] !== LF) at++;
    if (at >= end) return -1;
    const next = at + 1 < end ? bytes[at + 1] : 0;
    if (next !== SP && next !== TAB) return at;
    at++;
  }
}

/** First index from `at` that is no blank (line breaks of folded lines count as blanks). */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const b = bytes[at];
    if (b !== SP && b !== TAB && b !== CR && b !== LF) break;
    at++;
  }
  return at;
}

/** Index after the last byte before `end` that is no blank. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start) {
    const b = bytes[end - 1];
    if (b !== CR && b !== SP && b !== TAB && b !== LF) break;
    end--;
  }
  return end;
}

/** True where the comma-separated list bytes[start] .. bytes[end - 1] has the token, without regard to case. */
export function hasToken(bytes: Uint8Array, start: number, end: number, token: Uint8Array): boolean {
  for (let at = start; at < end; at++) {
    at = skipBlanks(bytes, at, end);
    let i = 0;
    while (i < token.length && at + i < end && (bytes[at + i] | 0x20) === token[i]) i++;
    if (i === token.length) {
      const after = skipBlanks(bytes, at + i, end);
      if (after === end || bytes[after] === 44 || bytes[after] === 59) return true;
    }
    while (at < end && bytes[at] !== 44) at++;
  }
  return false;
}

/** A decimal number, -1 where it is none or above 2^53. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end - start > 16) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** True where 'HTTP/1.' and a digit stand at `at`. */
export function isVersion(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    at + 8 <= end &&
    bytes[at] === 72 &&
    bytes[at + 1] === 84 &&
    bytes[at + 2] === 84 &&
    bytes[at + 3] === 80 &&
    bytes[at + 4] === SLASH &&
    bytes[at + 5] === 49 &&
    bytes[at + 6] === 46 &&
    (bytes[at + 7] & 0xfe) === 48
  );
}
