import { u32le } from '../byte-reader.ts';
import type { FrameRule } from '../frames.ts';

/**
 * Messages of MongoDB (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/): length, request id, id that
 * is answered, operation, four bytes each, low first.
 */
export const headBytes = 16;

export const Operation = {
  reply: 1,
  update: 2001,
  insert: 2002,
  query: 2004,
  getMore: 2005,
  delete: 2006,
  killCursors: 2007,
  compressed: 2012,
  message: 2013,
} as const;

/** Bits of an OP_MSG. */
export const MessageFlag = { checksum: 1, moreToCome: 2, exhaustAllowed: 0x1_0000 } as const;

const operations = new Set<number>(Object.values(Operation));
/** Bytes of the longest message: a document of 16 MiB, a batch of 48 MB. */
const longest = 50_000_000;

/** Length of the message at `at`; see `FrameRule.length`. */
export function messageLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return 0;
  const length = u32le(bytes, at);
  if (length < headBytes || length > longest) return -1;
  if (end - at < headBytes) return 0;
  return operations.has(u32le(bytes, at + 12)) ? length : -1;
}

/** Both directions. */
export const rule: FrameRule = {
  length: messageLength,
  begins: (bytes, at, end) => end - at >= headBytes && messageLength(bytes, at, end) > 0,
};
