import { textOf } from './text.ts';

/**
 * Reads numbers and text out of bytes and never throws: reading past the end gives 0 or '' and sets {@link short}, and
 * stays at the end. One instance is meant to be kept and pointed at each message by {@link reset}.
 *
 * @example
 * const id = reader.reset(bytes, start, end).u16be();
 * const name = reader.text(reader.u8());
 * if (reader.short) return; // the message was cut
 */
export class ByteReader {
  bytes: Uint8Array = new Uint8Array(0);
  /** Index of the next byte. */
  at = 0;
  /** Index after the last byte. */
  end = 0;
  /** True once something was asked for that lies past the end. */
  short = false;

  /** Points the reader at bytes[start] .. bytes[end - 1]. */
  reset(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.end = Math.min(end, bytes.length);
    this.at = start < 0 ? 0 : Math.min(start, this.end);
    this.short = false;
    return this;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.end - this.at;
  }

  #take(count: number): number {
    const from = this.at;
    if (count >= 0 && count <= this.end - from) {
      this.at = from + count;
      return from;
    }
    this.short = true;
    this.at = this.end;
    return -1;
  }

  u8(): number {
    const i = this.#take(1);
    return i < 0 ? 0 : this.bytes[i];
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16be(): number {
    const i = this.#take(2);
    return i < 0 ? 0 : (this.bytes[i] << 8) | this.bytes[i + 1];
  }

  i16be(): number {
    return (this.u16be() << 16) >> 16;
  }

  u24be(): number {
    const i = this.#take(3);
    return i < 0 ? 0 : (this.bytes[i] << 16) | (this.bytes[i + 1] << 8) | this.bytes[i + 2];
  }

  u32be(): number {
    const i = this.#take(4);
    return i < 0 ? 0 : u32be(this.bytes, i);
  }

  i32be(): number {
    return this.u32be() | 0;
  }

  /** Signed 64-bit as a double: exact up to 2^53. */
  i64be(): number {
    const high = this.i32be();
    return high * 0x1_0000_0000 + this.u32be();
  }

  u16le(): number {
    const i = this.#take(2);
    return i < 0 ? 0 : this.bytes[i] | (this.bytes[i + 1] << 8);
  }

  u24le(): number {
    const i = this.#take(3);
    return i < 0 ? 0 : this.bytes[i] | (this.bytes[i + 1] << 8) | (this.bytes[i + 2] << 16);
  }

  u32le(): number {
    const i = this.#take(4);
    return i < 0 ? 0 : u32le(this.bytes, i);
  }

  i32le(): number {
    return this.u32le() | 0;
  }

  /** Signed 64-bit as a double: exact up to 2^53. */
  i64le(): number {
    const low = this.u32le();
    return this.i32le() * 0x1_0000_0000 + low;
  }

  /** Unsigned LEB128 (7 bits a byte, low first), at most 10 bytes; exact up to 2^53. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const b = this.u8();
      value += (b & 0x7f) * scale;
      if (b < 0x80) return value;
      scale *= 128;
    }
    this.short = true;
    return 0;
  }

  /** Skips `count` bytes. */
  skip(count: number): void {
    this.#take(count);
  }

  /** The next `count` bytes as text; '' and short where there are not so many. */
  text(count: number): string {
    const i = this.#take(count);
    return i < 0 ? '' : textOf(this.bytes, i, i + count);
  }

  /** Text up to a zero byte, which is consumed. Where there is none: what there is, and short. */
  cstring(): string {
    const from = this.at;
    let i = from;
    while (i < this.end && this.bytes[i] !== 0) i++;
    if (i < this.end) this.at = i + 1;
    else {
      this.at = this.end;
      this.short = true;
    }
    return textOf(this.bytes, from, i);
  }
}

/** Big-endian unsigned 16 bits at `at`. The caller has checked that they are there. */
export function u16be(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** Big-endian unsigned 32 bits at `at`. The caller has checked that they are there. */
export function u32be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Little-endian unsigned 32 bits at `at`. The caller has checked that they are there. */
export function u32le(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
