import { u32le } from '../byte-reader.ts';
import { indexOfByte } from '../text.ts';

/** Types of BSON elements (https://bsonspec.org/spec.html) that are told apart here. */
export const BsonType = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  boolean: 0x08,
  int32: 0x10,
  int64: 0x12,
} as const;

const sizes = new Map<number, number>([
  [0x01, 8],
  [0x06, 0],
  [0x07, 12],
  [0x08, 1],
  [0x09, 8],
  [0x0a, 0],
  [0x10, 4],
  [0x11, 8],
  [0x12, 8],
  [0x13, 16],
  [0x7f, 0],
  [0xff, 0],
]);
const fixedSizes = new Int8Array(256).fill(-1);
for (const [type, size] of sizes) fixedSizes[type] = size;

/** Walks the elements of one document as far as they are there. Kept and pointed at each by {@link open}. */
export class BsonReader {
  bytes: Uint8Array = new Uint8Array(0);
  type = 0;
  /** The element's name is bytes[name] .. bytes[nameEnd - 1]. */
  name = 0;
  nameEnd = 0;
  /** Its value is bytes[value] .. bytes[valueEnd - 1], of which bytes before `end` are there. */
  value = 0;
  valueEnd = 0;
  /** Where the document ends, and where what is there ends. */
  #stop = 0;
  #end = 0;
  #at = 0;
  /** True where the walk stopped before the document did. */
  short = false;

  /** Points the reader at the document at `at`. False where none can be there. */
  open(bytes: Uint8Array, at: number, end: number): boolean {
    this.bytes = bytes;
    this.short = false;
    if (end - at < 5) return false;
    const length = u32le(bytes, at);
    if (length < 5 || length > 50_000_000) return false;
    this.#at = at + 4;
    this.#stop = at + length;
    this.#end = Math.min(end, this.#stop);
    return true;
  }

  /** Steps to the next element; false at the end, or where no more is there. */
  next(): boolean {
    const { bytes } = this;
    const end = this.#end;
    const at = this.#at;
    if (at >= end) {
      this.short = at < this.#stop;
      return false;
    }
    this.type = bytes[at];
    if (this.type === 0) return false;
    const nameEnd = indexOfByte(bytes, 0, at + 1, end);
    if (nameEnd < 0) {
      this.short = true;
      return false;
    }
    this.name = at + 1;
    this.nameEnd = nameEnd;
    this.value = nameEnd + 1;
    const size = this.#sizeOf(this.type, this.value);
    if (size < 0) {
      this.short = true;
      return false;
    }
    this.valueEnd = this.value + size;
    this.#at = this.valueEnd;
    return true;
  }

  /** True where the value is there as a whole. */
  get whole(): boolean {
    return this.valueEnd <= this.#end;
  }

  /** True where the element's name is `text` (ASCII). */
  is(text: string): boolean {
    if (this.nameEnd - this.name !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[this.name + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** A number or boolean, NaN where the value is none or is not there. */
  number(): number {
    const { bytes, value } = this;
    if (!this.whole) return Number.NaN;
    switch (this.type) {
      case BsonType.double:
        return doubleAt(bytes, value);
      case BsonType.int32:
        return u32le(bytes, value) | 0;
      case BsonType.int64:
        return (u32le(bytes, value + 4) | 0) * 0x1_0000_0000 + u32le(bytes, value);
      case BsonType.boolean:
        return bytes[value];
      default:
        return Number.NaN;
    }
  }

  /** Where the text of a string value begins and ends, without length and zero. */
  get textStart(): number {
    return this.value + 4;
  }

  get textEnd(): number {
    return Math.min(this.valueEnd - 1, this.#end);
  }

  #sizeOf(type: number, at: number): number {
    const fixed = fixedSizes[type];
    if (fixed >= 0) return fixed;
    const { bytes } = this;
    const end = this.#end;
    if (type === 0x0b) {
      const pattern = indexOfByte(bytes, 0, at, end);
      const options = pattern < 0 ? -1 : indexOfByte(bytes, 0, pattern + 1, end);
      return options < 0 ? -1 : options + 1 - at;
    }
    if (end - at < 4) return -1;
    const length = u32le(bytes, at);
    if (length > 50_000_000) return -1;
    switch (type) {
      case 0x02:
      case 0x0d:
      case 0x0e:
        return length < 1 ? -1 : 4 + length;
      case 0x03:
      case 0x04:
      case 0x0f:
        return length < 5 ? -1 : length;
      case 0x05:
        return 5 + length;
      case 0x0c:
        return 16 + length;
      default:
        return -1;
    }
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function doubleAt(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, bytes[at + i]);
  return scratch.getFloat64(0, true);
}
