import { parseAddress } from '../../../base/ip-address.ts';
import type { ByteWriter } from '../byte-writer.ts';
import type { ColumnBuilder } from './column-builder.ts';

/** How many addresses a builder remembers. */
const mostKnown = 65_536;

/** Fixed bytes: addresses as 16 bytes, trace and span ids from hex. */
export class FixedBuilder implements ColumnBuilder {
  length = 0;
  readonly size: number;
  #bytes: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.#bytes = new Uint8Array(1024 * size);
  }

  /** Hex digits, twice as many as bytes; anything else, '' too, is all zeros. */
  appendHex(hex: string): void {
    const at = this.#next();
    const { size } = this;
    const bytes = this.#bytes;
    if (hex.length !== size * 2) {
      bytes.fill(0, at, at + size);
      return;
    }
    for (let i = 0; i < size; i++) {
      const high = digit(hex.charCodeAt(2 * i));
      const low = digit(hex.charCodeAt(2 * i + 1));
      if (high < 0 || low < 0) {
        bytes.fill(0, at, at + size);
        return;
      }
      bytes[at + i] = (high << 4) | low;
    }
  }

  /** Bytes from another array. */
  appendFrom(source: Uint8Array, offset: number): void {
    const at = this.#next();
    for (let i = 0; i < this.size; i++) this.#bytes[at + i] = source[offset + i];
  }

  appendDefault(): void {
    const at = this.#next();
    this.#bytes.fill(0, at, at + this.size);
  }

  write(out: ByteWriter): void {
    out.raw(this.#bytes.subarray(0, this.length * this.size));
  }

  clear(): void {
    this.length = 0;
  }

  #next(): number {
    const at = this.length * this.size;
    if (at === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.length++;
    return at;
  }
}

/** Addresses from text. Those lately seen are not parsed again. What is no address becomes ::. */
export class AddressBuilder extends FixedBuilder {
  #last = '';
  #at = 0;
  readonly #known = new Map<string, number>();
  #parsed = new Uint8Array(16 * 256);

  constructor() {
    super(16);
  }

  append(ip: string): void {
    if (ip !== this.#last || this.#known.size === 0) this.#look(ip);
    this.appendFrom(this.#parsed, this.#at);
  }

  #look(ip: string): void {
    let at = this.#known.get(ip);
    if (at === undefined) {
      if (this.#known.size >= mostKnown) this.#known.clear();
      at = this.#known.size * 16;
      if (at === this.#parsed.length) {
        const grown = new Uint8Array(this.#parsed.length * 2);
        grown.set(this.#parsed);
        this.#parsed = grown;
      }
      const into = this.#parsed.subarray(at, at + 16);
      if (!parseAddress(ip, into)) into.fill(0);
      this.#known.set(ip, at);
    }
    this.#last = ip;
    this.#at = at;
  }
}

/** Value of a hex digit, -1 where it is none. */
function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}
