import { Buffer } from 'node:buffer';

type Slice = (this: Uint8Array, start: number, end: number) => string;
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as { latin1Slice: Slice; utf8Slice: Slice };

/**
 * The text of bytes[start] .. bytes[end - 1]: ASCII at memory speed, anything else as UTF-8 with U+FFFD for what is not.
 * Bounds outside of the array are cut. Never throws. The string owns its memory (it does not keep `bytes` alive).
 */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end > bytes.length) end = bytes.length;
  if (start < 0) start = 0;
  if (start >= end) return '';
  for (let i = start; i < end; i++) {
    if (bytes[i] >= 0x80) return utf8Slice.call(bytes, start, end);
  }
  return latin1Slice.call(bytes, start, end);
}

/** As {@link textOf} for bytes that the caller has seen to be ASCII and there. */
export function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end);
}

/** Lower-case hexadecimal digits of bytes[start] .. bytes[end - 1], bounds cut. */
export function hexOf(bytes: Uint8Array, start: number, end: number): string {
  if (end > bytes.length) end = bytes.length;
  let text = '';
  for (let i = start; i < end; i++) text += (bytes[i] < 16 ? '0' : '') + bytes[i].toString(16);
  return text;
}

/** True where the bytes at `at` are the ASCII characters of `text`, all of them before `end`. */
export function startsWith(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (at < 0 || at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** As {@link startsWith}, without regard to case; `lower` must be lower-case ASCII. */
export function startsWithIgnoreCase(bytes: Uint8Array, at: number, end: number, lower: string): boolean {
  if (at < 0 || at + lower.length > end) return false;
  for (let i = 0; i < lower.length; i++) {
    const b = bytes[at + i];
    if ((b >= 65 && b <= 90 ? b | 32 : b) !== lower.charCodeAt(i)) return false;
  }
  return true;
}

/** Index of `byte` in bytes[start] .. bytes[end - 1], or -1. */
export function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return i;
  return -1;
}

/** Text with control characters as `%1B`: none belongs into a URL, and whoever sends one anyway is to be seen doing it. */
export function percentEncoded(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
