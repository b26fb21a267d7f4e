/**
 * Columns of a block that was read. Numbers are typed arrays over the block's own bytes (copied only where they lie
 * unaligned); texts stay bytes until somebody asks for one.
 */
import { addressText } from '../../base/ip-address.ts';

/** A value as TypeScript sees it. */
export type ColumnValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | readonly ColumnValue[]
  | ReadonlyMap<ColumnValue, ColumnValue>;

/** What every column offers. */
export interface ColumnData {
  readonly length: number;
  /** The value of a row. Builds strings, arrays and maps anew each time. */
  get(row: number): ColumnValue;
}

/** Arrays that a column's bytes can be looked at as. */
export type Numbers =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** How to look at bytes as numbers. The buffer is whole and aligned. */
export type NumbersView<T extends Numbers = Numbers> = new (buffer: ArrayBuffer) => T;

/** A column's bytes where a typed array can lie over them: in place if they are aligned, a copy otherwise. */
function alignedBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

/** Numbers that a double holds. Laid out as a typed array when first asked for. */
export class NumberData<T extends Numbers = Numbers> implements ColumnData {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #view: NumbersView<T>;
  #values: T | undefined;

  constructor(bytes: Uint8Array, length: number, view: NumbersView<T>) {
    this.#bytes = bytes;
    this.length = length;
    this.#view = view;
  }

  get values(): T {
    this.#values ??= new this.#view(alignedBuffer(this.#bytes));
    return this.#values;
  }

  get(row: number): number {
    return this.values[row];
  }
}

export class BoolData implements ColumnData {
  readonly values: Uint8Array;

  constructor(values: Uint8Array) {
    this.values = values;
  }

  get length(): number {
    return this.values.length;
  }

  get(row: number): boolean {
    return this.values[row] !== 0;
  }
}

/** 64-bit integers. `number(row)` makes no bigint; exact to 2^53. */
export class WideData implements ColumnData {
  readonly length: number;
  readonly signed: boolean;
  readonly #bytes: Uint8Array;
  #halves: Uint32Array | undefined;

  constructor(bytes: Uint8Array, length: number, signed: boolean) {
    this.#bytes = bytes;
    this.length = length;
    this.signed = signed;
  }

  /** The low and the high half of each. Laid out when first asked for. */
  get halves(): Uint32Array {
    this.#halves ??= new Uint32Array(alignedBuffer(this.#bytes));
    return this.#halves;
  }

  get(row: number): bigint {
    const { halves } = this;
    const value = (BigInt(halves[row * 2 + 1]) << 32n) | BigInt(halves[row * 2]);
    return this.signed ? BigInt.asIntN(64, value) : value;
  }

  number(row: number): number {
    const { halves } = this;
    const high = halves[row * 2 + 1];
    return (this.signed ? high | 0 : high) * 0x1_0000_0000 + halves[row * 2];
  }

  /** As 16 hex digits: an id. */
  hex(row: number): string {
    const { halves } = this;
    const high = halves[row * 2 + 1].toString(16).padStart(8, '0');
    return high + halves[row * 2].toString(16).padStart(8, '0');
  }
}

/** Integers of 128 and 256 bits. */
export class BigData implements ColumnData {
  readonly length: number;
  readonly #words: BigUint64Array;
  readonly #perValue: number;
  readonly #signed: boolean;

  constructor(bytes: Uint8Array, size: number, signed: boolean) {
    this.#words = new BigUint64Array(alignedBuffer(bytes));
    this.#perValue = size / 8;
    this.#signed = signed;
    this.length = bytes.length / size;
  }

  get(row: number): bigint {
    let value = 0n;
    for (let i = this.#perValue - 1; i >= 0; i--) value = (value << 64n) | this.#words[row * this.#perValue + i];
    return this.#signed ? BigInt.asIntN(64 * this.#perValue, value) : value;
  }
}

/** Fixed-point numbers, as text. */
export class DecimalData implements ColumnData {
  readonly #of: ColumnData;
  readonly #scale: number;

  constructor(of: ColumnData, scale: number) {
    this.#of = of;
    this.#scale = scale;
  }

  get length(): number {
    return this.#of.length;
  }

