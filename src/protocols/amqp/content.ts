/** Content headers: how long a message is, and its properties (AMQP 0-9-1, sections 2.3.5.2 and 4.2.6.1). */
import type { ByteReader } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { textOf } from '../text.ts';
import { readTraceHeader, type TraceContext } from '../trace-context.ts';

const contentTypes = new Interner(64, { longest: 64 });
const headerNames = new Interner(256, { longest: 64, derive: (name) => name.toLowerCase() });

/** What is read out of a content header. Reused. */
export interface Content {
  bodyBytes: number;
  contentType: string;
  correlationId: string;
}

/** Blank. */
export function newContent(): Content {
  return { bodyBytes: 0, contentType: '', correlationId: '' };
}

const Flag = {
  contentType: 15,
  contentEncoding: 14,
  headers: 13,
  deliveryMode: 12,
  priority: 11,
  correlationId: 10,
} as const;

/** Reads a content header; the reader stands at its payload. Trace context among the headers goes into `trace`. */
export function readContent(content: Content, reader: ByteReader, trace: TraceContext): void {
  content.contentType = content.correlationId = '';
  reader.skip(4);
  content.bodyBytes = reader.i64be();
  const flags = reader.u16be();
  const has = (flag: number) => (flags & (1 << flag)) !== 0;
  if (has(Flag.contentType)) {
    const length = reader.u8();
    const at = reader.at;
    reader.skip(length);
    if (!reader.short) content.contentType = contentTypes.text(reader.bytes, at, at + length);
  }
  if (has(Flag.contentEncoding)) reader.skip(reader.u8());
  if (has(Flag.headers)) readTable(reader, trace);
  if (has(Flag.deliveryMode)) reader.skip(1);
  if (has(Flag.priority)) reader.skip(1);
  if (has(Flag.correlationId)) {
    const length = reader.u8();
    const at = reader.at;
    reader.skip(length);
    if (!reader.short && length <= 128) content.correlationId = textOf(reader.bytes, at, at + length);
  }
}

/** Looks through a table for trace context. The reader stands behind it after. */
function readTable(reader: ByteReader, trace: TraceContext): void {
  const length = reader.u32be();
  const { bytes } = reader;
  const stop = reader.at + length;
  while (reader.at < stop && !reader.short) {
    const nameLength = reader.u8();
    const name = reader.at;
    reader.skip(nameLength);
    const type = reader.u8();
    if (type === 0x53 || type === 0x78) {
      const size = reader.u32be();
      const value = reader.at;
      reader.skip(size);
      if (reader.short) return;
      headerNames.text(bytes, name, name + nameLength);
      readTraceHeader(trace, headerNames.derived, bytes, value, value + size);
    } else if (!skipValue(reader, type)) break;
  }
  if (reader.at < stop) reader.skip(stop - reader.at);
}

/** Bytes of values of fixed size by the letter of their type. */
const sizes = new Map<number, number>(
  Object.entries({ t: 1, b: 1, B: 1, s: 2, u: 2, U: 2, I: 4, i: 4, f: 4, l: 8, L: 8, d: 8, T: 8, D: 5, V: 0 }).map(
    ([letter, size]) => [letter.charCodeAt(0), size],
  ),
);

/** Skips a value; false where its type is unknown. */
function skipValue(reader: ByteReader, type: number): boolean {
  const size = sizes.get(type);
  if (size !== undefined) reader.skip(size);
  else if (type === 0x46 || type === 0x41) reader.skip(reader.u32be());
  else return false;
  return true;
}

/** The text of a member of a table of strings, e.g. `product` of the client's properties; '' where it has none. Cold path. */
export function textInTable(reader: ByteReader, wanted: string): string {
  const from = reader.at;
  const length = reader.u32be();
  const stop = Math.min(reader.at + length, reader.end);
  let found = '';
  while (reader.at < stop && found === '' && !reader.short) {
    const name = reader.text(reader.u8());
    const type = reader.u8();
    if (type === 0x53) {
      const value = reader.text(Math.min(reader.u32be(), reader.left));
      if (name === wanted) found = value;
    } else if (!skipValue(reader, type)) break;
  }
  reader.reset(reader.bytes, from, reader.end);
  return found;
}
