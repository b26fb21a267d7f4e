/**
 * Reads BTF, the type information of the running kernel and of compiled objects, without building all of it: the
 * kernel's holds 150,000 types, of which a handful matter here.
 * Format: https://docs.kernel.org/bpf/btf.html
 */

const KIND = { int: 1, array: 3, struct: 4, union: 5, enum: 6, func: 12, funcProto: 13, variable: 14, section: 15 };
const DECLARATION_TAG = 17;
const ENUM64 = 19;

/** A member of a structure: offset in bytes. */
export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
}

/** A structure or union. */
export interface BtfStruct {
  readonly name: string;
  readonly size: number;
  readonly members: readonly BtfMember[];
}

/** The types of one kernel or object. */
export class Btf {
  readonly #bytes: Buffer;
  readonly #strings: Buffer;
  /** Where each type begins, by id. */
  readonly #at: Uint32Array;

  /** @throws RangeError on bytes that are not BTF */
  constructor(bytes: Buffer) {
    if (bytes.length < 24 || bytes.readUInt16LE(0) !== 0xeb9f) throw new RangeError('this is not BTF');
    this.#bytes = bytes;
    const header = bytes.readUInt32LE(4);
    const start = header + bytes.readUInt32LE(8);
    const end = start + bytes.readUInt32LE(12);
    const strings = header + bytes.readUInt32LE(16);
    this.#strings = bytes.subarray(strings, strings + bytes.readUInt32LE(20));
    const at = new Uint32Array((end - start) / 12 + 2);
    let id = 1;
    for (let position = start; position < end; id++) {
      at[id] = position;
      const info = bytes.readUInt32LE(position + 4);
      position += 12 + extra((info >>> 24) & 31, info & 0xffff);
    }
    this.#at = at.subarray(0, id);
  }

  /** The named structure, or undefined. */
  struct(name: string): BtfStruct | undefined {
    const id = this.#find(KIND.struct, name);
    return id === undefined ? undefined : this.structOf(id);
  }

  /** The structure that a type id stands for, or undefined where it is something else. */
  structOf(id: number): BtfStruct | undefined {
    const at = this.#at[id];
    if (at === undefined || at === 0 || this.#kind(at) !== KIND.struct) return undefined;
    const members: BtfMember[] = [];
    const count = this.#bytes.readUInt32LE(at + 4) & 0xffff;
    const bitfields = this.#bytes.readUInt32LE(at + 4) >>> 31 === 1;
    for (let i = 0, member = at + 12; i < count; i++, member += 12) {
      const raw = this.#bytes.readUInt32LE(member + 8);
      members.push({
        name: this.#text(this.#bytes.readUInt32LE(member)),
        type: this.#bytes.readUInt32LE(member + 4),
        offset: (bitfields ? raw & 0xffffff : raw) / 8,
      });
    }
    return { name: this.#name(at), size: this.#bytes.readUInt32LE(at + 8), members };
  }

  /** Names and values of an enumeration, or undefined. */
  enumeration(name: string): { readonly name: string; readonly value: number }[] | undefined {
    const id = this.#find(KIND.enum, name);
    if (id === undefined) return undefined;
    const at = this.#at[id];
    const count = this.#bytes.readUInt32LE(at + 4) & 0xffff;
    return Array.from({ length: count }, (_, i) => ({
      name: this.#text(this.#bytes.readUInt32LE(at + 12 + i * 8)),
      value: this.#bytes.readInt32LE(at + 16 + i * 8),
    }));
  }

  /** True where the kernel has a function of this name that BTF describes. */
  hasFunction(name: string): boolean {
    return this.#find(KIND.func, name) !== undefined;
  }

  /** Number of arguments that a tracepoint hands to its programs, or undefined where the kernel has no such tracepoint. */
  tracepointArguments(name: string): number | undefined {
    // typedef btf_trace_NAME → pointer → prototype; the first parameter is the tracepoint's own.
    const typedef = this.#find(8, `btf_trace_${name}`);
    if (typedef === undefined) return undefined;
    const pointer = this.#at[this.#bytes.readUInt32LE(this.#at[typedef] + 8)];
    const prototype = this.#at[this.#bytes.readUInt32LE(pointer + 8)];
    return (this.#bytes.readUInt32LE(prototype + 4) & 0xffff) - 1;
  }

  #find(kind: number, name: string): number | undefined {
    const offset = this.#strings.indexOf(`\0${name}\0`, 0, 'latin1');
    if (offset < 0) return undefined;
    for (let id = 1; id < this.#at.length; id++) {
      const at = this.#at[id];
      if (this.#bytes.readUInt32LE(at) === offset + 1 && this.#kind(at) === kind) return id;
    }
    return undefined;
  }

  #kind(at: number): number {
    return (this.#bytes.readUInt32LE(at + 4) >>> 24) & 31;
  }

  #name(at: number): string {
    return this.#text(this.#bytes.readUInt32LE(at));
  }

  #text(offset: number): string {
    return this.#strings.toString('latin1', offset, this.#strings.indexOf(0, offset));
  }
}

/** Bytes that follow a type's twelve. */
function extra(kind: number, length: number): number {
  switch (kind) {
    case KIND.int:
    case KIND.variable:
    case DECLARATION_TAG:
      return 4;
    case KIND.array:
      return 12;
    case KIND.struct:
    case KIND.union:
    case KIND.section:
    case ENUM64:
      return length * 12;
    case KIND.enum:
    case KIND.funcProto:
      return length * 8;
    default:
      return 0;
  }
}

/** Finds a section of a 64-bit little-endian ELF file; undefined where it has none of that name. */
export function elfSection(elf: Buffer, wanted: string): Buffer | undefined {
  const table = Number(elf.readBigUInt64LE(40));
  const count = elf.readUInt16LE(60);
  const range = (index: number) => {
    const offset = Number(elf.readBigUInt64LE(table + index * 64 + 24));
    return elf.subarray(offset, offset + Number(elf.readBigUInt64LE(table + index * 64 + 32)));
  };
  const strings = range(elf.readUInt16LE(62));
  for (let i = 0; i < count; i++) {
    const name = elf.readUInt32LE(table + i * 64);
    if (strings.toString('latin1', name, strings.indexOf(0, name)) === wanted) return range(i);
  }
  return undefined;
}
