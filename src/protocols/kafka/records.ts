/** Record batches (message format v2, Kafka 0.11 and later): how many records, and the headers of the first. */
import { ByteReader, u32be } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { clearTraceContext, newTraceContext, readTraceHeader, type TraceContext } from '../trace-context.ts';

const headerNames = new Interner(256, { longest: 64, derive: (name) => name.toLowerCase() });
const reader = new ByteReader();

const Offset = { batchLength: 8, magic: 16, attributes: 21, recordCount: 57, records: 61 } as const;
const compressions = ['', 'gzip', 'snappy', 'lz4', 'zstd'];
const CONTROL = 0x20;

/** What is read out of batches. Reused. */
export interface Records {
  count: number;
  /** Compression of the first batch, '' where there is none. */
  compression: string;
  /** Trace context in the headers of the first record, where that is not compressed. */
  readonly trace: TraceContext;
}

/** Blank. */
export function newRecords(): Records {
  return { count: 0, compression: '', trace: newTraceContext() };
}

/** Back to blank. */
export function clearRecords(records: Records): void {
  records.count = 0;
  records.compression = '';
  clearTraceContext(records.trace);
}

/** Adds the batches at bytes[at] .. bytes[end - 1], the last of which may be cut. */
export function readBatches(records: Records, bytes: Uint8Array, at: number, end: number): void {
  while (at + Offset.records <= end && bytes[at + Offset.magic] === 2) {
    const attributes = bytes[at + Offset.attributes + 1];
    const length = u32be(bytes, at + Offset.batchLength);
    if (length < Offset.records - 12 || length > 0x4000_0000) return;
    if ((attributes & CONTROL) === 0) {
      const isFirst = records.count === 0;
      records.count += u32be(bytes, at + Offset.recordCount) & 0xff_ffff;
      if (isFirst) {
        records.compression = compressions[attributes & 7] ?? '';
        if ((attributes & 7) === 0) readHeaders(records.trace, bytes, at + Offset.records, end);
      }
    }
    at += 12 + length;
  }
}

/** Signed varint (zigzag) as the format of records has them. */
function varint(): number {
  const value = reader.varint();
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Reads the headers of the record at `at`, if they were captured. */
function readHeaders(trace: TraceContext, bytes: Uint8Array, at: number, end: number): void {
  reader.reset(bytes, at, end);
  varint();
  reader.skip(1);
  varint();
  varint();
  skipBytes();
  skipBytes();
  for (let count = varint(); count > 0 && !reader.short; count--) {
    const nameLength = varint();
    const name = reader.at;
    reader.skip(Math.max(nameLength, 0));
    const valueLength = Math.max(varint(), 0);
    const value = reader.at;
    reader.skip(valueLength);
    if (reader.short) return;
    headerNames.text(bytes, name, name + nameLength);
    readTraceHeader(trace, headerNames.derived, bytes, value, value + valueLength);
  }
}

/** Skips a key or value, which is null where its length is -1. */
function skipBytes(): void {
  const length = varint();
  if (length > 0) reader.skip(length);
}
