/** Bytes that grow: what variable-length columns and whole blocks are written into. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;
  #buffer: Buffer;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.#buffer = Buffer.from(this.bytes.buffer);
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    let capacity = this.bytes.length * 2;
    while (capacity < needed) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#buffer = Buffer.from(grown.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** 64 bits, little-endian, of a non-negative integer below 2^53. */
  u64(value: number): void {
    this.reserve(8);
    this.#buffer.writeUInt32LE(value >>> 0, this.length);
    this.#buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.length + 4);
    this.length += 8;
  }

  /** LEB128. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  /** Length as varint, then UTF-8. */
  text(value: string): void {
    const { length } = value;
    if (length === 0) {
      this.u8(0);
      return;
    }
    this.reserve(3 * length + 5);
    if (length < 32 && this.#ascii(value)) return;
    // Most texts are short and plain: guess that the length takes one byte, and move the text where that was wrong.
    const guess = length < 128 ? 1 : length < 16_384 ? 2 : 3;
    const written = this.#buffer.write(value, this.length + guess, 'utf8');
    const start = this.length;
    this.varint(written);
    const prefix = this.length - start;
    if (prefix !== guess) this.bytes.copyWithin(start + prefix, start + guess, start + guess + written);
    this.length = start + prefix + written;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A view of what was written, valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  #ascii(value: string): boolean {
    const { bytes } = this;
    const { length } = value;
    const start = this.length + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[start + i] = code;
    }
    bytes[this.length] = length;
    this.length = start + length;
    return true;
  }
}
