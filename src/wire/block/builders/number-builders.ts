import type { ByteWriter } from '../byte-writer.ts';
import { bytesOf, type ColumnBuilder, type Narrow } from './column-builder.ts';

/** UInt8 to UInt32, Int32, Float64, and choices by number. */
export class NumberBuilder<Values extends Narrow = Narrow> implements ColumnBuilder {
  length = 0;
  #values: Values;
  readonly #make: (length: number) => Values;

  constructor(make: (length: number) => Values) {
    this.#make = make;
    this.#values = make(1024);
  }

  append(value: number): void {
    if (this.length === this.#values.length) this.#grow();
    this.#values[this.length++] = value;
  }

  appendDefault(): void {
    this.append(0);
  }

  write(out: ByteWriter): void {
    out.raw(bytesOf(this.#values, this.length));
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const grown = this.#make(this.#values.length * 2);
    grown.set(this.#values);
    this.#values = grown;
  }
}

/** True or false. */
export class BoolBuilder implements ColumnBuilder {
  readonly #numbers = new NumberBuilder((length) => new Uint8Array(length));

  get length(): number {
    return this.#numbers.length;
  }

  append(value: boolean): void {
    this.#numbers.append(value ? 1 : 0);
  }

  appendDefault(): void {
    this.#numbers.append(0);
  }

  write(out: ByteWriter): void {
    this.#numbers.write(out);
  }

  clear(): void {
    this.#numbers.clear();
  }
}

/** One of a few words, by its word or its number. */
export class ChoiceBuilder<Word extends string = string> implements ColumnBuilder {
  readonly #numbers = new NumberBuilder((length) => new Uint8Array(length));
  readonly #words: ReadonlyMap<string, number>;

  constructor(words: readonly Word[]) {
    this.#words = new Map(words.map((word, index) => [word, index]));
  }

  get length(): number {
    return this.#numbers.length;
  }

  append(word: Word): void {
    this.#numbers.append(this.#words.get(word) ?? 0);
  }

  appendNumber(index: number): void {
    this.#numbers.append(index);
  }

  appendDefault(): void {
    this.#numbers.append(0);
  }

  write(out: ByteWriter): void {
    this.#numbers.write(out);
  }

  clear(): void {
    this.#numbers.clear();
  }
}
