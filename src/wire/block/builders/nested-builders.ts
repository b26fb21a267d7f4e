import type { ByteWriter } from '../byte-writer.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { LabelBuilder, TextBuilder } from './text-builders.ts';
import { IdBuilder, WideBuilder } from './wide-builders.ts';

/** Where each row's elements end, for arrays and maps. */
class Offsets {
  readonly #ends = new WideBuilder();

  get length(): number {
    return this.#ends.length;
  }

  end(elements: number): void {
    this.#ends.append(elements);
  }

  write(out: ByteWriter): void {
    this.#ends.write(out);
  }

  clear(): void {
    this.#ends.clear();
  }
}

/** Key → text. */
export class LabelsBuilder implements ColumnBuilder {
  readonly #offsets = new Offsets();
  readonly #keys = new LabelBuilder();
  readonly #values = new TextBuilder();

  get length(): number {
    return this.#offsets.length;
  }

  append(labels: Readonly<Record<string, string>>): void {
    for (const key of Object.keys(labels)) this.#pair(key, labels[key]);
    this.#offsets.end(this.#keys.length);
  }

  /** Key, value, key, value, ...; a key without a value is left out. */
  appendFlat(pairs: readonly string[]): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) this.#pair(pairs[i], pairs[i + 1]);
    this.#offsets.end(this.#keys.length);
  }

  appendDefault(): void {
    this.#offsets.end(this.#keys.length);
  }

  write(out: ByteWriter): void {
    this.#keys.writePrefix(out);
    this.#offsets.write(out);
    this.#keys.writeData(out);
    this.#values.write(out);
  }

  clear(): void {
    this.#offsets.clear();
    this.#keys.clear();
    this.#values.clear();
  }

  #pair(key: string, value: string): void {
    this.#keys.append(key);
    this.#values.append(value);
  }
}

/** Lists of texts. */
export class TextsBuilder implements ColumnBuilder {
  readonly #offsets = new Offsets();
  readonly #values = new TextBuilder();

  get length(): number {
    return this.#offsets.length;
  }

  append(values: readonly string[]): void {
    for (const value of values) this.#values.append(value);
    this.#offsets.end(this.#values.length);
  }

  appendDefault(): void {
    this.#offsets.end(this.#values.length);
  }

  write(out: ByteWriter): void {
    this.#offsets.write(out);
    this.#values.write(out);
  }

  clear(): void {
    this.#offsets.clear();
    this.#values.clear();
  }
}

/** Lists of ids. */
export class IdsBuilder implements ColumnBuilder {
  readonly #offsets = new Offsets();
  readonly #values = new IdBuilder();

  get length(): number {
    return this.#offsets.length;
  }

  append(ids: readonly string[]): void {
    for (const id of ids) this.#values.appendId(id);
    this.#offsets.end(this.#values.length);
  }

  appendDefault(): void {
    this.#offsets.end(this.#values.length);
  }

  write(out: ByteWriter): void {
    this.#offsets.write(out);
    this.#values.write(out);
  }

  clear(): void {
    this.#offsets.clear();
    this.#values.clear();
  }
}
