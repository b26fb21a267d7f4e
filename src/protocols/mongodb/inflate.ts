import { constants, inflateSync } from 'node:zlib';

/** Names of compressors by their id. */
export const compressors: readonly string[] = ['noop', 'snappy', 'zlib', 'zstd'];

/** Most compressed bytes that are looked at, and most bytes that come out. */
const mostIn = 4096;
const mostOut = 32_768;

/**
 * The beginning of what was compressed, or undefined where it cannot be read. Only what Node itself can inflate is; it
 * need not be whole.
 */
export function inflate(compressor: number, bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  if (start >= end) return undefined;
  if (compressor === 0) return bytes.subarray(start, end);
  if (compressor !== 2) return undefined;
  try {
    return inflateSync(bytes.subarray(start, Math.min(end, start + mostIn)), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: mostOut,
    });
  } catch {
    // Not what it claims to be, or it grows beyond all measure.
    return undefined;
  }
}
