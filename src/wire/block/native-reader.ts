/**
 * Reads ClickHouse's Native format: what the embedded engine and servers answer, and what agents send. Every count, index,
 * offset and type is checked against the bytes that are there before anything is allocated, so that a hostile block costs
 * no more memory than its own size times a small factor.
 */
import { BlockError } from './block-error.ts';
import { BlockReader } from './byte-reader.ts';
import {
  ArrayData,
  BigData,
  BoolData,
  ChoiceData,
  type ColumnData,
  type ColumnValue,
  DateData,
  DecimalData,
  FixedData,
  LabelData,
  MapData,
  NullableData,
  NumberData,
  type Numbers,
  type NumbersView,
  TextData,
  TimeData,
  TupleData,
  WideData,
} from './column-data.ts';
import { type NativeType, parseNativeType } from './native-type.ts';

/** How large a block may be. */
export interface BlockLimits {
  readonly rows: number;
  readonly columns: number;
  /** Bytes of one text. */
  readonly textBytes: number;
}

/** Limits of a block from outside. */
export const ingestLimits: BlockLimits = { rows: 1_048_576, columns: 256, textBytes: 1_048_576 };
/** Limits of an answer of our own engine. */
export const answerLimits: BlockLimits = { rows: 2 ** 31, columns: 10_000, textBytes: 2 ** 30 };

/** A column and its type's name. */
export interface NamedColumn {
  readonly name: string;
  readonly type: string;
  readonly data: ColumnData;
  /** Where its data lies in the block's bytes. */
  readonly start: number;
  readonly end: number;
}

/** A block that was read. */
export interface Block {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, NamedColumn>;
}

/** Reads all blocks of an answer, or the one block that an agent sent. Throws a {@link BlockError}. */
export function readBlocks(bytes: Uint8Array, limits: BlockLimits): Block[] {
  const reader = new BlockReader(bytes);
  const blocks: Block[] = [];
  while (reader.remaining > 0) blocks.push(readBlock(reader, limits));
  return blocks;
}

/** Reads one block at the reader's position. */
export function readBlock(reader: BlockReader, limits: BlockLimits): Block {
  const count = reader.varint(limits.columns, 'the number of columns');
  const rows = reader.varint(limits.rows, 'the number of rows');
  if (count === 0 && rows > 0) throw new BlockError('bad_value', `a block of ${rows} rows has no columns`);
  const columns = new Map<string, NamedColumn>();
  for (let i = 0; i < count; i++) {
    const name = reader.text(256, `the name of column ${i}`);
    const type = reader.text(65_536, `the type of column ${name}`);
    if (columns.has(name)) throw new BlockError('bad_value', `column ${JSON.stringify(name)} is there twice`);
    const parsed = parseNativeType(type);
    const start = reader.position;
    const column = new ColumnReader(reader, limits, name);
    const data = rows === 0 ? emptyColumn(parsed) : column.read(parsed, rows);
    columns.set(name, { name, type, data, start, end: reader.position });
  }
  return { rows, columns };
}

function emptyColumn(type: NativeType): ColumnData {
  return new ColumnReader(new BlockReader(new Uint8Array(0)), ingestLimits, '').data(type, 0);
}

class ColumnReader {
  readonly #reader: BlockReader;
  readonly #limits: BlockLimits;
  readonly #name: string;

  constructor(reader: BlockReader, limits: BlockLimits, name: string) {
    this.#reader = reader;
    this.#limits = limits;
    this.#name = name;
  }

  read(type: NativeType, rows: number): ColumnData {
    this.prefix(type);
    return this.data(type, rows);
  }

  /** What stands before all data of a column: versions of dictionaries, outermost first. */
  prefix(type: NativeType): void {
    switch (type.kind) {
      case 'label': {
        const version = this.#reader.u64(2 ** 52, `the dictionary's version of ${this.#name}`);
        if (version !== 1)
          throw new BlockError('bad_value', `column ${this.#name} has a dictionary of version ${version}`);
        return;
      }
      case 'array':
      case 'nullable':
        this.prefix(type.of);
        return;
      case 'map':
        this.prefix(type.key);
        this.prefix(type.value);
        return;
      case 'tuple':
        for (const one of type.of) this.prefix(one);
    }
  }

