import { parseAddress } from '../../../base/ip-address.ts';
import type { ByteWriter } from '../byte-writer.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { RecentTexts } from './recent-texts.ts';

/** How many addresses a builder remembers. */
const mostKnown = 65_536;

/** Fixed bytes, whole words of four: addresses as 16 bytes, trace and span ids from hex. */
export class FixedBuilder implements ColumnBuilder {
  length = 0;
  readonly size: number;
  readonly #words: number;
  /** All zero beyond the length, so that "nothing" costs nothing. */
  #values: Uint32Array;
  #bytes: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.#words = size / 4;
    this.#values = new Uint32Array(1024 * this.#words);
    this.#bytes = new Uint8Array(this.#values.buffer);
  }

  /** Hex digits, twice as many as bytes; anything else, '' too, is all zeros. */
  appendHex(hex: string): void {
    const at = this.#next() * this.size;
    const { size } = this;
    if (hex.length !== size * 2) return;
    const bytes = this.#bytes;
    for (let i = 0; i < size; i++) {
      const high = digits[hex.charCodeAt(2 * i) & 127];
      const low = digits[hex.charCodeAt(2 * i + 1) & 127];
      if (high < 0 || low < 0) {
        bytes.fill(0, at, at + size);
        return;
      }
      bytes[at + i] = (high << 4) | low;
    }
  }

  /** Words from another array. */
  appendWords(source: Uint32Array, offset: number): void {
    const words = this.#words;
    const at = this.#next() * words;
    for (let i = 0; i < words; i++) this.#values[at + i] = source[offset + i];
  }

  appendDefault(): void {
    this.#next();
  }

  write(out: ByteWriter): void {
    out.raw(this.#bytes.subarray(0, this.length * this.size));
  }

  clear(): void {
    this.#values.fill(0, 0, this.length * this.#words);
    this.length = 0;
  }

  #next(): number {
    if (this.length * this.#words === this.#values.length) {
      const grown = new Uint32Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
      this.#bytes = new Uint8Array(grown.buffer);
    }
    return this.length++;
  }
}

/** Addresses from text. Those lately seen are not parsed again. What is no address becomes ::. */
export class AddressBuilder extends FixedBuilder {
  readonly #recent = new RecentTexts();
  readonly #known = new Map<string, number>();
  #parsed = new Uint32Array(4 * 256);

  constructor() {
    super(16);
  }

  append(ip: string): void {
    const recent = this.#recent.get(ip);
    this.appendWords(this.#parsed, recent < 0 ? this.#look(ip) : recent);
  }

  /** Where the address lies, parsed. */
  #look(ip: string): number {
    let at = this.#known.get(ip);
    if (at === undefined) {
      if (this.#known.size >= mostKnown) {
        this.#known.clear();
        this.#recent.clear();
      }
      at = this.#known.size * 4;
      if (at === this.#parsed.length) {
        const grown = new Uint32Array(this.#parsed.length * 2);
        grown.set(this.#parsed);
        this.#parsed = grown;
      }
      const into = new Uint8Array(this.#parsed.buffer, at * 4, 16);
      if (!parseAddress(ip, into)) into.fill(0);
      this.#known.set(ip, at);
    }
    this.#recent.set(ip, at);
    return at;
  }
}

/** Values of hex digits by their ASCII code, -1 for all else. */
const digits = Int8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});
