/**
 * Decompresses the beginning of an LZ4 block, as far as it is there and as far as there is room: of a block that was cut
 * it gives what the bytes at hand say, of one that is damaged what stands before the damage. Never throws.
 * Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 *
 * @param into where to; what it held before does not matter
 * @param limit most bytes to write, at most `into.length`
 * @returns bytes written
 */
export function decompressLz4(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  limit: number = into.length,
): number {
  let at = start;
  let out = 0;
  while (at < end && out < limit) {
    const token = bytes[at++];
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) {
        if (at >= end) return out;
        more = bytes[at++];
        literals += more;
      }
    }
    const there = Math.min(literals, end - at, limit - out);
    into.set(bytes.subarray(at, at + there), out);
    out += there;
    at += literals;
    // The last sequence has literals alone.
    if (at + 2 > end || out >= limit) return out;

    const distance = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    if (distance === 0 || distance > out) return out;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more = 255;
      while (more === 255) {
        if (at >= end) return out;
        more = bytes[at++];
        length += more;
      }
    }
    // Byte by byte, since a match may reach into what it writes.
    const stop = Math.min(limit, out + length);
    for (; out < stop; out++) into[out] = into[out - distance];
  }
  return out;
}
