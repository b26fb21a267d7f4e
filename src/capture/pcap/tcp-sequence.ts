/** How far sequence number `a` lies after `b`, modulo 2^32: -2^31 .. 2^31 - 1 (RFC 9293, 3.4). */
export function sequenceDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/** `sequence` advanced by `n` (which may be negative), modulo 2^32. */
export function sequenceAdd(sequence: number, n: number): number {
  return (sequence + n) >>> 0;
}
