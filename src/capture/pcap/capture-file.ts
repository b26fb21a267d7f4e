import { CaptureDamaged, type CaptureFormat, type FormatContext, MAX_RECORD } from './capture-format.ts';
import { isPcap, PcapFormat } from './pcap-format.ts';
import { isPcapng, PcapngFormat } from './pcapng-format.ts';

/** What became of a capture file as a file. */
export interface FileOutcome {
  readonly format: 'pcap' | 'pcapng' | 'unknown';
  /** Bytes read, after decompression; up to the damage where there is one. */
  readonly bytes: number;
  /** Why it could not be read to its end, '' where it could. What came before was read. */
  readonly damage: string;
}

const FIRST_BUFFER = 4 * 1024 * 1024;
/** What a file gets that comes in small pieces, most likely because it is small. */
const SMALL_BUFFER = 64 * 1024;

/**
 * Reads all packets of a capture file, in bounded memory. Never throws for what the file contains: damage ends the
 * reading and is told in the result; a last packet that is cut short is counted as `file_cut_short`.
 * @throws what `source` throws, but for errors of decompression
 */
export async function readCaptureFile(
  source: AsyncIterable<Uint8Array>,
  context: FormatContext,
  signal?: AbortSignal,
): Promise<FileOutcome> {
  let window = new Window(SMALL_BUFFER);
  let format: CaptureFormat | undefined;
  let name: FileOutcome['format'] = 'unknown';
  let damage = '';
  let readTo: number | undefined;
  try {
    for await (const piece of source) {
      if (signal?.aborted === true) break;
      if (window.total === 0 && piece.length > SMALL_BUFFER) window = new Window(FIRST_BUFFER);
      for (let taken = 0; taken < piece.length; ) {
        taken += window.append(piece, taken);
        if (format === undefined) {
          if (window.size < 4) continue;
          const magic = window.view.getUint32(window.start);
          name = isPcapng(magic) ? 'pcapng' : isPcap(magic) ? 'pcap' : 'unknown';
          if (name === 'unknown') throw new CaptureDamaged(strange(window), window.start);
          format = name === 'pcapng' ? new PcapngFormat(context) : new PcapFormat(context);
        }
        window.start = format.parse(window.bytes, window.view, window.start, window.end);
        window.reserve(format.needed);
      }
    }
    if (format === undefined && signal?.aborted !== true) {
      damage = window.total === 0 ? 'the file is empty' : strange(window);
    } else if (window.total > 0 && window.size === window.total && signal?.aborted !== true) {
      damage = `it begins like a ${name} file and ends after ${window.total} bytes, before its header does`;
      name = 'unknown';
    } else if (window.size > 0 && signal?.aborted !== true) context.skips.count('file_cut_short');
  } catch (error) {
    if (error instanceof CaptureDamaged) {
      readTo = window.total - window.end + error.position;
      damage = name === 'unknown' ? error.message : `the file is damaged at byte ${readTo}: ${error.message}`;
    } else if (isDecompressionError(error)) {
      damage = `the gzip data is damaged after ${window.total} decompressed bytes: ${error.message}`;
    } else if (signal?.aborted !== true) throw error; // a source that was closed on the way complains
  }
  return { format: name, bytes: readTo ?? window.total, damage };
}

function strange(window: Window): string {
  const head = Buffer.from(window.bytes.subarray(window.start, Math.min(window.end, window.start + 8))).toString('hex');
  return `this is neither a pcap nor a pcapng file (it begins with the bytes ${head.replace(/(..)(?=.)/g, '$1 ')})`;
}

function isDecompressionError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

/** The part of the file that is in memory: bytes[start] .. bytes[end - 1] are not parsed yet. */
class Window {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  start = 0;
  end = 0;
  /** Bytes appended so far. */
  total = 0;

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  get size(): number {
    return this.end - this.start;
  }

  /** Takes as much of piece[from] .. as there is room for; returns how much. */
  append(piece: Uint8Array, from: number): number {
    if (this.start === this.end) this.start = this.end = 0;
    else if (this.bytes.length - this.end < piece.length - from && this.start > 0) this.#compact();
    const taken = Math.min(piece.length - from, this.bytes.length - this.end);
    this.bytes.set(from === 0 && taken === piece.length ? piece : piece.subarray(from, from + taken), this.end);
    this.end += taken;
    this.total += taken;
    return taken;
  }

  /** Makes room for a record of `needed` bytes from `start` on. */
  reserve(needed: number): void {
    if (needed <= this.bytes.length || needed > MAX_RECORD + 64) return;
    const larger = new Uint8Array(Math.min(MAX_RECORD + 64, Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  #compact(): void {
    this.bytes.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
  }
}
