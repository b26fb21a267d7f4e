import type { ByteWriter } from '../byte-writer.ts';
import { bytesOf, type ColumnBuilder } from './column-builder.ts';

/** How many ids and addresses a builder remembers. */
const mostKnown = 65_536;

const twoTo32 = 0x1_0000_0000;

/** 64 bits as two halves: counts, durations, ids, moments. */
export class WideBuilder implements ColumnBuilder {
  length = 0;
  protected halves = new Uint32Array(2048);

  /** An integer that a double holds exactly, negative ones in two's complement. */
  append(value: number): void {
    this.appendParts(value >>> 0, Math.floor(value / twoTo32) >>> 0);
  }

  appendBig(value: bigint): void {
    this.appendParts(Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
  }

  appendParts(low: number, high: number): void {
    const at = this.length * 2;
    if (at === this.halves.length) this.#grow();
    this.halves[at] = low;
    this.halves[at + 1] = high;
    this.length++;
  }

  /** The same halves many times. */
  appendRepeated(low: number, high: number, times: number): void {
    for (let i = 0; i < times; i++) this.appendParts(low, high);
  }

  appendDefault(): void {
    this.appendParts(0, 0);
  }

  write(out: ByteWriter): void {
    out.raw(bytesOf(this.halves, this.length * 2));
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const grown = new Uint32Array(this.halves.length * 2);
    grown.set(this.halves);
    this.halves = grown;
  }
}

/** Ids as 16 hex digits. The halves of ids lately seen are kept, so that none is parsed for every row. */
export class IdBuilder extends WideBuilder {
  #last = '';
  #low = 0;
  #high = 0;
  readonly #known = new Map<string, number>();
  #parts = new Uint32Array(512);

  appendId(id: string): void {
    if (id !== this.#last) this.#look(id);
    this.appendParts(this.#low, this.#high);
  }

  /** The same id many times. */
  repeatId(id: string, times: number): void {
    if (id !== this.#last) this.#look(id);
    this.appendRepeated(this.#low, this.#high, times);
  }

  #look(id: string): void {
    let at = this.#known.get(id);
    if (at === undefined) {
      if (this.#known.size >= mostKnown) this.#known.clear();
      at = this.#known.size;
      if (at * 2 === this.#parts.length) {
        const grown = new Uint32Array(this.#parts.length * 2);
        grown.set(this.#parts);
        this.#parts = grown;
      }
      this.#parts[at * 2] = id === '' ? 0 : Number.parseInt(id.slice(8), 16);
      this.#parts[at * 2 + 1] = id === '' ? 0 : Number.parseInt(id.slice(0, 8), 16);
      this.#known.set(id, at);
    }
    this.#last = id;
    this.#low = this.#parts[at * 2];
    this.#high = this.#parts[at * 2 + 1];
  }
}

/** Moments, from a capture clock or as epoch nanoseconds. */
export class TimeBuilder extends WideBuilder {
  #originLow = 0;
  #originHigh = 0;

  /** Epoch nanoseconds of capture time 0, for {@link appendCapture}. */
  set origin(origin: bigint) {
    this.#originLow = Number(origin & 0xffff_ffffn);
    this.#originHigh = Number((origin >> 32n) & 0xffff_ffffn);
  }

  /** A moment on the capture clock, in nanoseconds after the origin. */
  appendCapture(time: number): void {
    const whole = Math.round(time);
    const low = this.#originLow + (whole >>> 0);
    const carry = low >= twoTo32 ? 1 : 0;
    this.appendParts(low >>> 0, (this.#originHigh + Math.floor(whole / twoTo32) + carry) >>> 0);
  }
}
