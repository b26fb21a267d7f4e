import {
  type Decoded,
  decode,
  Field,
  type FieldName,
  type FieldValue,
  fieldNames,
  fieldValues,
  otherName,
  unknownName,
} from './fields.ts';
import { staticTable, type TableEntry } from './static-table.ts';

/** Takes the fields of a header block that are of interest. */
export interface FieldSink {
  /** A field of which the whole value is known as text. */
  field(name: FieldName, value: FieldValue): void;
  /** A trace field; its value is bytes[start] .. bytes[end - 1]. */
  traceField(name: FieldName, bytes: Uint8Array, start: number, end: number): void;
  /** A field whose name or value was said before the capture began, or was lost. */
  unknown(): void;
}

/** Most entries of a dynamic table that are kept: enough for 64 KiB, sixteen times the default. */
const mostEntries = 2048;

/**
 * Decodes the header blocks of one direction (HPACK, RFC 7541), with the table that both ends keep.
 *
 * Entries are never evicted by size, only by number: an encoder does not refer to what it evicted, so keeping too much does
 * no harm, and lengths of values that nobody wants need not be known. Indexes count from the newest entry; so after a
 * gap, or where the capture began in the middle, what is inserted from then on is known, and what refers further back is
 * said to be unknown, never guessed.
 */
export class Hpack {
  #entries: TableEntry[] = [];
  /** Entries may exist that were not seen. */
  #olderUnseen: boolean;
  #at = 0;

  /** @param fromTheBeginning false where blocks went by before the first one decoded here */
  constructor(fromTheBeginning: boolean) {
    this.#olderUnseen = !fromTheBeginning;
  }

  /** Blocks, or parts of them, were not seen: forgets the table. */
  reset(): void {
    this.#entries = [];
    this.#olderUnseen = true;
  }

  /** Decodes the block bytes[start] .. bytes[end - 1]; false where it is malformed or cut (fields before that were given). */
  decode(bytes: Uint8Array, start: number, end: number, sink: FieldSink): boolean {
    let at = start;
    while (at < end) {
      const first = bytes[at];
      if (first >= 0x80) {
        const index = this.#integer(bytes, at, end, 0x7f);
        at = this.#at;
        if (at < 0 || index === 0) return false;
        if (!this.#indexed(index, sink)) return false;
        continue;
      }
      if (first >= 0x20 && first < 0x40) {
        const size = this.#integer(bytes, at, end, 0x1f);
        at = this.#at;
        if (at < 0) return false;
        if (size === 0) {
          this.#entries = [];
          this.#olderUnseen = false;
        }
        continue;
      }
      const remembers = first >= 0x40;
      const index = this.#integer(bytes, at, end, remembers ? 0x3f : 0x0f);
      at = this.#at;
      if (at < 0) return false;
      let name: FieldName;
      if (index === 0) {
        const stop = this.#stringEnd(bytes, at, end);
        if (stop < 0) return false;
        name = fieldNames.entry(bytes, at, stop).value;
        at = stop;
      } else {
        const entry = this.#entry(index);
        if (entry === undefined) return false;
        name = entry.name;
      }
      const stop = this.#stringEnd(bytes, at, end);
      if (stop < 0) return false;
      let value: FieldValue | undefined;
      if (name.field === Field.trace) {
        if (remembers) value = fieldValues.entry(bytes, at, stop).value;
        const from = this.#textStart;
        if (decode(text, bytes, from, stop, bytes[at] >= 0x80)) sink.traceField(name, text.bytes, text.start, text.end);
      } else if (name.field === Field.unknown) sink.unknown();
      else if (name !== otherName) {
        value = fieldValues.entry(bytes, at, stop).value;
        sink.field(name, value);
      }
      if (remembers) this.#insert({ name, value });
      at = stop;
    }
    return true;
  }

  #indexed(index: number, sink: FieldSink): boolean {
    const entry = this.#entry(index);
    if (entry === undefined) return false;
    const { name, value } = entry;
    if (name.field === Field.unknown) sink.unknown();
    else if (name !== otherName && value !== undefined) {
      if (name.field === Field.trace) {
        const bytes = Buffer.from(value.text, 'latin1');
        sink.traceField(name, bytes, 0, bytes.length);
      } else sink.field(name, value);
    }
    return true;
  }

  /** An entry by its index; undefined where there cannot be one. */
  #entry(index: number): TableEntry | undefined {
    if (index < staticTable.length) return staticTable[index];
    const place = this.#entries.length - 1 - (index - staticTable.length);
    if (place >= 0) return this.#entries[place];
    return this.#olderUnseen ? unseen : undefined;
  }

  #insert(entry: TableEntry): void {
    if (this.#entries.length >= mostEntries) {
      this.#entries = this.#entries.slice(mostEntries >> 1);
      this.#olderUnseen = true;
    }
    this.#entries.push(entry);
  }

  /** An integer with a prefix (RFC 7541, section 5.1); sets #at to the index after it, or to -1. */
  #integer(bytes: Uint8Array, at: number, end: number, mask: number): number {
    let value = bytes[at++] & mask;
    if (value < mask) {
      this.#at = at;
      return value;
    }
    for (let shift = 0; shift <= 21; shift += 7) {
      if (at >= end) break;
      const b = bytes[at++];
      value += (b & 0x7f) << shift;
      if (b < 0x80) {
        this.#at = at;
        return value;
      }
    }
    this.#at = -1;
    return 0;
  }

  #textStart = 0;

  /** Index after the string literal at `at`, -1 where it is cut; sets #textStart to the index of its coded text. */
  #stringEnd(bytes: Uint8Array, at: number, end: number): number {
    if (at >= end) return -1;
    const length = this.#integer(bytes, at, end, 0x7f);
    if (this.#at < 0 || this.#at + length > end) return -1;
    this.#textStart = this.#at;
    return this.#at + length;
  }
}

const unseen: TableEntry = { name: unknownName, value: undefined };
const text: Decoded = { bytes: new Uint8Array(0), start: 0, end: 0 };
