const initial = 0x87_5060;
const polynomial = 0x197_4f0b;

const table = new Int32Array(256);
for (let b = 0; b < 256; b++) {
  let crc = b << 16;
  for (let i = 0; i < 8; i++) {
    crc <<= 1;
    if ((crc & 0x100_0000) !== 0) crc ^= polynomial;
  }
  table[b] = crc & 0xff_ffff;
}

/** The checksum of a segment's head (native protocol version 5, section 2.2). */
export function crc24(bytes: Uint8Array, at: number, length: number): number {
  let crc = initial;
  for (let i = 0; i < length; i++) crc = ((crc << 8) & 0xff_ffff) ^ table[((crc >> 16) ^ bytes[at + i]) & 0xff];
  return crc;
}
