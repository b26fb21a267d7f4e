/** True where a reply with this code stands at `at`: three digits, then a blank, a hyphen or the end of the line. */
export function isReply(bytes: Uint8Array, at: number, end: number, code: number): boolean {
  if (at + 4 > end) return false;
  const found = (bytes[at] - 48) * 100 + (bytes[at + 1] - 48) * 10 + (bytes[at + 2] - 48);
  if (found !== code || bytes[at + 1] < 48 || bytes[at + 2] < 48 || bytes[at + 1] > 57 || bytes[at + 2] > 57)
    return false;
  const next = bytes[at + 3];
  return next === 32 || next === 45 || next === 13;
}