  get(row: number): string {
    const value = BigInt(String(this.#of.get(row)));
    const digits = (value < 0n ? -value : value).toString().padStart(this.#scale + 1, '0');
    const sign = value < 0n ? '-' : '';
    return this.#scale === 0 ? sign + digits : `${sign}${digits.slice(0, -this.#scale)}.${digits.slice(-this.#scale)}`;
  }
}

/** Moments as epoch nanoseconds. */
export class TimeData implements ColumnData {
  readonly ticks: NumberData | WideData;
  readonly #factor: bigint;

  constructor(ticks: NumberData | WideData, scale: number) {
    this.ticks = ticks;
    this.#factor = 10n ** BigInt(9 - scale);
  }

  get length(): number {
    return this.ticks.length;
  }

  get(row: number): bigint {
    return BigInt(this.ticks.get(row)) * this.#factor;
  }
}

/** Days since the epoch, as ISO dates. */
export class DateData implements ColumnData {
  readonly #days: NumberData;

  constructor(days: NumberData) {
    this.#days = days;
  }

  get length(): number {
    return this.#days.length;
  }

  get(row: number): string {
    return new Date(this.#days.get(row) * 86_400_000).toISOString().slice(0, 10);
  }
}

/** Words by number. */
export class ChoiceData implements ColumnData {
  readonly numbers: NumberData;
  readonly words: ReadonlyMap<number, string>;

  constructor(numbers: NumberData, words: ReadonlyMap<number, string>) {
    this.numbers = numbers;
    this.words = words;
  }

  get length(): number {
    return this.numbers.length;
  }

  get(row: number): string {
    return this.words.get(this.numbers.get(row)) ?? '';
  }
}

/** Fixed bytes, as hex ('' where all are zero), as an address, as a UUID. */
export class FixedData implements ColumnData {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly length: number;
  readonly #show: 'hex' | 'ipv4' | 'ipv6' | 'uuid';

  constructor(bytes: Uint8Array, size: number, show: 'hex' | 'ipv4' | 'ipv6' | 'uuid') {
    this.bytes = bytes;
    this.size = size;
    this.length = bytes.length / size;
    this.#show = show;
  }

  get(row: number): string {
    const bytes = this.bytes.subarray(row * this.size, (row + 1) * this.size);
    switch (this.#show) {
      case 'hex':
        return bytes.every((byte) => byte === 0) ? '' : Buffer.from(bytes).toString('hex');
      case 'ipv4':
        return `${bytes[3]}.${bytes[2]}.${bytes[1]}.${bytes[0]}`;
      case 'ipv6':
        return addressText(bytes);
      case 'uuid': {
        const hex = Buffer.from([...bytes.subarray(0, 8).toReversed(), ...bytes.subarray(8).toReversed()]).toString(
          'hex',
        );
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
      }
    }
  }
}

const decoder = new TextDecoder('utf-8');

/** Texts: where each begins in the block's bytes. */
export class TextData implements ColumnData {
  readonly bytes: Uint8Array;
  /** Text i is bytes[starts[i]] .. bytes[ends[i] - 1]. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;

  constructor(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array) {
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
  }

  get length(): number {
    return this.starts.length;
  }

  get(row: number): string {
    return decoder.decode(this.bytes.subarray(this.starts[row], this.ends[row]));
  }
}

/** Values from a dictionary: `indexes[row]` is the row's entry of `dictionary`. */
export class LabelData implements ColumnData {
  readonly dictionary: readonly ColumnValue[];
  readonly #indexes: NumberData<Uint8Array | Uint16Array | Uint32Array>;

  constructor(dictionary: readonly ColumnValue[], indexes: NumberData<Uint8Array | Uint16Array | Uint32Array>) {
    this.dictionary = dictionary;
    this.#indexes = indexes;
  }

  get length(): number {
    return this.#indexes.length;
  }

  get indexes(): Uint8Array | Uint16Array | Uint32Array {
    return this.#indexes.values;
  }

  get(row: number): ColumnValue {
    return this.dictionary[this.indexes[row]];
  }
}

export class NullableData implements ColumnData {
  readonly nulls: Uint8Array;
  readonly of: ColumnData;

  constructor(nulls: Uint8Array, of: ColumnData) {
    this.nulls = nulls;
    this.of = of;
  }

  get length(): number {
    return this.nulls.length;
  }

  get(row: number): ColumnValue {
    return this.nulls[row] !== 0 ? null : this.of.get(row);
  }
}

/** Arrays: row i holds elements ends[i - 1] .. ends[i] - 1. */
export class ArrayData implements ColumnData {
  readonly ends: Uint32Array;
  readonly of: ColumnData;

  constructor(ends: Uint32Array, of: ColumnData) {
    this.ends = ends;
    this.of = of;
  }

  get length(): number {
    return this.ends.length;
  }

  get(row: number): readonly ColumnValue[] {
    const values: ColumnValue[] = [];
    for (let i = row === 0 ? 0 : this.ends[row - 1]; i < this.ends[row]; i++) values.push(this.of.get(i));
    return values;
  }
}

/** Maps: row i holds pairs ends[i - 1] .. ends[i] - 1. */
export class MapData implements ColumnData {
  readonly ends: Uint32Array;
  readonly keys: ColumnData;
  readonly values: ColumnData;

  constructor(ends: Uint32Array, keys: ColumnData, values: ColumnData) {
    this.ends = ends;
    this.keys = keys;
    this.values = values;
  }

  get length(): number {
    return this.ends.length;
  }

  get(row: number): ReadonlyMap<ColumnValue, ColumnValue> {
    const map = new Map<ColumnValue, ColumnValue>();
    for (let i = row === 0 ? 0 : this.ends[row - 1]; i < this.ends[row]; i++) {
      map.set(this.keys.get(i), this.values.get(i));
    }
    return map;
  }
}

export class TupleData implements ColumnData {
  readonly length: number;
  readonly of: readonly ColumnData[];

  constructor(of: readonly ColumnData[], length: number) {
    this.of = of;
    this.length = length;
  }

  get(row: number): readonly ColumnValue[] {
    return this.of.map((one) => one.get(row));
  }
}
