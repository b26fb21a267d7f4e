/**
 * Files of records: what blocks are kept in until they are safely elsewhere. A record is its length, the CRC-32 of its bytes,
 * and its bytes. What a crash cut short at the end is found by that, told, and left aside.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const magic = Buffer.from('WLSEG1\n\0', 'latin1');
const recordHeader = 8;

/** What a segment takes on disk beside its records' bytes. */
export const segmentOverhead = { file: magic.length, record: recordHeader } as const;

/** A segment that is being written. */
export class SegmentWriter {
  readonly path: string;
  readonly #file: FileHandle;
  #length = magic.length;
  /** Appends run one after another. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Makes a new segment. Fails where the file exists. */
  static async create(path: string): Promise<SegmentWriter> {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.write(magic, 0, magic.length, 0);
      return new SegmentWriter(path, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#length;
  }

  /** Appends a record. Where that fails, nothing of it remains in the file. */
  append(bytes: Uint8Array): Promise<void> {
    const next = this.#last.then(() => this.#append(bytes));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Resolves once everything appended so far survives a loss of power. */
  sync(): Promise<void> {
    return this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const header = Buffer.allocUnsafe(recordHeader);
    header.writeUInt32LE(bytes.length, 0);
    header.writeUInt32LE(crc32(bytes), 4);
    const start = this.#length;
    const total = recordHeader + bytes.length;
    try {
      const { bytesWritten } = await this.#file.writev([header, bytes], start);
      if (bytesWritten !== total) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      this.#length = start + total;
    } catch (error) {
      await this.#file.truncate(start).catch(() => undefined);
      throw error;
    }
  }
}

/** What was found in a segment. */
export interface SegmentContent {
  /** Records in order, as views of one buffer. */
  readonly records: readonly Uint8Array[];
  /** Bytes at the end that are no whole record: cut short by a crash, or damaged. 0 where all is well. */
  readonly lostBytes: number;
}

/** Reads a segment as far as it is good. Throws only where the file cannot be read. */
export async function readSegment(path: string): Promise<SegmentContent> {
  const bytes = await readFile(path);
  if (!bytes.subarray(0, magic.length).equals(magic)) return { records: [], lostBytes: bytes.length };
  const records: Uint8Array[] = [];
  let at = magic.length;
  while (at + recordHeader <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const start = at + recordHeader;
    if (length > bytes.length - start) break;
    const record = bytes.subarray(start, start + length);
    if (crc32(record) !== bytes.readUInt32LE(at + 4)) break;
    records.push(record);
    at = start + length;
  }
  return { records, lostBytes: bytes.length - at };
}
