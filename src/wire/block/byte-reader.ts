import { BlockError } from './block-error.ts';

const decoder = new TextDecoder('utf-8');

/** Reads bytes in order and never beyond their end. */
export class BlockReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** Makes sure that so many bytes are left. */
  need(length: number, what: string): void {
    if (length > this.remaining) {
      throw new BlockError(
        'truncated',
        `the block ends in the middle of ${what}: ${length} bytes are wanted at ${this.position}, ${this.remaining} are left`,
      );
    }
  }

  u8(what: string): number {
    this.need(1, what);
    return this.bytes[this.position++];
  }

  /** LEB128 up to `most`. */
  varint(most: number, what: string): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8(what);
      value += (byte & 0x7f) * factor;
      if (value > most) throw new BlockError('too_large', `${what} is over ${most}`);
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new BlockError('bad_value', `${what} is no number`);
  }

  /** 64 bits, little-endian, up to `most` (below 2^53). */
  u64(most: number, what: string): number {
    this.need(8, what);
    const value = this.#view.getUint32(this.position, true) + this.#view.getUint32(this.position + 4, true) * 2 ** 32;
    this.position += 8;
    if (value > most) throw new BlockError('too_large', `${what} is ${value}, at most ${most} can be`);
    return value;
  }

  /** Length as varint, then UTF-8, at most `most` bytes. */
  text(most: number, what: string): string {
    const length = this.varint(most, `the length of ${what}`);
    this.need(length, what);
    const value = decoder.decode(this.bytes.subarray(this.position, this.position + length));
    this.position += length;
    return value;
  }

  /** A view of the next bytes. */
  take(length: number, what: string): Uint8Array {
    this.need(length, what);
    const view = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return view;
  }
}