  data(type: NativeType, rows: number): ColumnData {
    switch (type.kind) {
      case 'fixed':
        return this.#fixed(type.name, type.size, rows);
      case 'decimal':
        return new DecimalData(this.#fixed(decimalNames[type.size], type.size, rows), type.scale);
      case 'time':
        return new TimeData(type.size === 4 ? this.#numbers(4, rows, Uint32Array) : this.#wide(rows, true), type.scale);
      case 'enum':
        return this.#choice(type.size, type.words, rows);
      case 'bytes':
        return new FixedData(this.#bytes(type.size, rows), type.size, 'hex');
      case 'text':
        return this.#text(rows);
      case 'label':
        return this.#label(type.of, type.nullable, rows);
      case 'nullable': {
        const nulls = this.#bytes(1, rows);
        return new NullableData(nulls, this.data(type.of, rows));
      }
      case 'array': {
        const ends = this.#ends(rows);
        return new ArrayData(ends, this.data(type.of, rows === 0 ? 0 : ends[rows - 1]));
      }
      case 'map': {
        const ends = this.#ends(rows);
        const pairs = rows === 0 ? 0 : ends[rows - 1];
        const keys = this.data(type.key, pairs);
        return new MapData(ends, keys, this.data(type.value, pairs));
      }
      case 'tuple':
        return new TupleData(
          type.of.map((one) => this.data(one, rows)),
          rows,
        );
    }
  }

  #fixed(name: string, size: number, rows: number): ColumnData {
    switch (name) {
      case 'Bool':
      case 'Nothing':
        return new BoolData(this.#bytes(1, rows));
      case 'UInt8':
        return this.#numbers(1, rows, Uint8Array);
      case 'Int8':
        return this.#numbers(1, rows, Int8Array);
      case 'UInt16':
        return this.#numbers(2, rows, Uint16Array);
      case 'Int16':
        return this.#numbers(2, rows, Int16Array);
      case 'UInt32':
        return this.#numbers(4, rows, Uint32Array);
      case 'Int32':
        return this.#numbers(4, rows, Int32Array);
      case 'Float32':
        return this.#numbers(4, rows, Float32Array);
      case 'Float64':
        return this.#numbers(8, rows, Float64Array);
      case 'UInt64':
        return this.#wide(rows, false);
      case 'Int64':
        return this.#wide(rows, true);
      case 'Date':
        return new DateData(this.#numbers(2, rows, Uint16Array));
      case 'Date32':
        return new DateData(this.#numbers(4, rows, Int32Array));
      case 'UUID':
        return new FixedData(this.#bytes(16, rows), 16, 'uuid');
      case 'IPv4':
        return new FixedData(this.#bytes(4, rows), 4, 'ipv4');
      case 'IPv6':
        return new FixedData(this.#bytes(16, rows), 16, 'ipv6');
      default:
        return new BigData(this.#bytes(size, rows), size, name.startsWith('I'));
    }
  }

  #wide(rows: number, signed: boolean): WideData {
    return new WideData(this.#bytes(8, rows), rows, signed);
  }

  #numbers<T extends Numbers>(size: number, rows: number, view: NumbersView<T>): NumberData<T> {
    return new NumberData(this.#bytes(size, rows), rows, view);
  }

  #bytes(size: number, rows: number): Uint8Array {
    return this.#reader.take(size * rows, `column ${this.#name}`);
  }

  #choice(size: number, words: ReadonlyMap<number, string>, rows: number): ColumnData {
    const numbers = size === 1 ? this.#numbers(1, rows, Int8Array) : this.#numbers(2, rows, Int16Array);
    const { values } = numbers;
    for (let i = 0; i < rows; i++) {
      if (!words.has(values[i])) {
        throw new BlockError('bad_value', `column ${this.#name} has the number ${values[i]}, which stands for nothing`);
      }
    }
    return new ChoiceData(numbers, words);
  }

  #text(rows: number): TextData {
    const reader = this.#reader;
    // Each text takes a byte for its length at least.
    reader.need(rows, `column ${this.#name}`);
    const starts = new Uint32Array(rows);
    const ends = new Uint32Array(rows);
    const { bytes } = reader;
    for (let i = 0; i < rows; i++) {
      let length = reader.position < bytes.length ? bytes[reader.position] : 0x80;
      if (length < 0x80) reader.position++;
      else length = reader.varint(this.#limits.textBytes, `the length of a text in column ${this.#name}`);
      reader.need(length, `a text of column ${this.#name}`);
      starts[i] = reader.position;
      reader.position += length;
      ends[i] = reader.position;
    }
    return new TextData(bytes, starts, ends);
  }

  #label(of: NativeType, nullable: boolean, rows: number): LabelData {
    if (rows === 0) return new LabelData([], this.#numbers(1, 0, Uint8Array));
    const reader = this.#reader;
    const flags = reader.u64(2 ** 52, `the dictionary's kind of ${this.#name}`);
    const width = flags & 0xff;
    if (width > 2 || (flags & 0x100) !== 0 || (flags & 0x200) === 0) {
      throw new BlockError('bad_value', `column ${this.#name} has a dictionary of unknown kind ${flags}`);
    }
    // Only values that occur are in it, and at most a default besides.
    const distinct = reader.u64(Math.min(reader.remaining, rows + 2), `the dictionary's size of ${this.#name}`);
    const keys = this.data(of, distinct);
    const dictionary: ColumnValue[] = [];
    for (let i = 0; i < distinct; i++) dictionary.push(nullable && i === 0 ? null : keys.get(i));
    const count = reader.u64(this.#limits.rows, `the number of rows of ${this.#name}`);
    if (count !== rows)
      throw new BlockError('bad_value', `column ${this.#name} has ${count} rows in a block of ${rows}`);
    const indexes =
      width === 0
        ? this.#numbers(1, rows, Uint8Array)
        : width === 1
          ? this.#numbers(2, rows, Uint16Array)
          : this.#numbers(4, rows, Uint32Array);
    const { values } = indexes;
    for (let i = 0; i < rows; i++) {
      if (values[i] >= distinct) {
        throw new BlockError('bad_value', `column ${this.#name} has index ${values[i]} in a dictionary of ${distinct}`);
      }
    }
    return new LabelData(dictionary, indexes);
  }

  #ends(rows: number): Uint32Array {
    const wide = this.#wide(rows, false).halves;
    const ends = new Uint32Array(rows);
    let before = 0;
    for (let i = 0; i < rows; i++) {
      // Each element takes a byte at least, so no offset can be greater than the bytes of the block.
      if (wide[2 * i + 1] !== 0 || wide[2 * i] < before || wide[2 * i] > this.#reader.bytes.length * 8) {
        throw new BlockError('bad_value', `column ${this.#name} has offsets that cannot be`);
      }
      before = wide[2 * i];
      ends[i] = before;
    }
    return ends;
  }
}

const decimalNames: Readonly<Record<number, string>> = { 4: 'Int32', 8: 'Int64', 16: 'Int128', 32: 'Int256' };
