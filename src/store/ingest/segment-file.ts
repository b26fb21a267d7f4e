/**
 * Files of blocks: what they are kept in until they are safely elsewhere. Envelopes stand one after another, each with its own
 * lengths and checksums; what a crash cut short at the end is found by these, told, and left aside.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Envelope, openEnvelope } from '../../wire/block/envelope.ts';

const magic = Buffer.from('WLSEG1\n\0', 'latin1');

/** Bytes that a segment takes beside those of its envelopes. */
export const segmentOverhead = magic.length;

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

  /** Appends an envelope. Where that fails, nothing of it remains in the file. */
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
    const start = this.#length;
    try {
      const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, start);
      if (bytesWritten !== bytes.length) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      this.#length = start + bytes.length;
    } catch (error) {
      await this.#file.truncate(start).catch(() => undefined);
      throw error;
    }
  }
}

/** What was found in a segment. */
export interface SegmentContent {
  /** Envelopes in order, with their bytes, as views of one buffer. Their payloads fit their checksums. */
  readonly records: readonly { readonly envelope: Envelope; readonly bytes: Uint8Array }[];
  /** Bytes at the end that are no whole envelope: cut short by a crash, or damaged. 0 where all is well. */
  readonly lostBytes: number;
}

/** Reads a segment as far as it is good. Throws only where the file cannot be read. */
export async function readSegment(path: string): Promise<SegmentContent> {
  const bytes = await readFile(path);
  if (!bytes.subarray(0, magic.length).equals(magic)) return { records: [], lostBytes: bytes.length };
  const records: { envelope: Envelope; bytes: Uint8Array }[] = [];
  let at = magic.length;
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    const envelope = envelopeAt(rest);
    if (envelope === undefined) break;
    records.push({ envelope, bytes: rest.subarray(0, envelope.length) });
    at += envelope.length;
  }
  return { records, lostBytes: bytes.length - at };
}

function envelopeAt(bytes: Buffer): Envelope | undefined {
  try {
    const envelope = openEnvelope(bytes);
    return crc32(envelope.payload) === envelope.checksum ? envelope : undefined;
  } catch {
    return undefined;
  }
}
