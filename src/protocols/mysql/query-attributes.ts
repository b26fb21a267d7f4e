import { textOf } from '../text.ts';
import { readTraceHeader, type TraceContext } from '../trace-context.ts';
import { lenenc, readLenenc } from './wire.ts';

/** Types of values that are texts with their length before them. */
const texts = new Set([0x00, 0x0f, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe]);
const mostAttributes = 16;

/**
 * Reads the attributes that stand before the text of a query (CLIENT_QUERY_ATTRIBUTES): MySQL's own way to hand on trace
 * context. Returns the index of the text, or -1 where that cannot be told.
 */
export function readQueryAttributes(trace: TraceContext, bytes: Uint8Array, at: number, end: number): number {
  const count = readLenenc(bytes, at, end);
  const sets = readLenenc(bytes, lenenc.after, end);
  at = lenenc.after;
  if (sets !== 1 || count < 0) return -1;
  if (count === 0) return at;
  if (count > mostAttributes) return -1;
  const nulls = at;
  at += (count + 7) >> 3;
  if (at >= end || bytes[at] !== 1) return -1;
  at++;
  const types: number[] = [];
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 2 > end) return -1;
    types.push(bytes[at]);
    const length = readLenenc(bytes, at + 2, end);
    if (length < 0 || lenenc.after + length > end) return -1;
    names.push(textOf(bytes, lenenc.after, lenenc.after + Math.min(length, 64)).toLowerCase());
    at = lenenc.after + length;
  }
  for (let i = 0; i < count; i++) {
    if ((bytes[nulls + (i >> 3)] & (1 << (i & 7))) !== 0) continue;
    if (texts.has(types[i])) {
      const length = readLenenc(bytes, at, end);
      if (length < 0 || lenenc.after + length > end) return -1;
      readTraceHeader(trace, names[i], bytes, lenenc.after, lenenc.after + length);
      at = lenenc.after + length;
    } else {
      const size = sizeOf(types[i], bytes, at);
      if (size < 0) return -1;
      at += size;
    }
  }
  return at <= end ? at : -1;
}

/** Bytes of a binary value of a type that is no text; -1 where the type is not known. */
function sizeOf(type: number, bytes: Uint8Array, at: number): number {
  switch (type) {
    case 0x01:
      return 1;
    case 0x02:
    case 0x0d:
      return 2;
    case 0x03:
    case 0x04:
    case 0x09:
      return 4;
    case 0x05:
    case 0x08:
      return 8;
    case 0x07:
    case 0x0a:
    case 0x0b:
    case 0x0c:
      return 1 + bytes[at];
    case 0x06:
      return 0;
    default:
      return -1;
  }
}
