/** Basic Encoding Rules as far as LDAP uses them (RFC 4511, section 5.1): one-byte tags, definite lengths. */

/** The element that was read last. Reused. */
export const element = { tag: 0, from: 0, to: 0 };

/**
 * Reads the header of the element at `at` into {@link element}: its content is bytes[from] .. bytes[to - 1], of which less
 * may be there. False where the header is not all there or no such header exists.
 */
export function readElement(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 2 > end) return false;
  element.tag = bytes[at];
  let length = bytes[at + 1];
  let from = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || from + count > end) return false;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[from++];
  }
  element.from = from;
  element.to = from + length;
  return true;
}

/** The integer in the element that was read last, -1 where it is not all there. */
export function integerOf(bytes: Uint8Array, end: number): number {
  const { from, to } = element;
  if (to > end || to - from < 1 || to - from > 4) return -1;
  let value = bytes[from] & 0x80 ? -1 : 0;
  for (let i = from; i < to; i++) value = value * 256 + bytes[i];
  return value;
}
