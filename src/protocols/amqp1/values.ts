/** The type system of AMQP 1.0 (part 1): a formatCode byte, whose upper half says how long the value is. */
import type { ByteReader } from '../byte-reader.ts';
import type { Interner } from '../interner.ts';

const NULL = 0x40;

/** Skips a value, described or not. */
export function skipValue(reader: ByteReader): void {
  let formatCode = reader.u8();
  // A descriptor, then the value that it describes; descriptors are not described themselves.
  if (formatCode === 0) {
    skipPlain(reader, reader.u8());
    formatCode = reader.u8();
  }
  skipPlain(reader, formatCode);
}

function skipPlain(reader: ByteReader, formatCode: number): void {
  switch (formatCode >> 4) {
    case 0x4:
      return;
    case 0x5:
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9:
      reader.skip(1 << ((formatCode >> 4) - 5));
      return;
    case 0xa:
    case 0xc:
    case 0xe:
      reader.skip(reader.u8());
      return;
    case 0xb:
    case 0xd:
    case 0xf:
      reader.skip(reader.u32be());
      return;
    default:
      // No such type: what follows cannot be read.
      reader.skip(reader.left + 1);
  }
}

/** An unsigned number of any size, -1 for null or what is no such number. */
export function readUnsigned(reader: ByteReader): number {
  const formatCode = reader.u8();
  switch (formatCode) {
    case 0x43:
    case 0x44:
      return 0;
    case 0x50:
    case 0x52:
    case 0x53:
      return reader.u8();
    case 0x60:
      return reader.u16be();
    case 0x70:
      return reader.u32be();
    case 0x80:
      return reader.u32be() * 0x1_0000_0000 + reader.u32be();
    default:
      skipPlain(reader, formatCode);
      return -1;
  }
}

/** A boolean; false for null. */
export function readBoolean(reader: ByteReader): boolean {
  const formatCode = reader.u8();
  if (formatCode === 0x41) return true;
  if (formatCode === 0x56) return reader.u8() === 1;
  skipPlain(reader, formatCode);
  return false;
}

/** A string, symbol or binary as text from a cache; '' for anything else. */
export function readText(reader: ByteReader, cache: Interner): string {
  const formatCode = reader.u8();
  const half = formatCode >> 4;
  if (half !== 0xa && half !== 0xb) {
    skipPlain(reader, formatCode);
    return '';
  }
  const length = half === 0xa ? reader.u8() : reader.u32be();
  const at = reader.at;
  reader.skip(length);
  return reader.short ? '' : cache.text(reader.bytes, at, at + length);
}

/** Where a list or map ends, and how many values it has. Reused. */
export const compound = { count: 0, end: 0 };

/** Opens the list or map at the reader into {@link compound}; false where there is none (null). */
export function openCompound(reader: ByteReader): boolean {
  compound.count = 0;
  const formatCode = reader.u8();
  if (formatCode === 0x45) {
    compound.end = reader.at;
    return true;
  }
  if (formatCode >> 4 === 0xc) {
    compound.end = reader.u8() + reader.at;
    compound.count = reader.u8();
  } else if (formatCode >> 4 === 0xd) {
    compound.end = reader.u32be() + reader.at;
    compound.count = reader.u32be();
  } else {
    skipPlain(reader, formatCode);
    return false;
  }
  return !reader.short;
}

/**
 * The descriptor of the value at the reader, -1 where that is not described (then nothing was read but null or a number).
 * Symbolic descriptors, which nobody sends, count as unknown (0).
 */
export function readDescriptor(reader: ByteReader): number {
  const { at } = reader;
  const formatCode = reader.u8();
  if (formatCode === 0) {
    const code = readUnsigned(reader);
    return code < 0 ? 0 : code;
  }
  if (formatCode !== NULL) {
    reader.at = at;
    skipValue(reader);
  }
  return -1;
}
