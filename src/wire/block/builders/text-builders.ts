import { ByteWriter } from '../byte-writer.ts';
import { bytesOf, type ColumnBuilder } from './column-builder.ts';
import { RecentTexts } from './recent-texts.ts';

/** Text with many distinct values. */
export class TextBuilder implements ColumnBuilder {
  length = 0;
  readonly #out = new ByteWriter(4096);

  append(value: string): void {
    this.#out.text(value);
    this.length++;
  }

  appendDefault(): void {
    this.#out.u8(0);
    this.length++;
  }

  write(out: ByteWriter): void {
    out.raw(this.#out.written());
  }

  clear(): void {
    this.length = 0;
    this.#out.length = 0;
  }
}

/** Text with few distinct values: a dictionary and an index a row. */
export class LabelBuilder implements ColumnBuilder {
  length = 0;
  #indexes = new Uint32Array(1024);
  readonly #dictionary = new Map<string, number>();
  readonly #recent = new RecentTexts();

  append(value: string): void {
    const index = this.#indexOf(value);
    if (this.length === this.#indexes.length) this.#grow(this.length + 1);
    this.#indexes[this.length++] = index;
  }

  /** The same value many times. */
  appendRepeated(value: string, times: number): void {
    const index = this.#indexOf(value);
    if (this.length + times > this.#indexes.length) this.#grow(this.length + times);
    this.#indexes.fill(index, this.length, this.length + times);
    this.length += times;
  }

  #indexOf(value: string): number {
    const recent = this.#recent.get(value);
    if (recent >= 0) return recent;
    let index = this.#dictionary.get(value);
    if (index === undefined) {
      index = this.#dictionary.size;
      this.#dictionary.set(value, index);
    }
    this.#recent.set(value, index);
    return index;
  }

  #grow(needed: number): void {
    const grown = new Uint32Array(Math.max(needed, this.#indexes.length * 2));
    grown.set(this.#indexes);
    this.#indexes = grown;
  }

  appendDefault(): void {
    this.append('');
  }

  /** What stands before all data of the column: the version of the dictionary's serialisation. */
  writePrefix(out: ByteWriter): void {
    out.u64(1);
  }

  writeData(out: ByteWriter): void {
    if (this.length === 0) return;
    const distinct = this.#dictionary.size;
    const width = distinct <= 0x100 ? 0 : distinct <= 0x1_0000 ? 1 : 2;
    // 0x200: the dictionary comes with the block; 0x400: and replaces the one before.
    out.u64(0x600 | width);
    out.u64(distinct);
    for (const value of this.#dictionary.keys()) out.text(value);
    out.u64(this.length);
    const indexes = this.#indexes;
    if (width === 2) {
      out.raw(bytesOf(indexes, this.length));
      return;
    }
    out.reserve(this.length << width);
    const { bytes } = out;
    let at = out.length;
    if (width === 0) {
      for (let i = 0; i < this.length; i++) bytes[at++] = indexes[i];
    } else {
      for (let i = 0; i < this.length; i++) {
        bytes[at++] = indexes[i];
        bytes[at++] = indexes[i] >>> 8;
      }
    }
    out.length = at;
  }

  write(out: ByteWriter): void {
    this.writePrefix(out);
    this.writeData(out);
  }

  clear(): void {
    this.length = 0;
    this.#dictionary.clear();
    this.#recent.clear();
  }
}
