/**
 * The agent's spool: blocks on disk from the moment they are full until the server has acknowledged them. In order, bounded,
 * and never waited for by the capture: what does not fit is counted as lost and not written.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openEnvelope } from '../block/envelope.ts';
import { readSegment, SegmentWriter, segmentOverhead } from './segment-file.ts';
import { readJsonFile, replaceFile } from './state-file.ts';

/** What may be chosen about a spool. */
export interface SpoolOptions {
  readonly directory: string;
  /** Most bytes on disk. */
  readonly maxBytes: number;
  /** Bytes after which a new segment is begun: so much is freed at a time. */
  readonly segmentBytes?: number;
  /**
   * When blocks are forced to the disk itself. `never`: they survive the end of the process and not a loss of power;
   * `interval`: at most a second is lost then; `always`: nothing is, at a price.
   */
  readonly sync?: 'never' | 'interval' | 'always';
}

/** Everything a spool counts, since it was opened. */
export interface SpoolCounters {
  /** Blocks and rows that did not fit. */
  lostBlocks: number;
  lostRows: number;
  /** Bytes at the ends of segments that a crash had cut or damaged. */
  corruptBytes: number;
  /** Blocks found from before, to be sent again. */
  recoveredBlocks: number;
}

/** A block that waits. */
export interface SpooledBlock {
  readonly sequence: number;
  readonly table: string;
  readonly rows: number;
  /** The envelope. */
  readonly bytes: Uint8Array;
}

interface Segment {
  readonly path: string;
  /** Numbers of the blocks in it that are not acknowledged. */
  readonly waiting: Set<number>;
  bytes: number;
}

const stateName = 'state.json';
/** More blocks than an agent can have made since its state last reached the disk. */
const leap = 2 ** 20;
const defaultSegmentBytes = 8 * 1024 * 1024;
/** Blocks that are kept in memory as well; further ones are read back when it is their turn. */
const memoryBytes = 16 * 1024 * 1024;

export class Spool implements AsyncDisposable {
  /** The agent's id, 16 hex digits: made with the spool, and lives as long as it does. */
  readonly agent: string;
  readonly counters: SpoolCounters = { lostBlocks: 0, lostRows: 0, corruptBytes: 0, recoveredBlocks: 0 };
  readonly #options: Required<SpoolOptions>;
  readonly #segments: Segment[] = [];
  /** Blocks not acknowledged, in order. Bytes are undefined where only the file has them. */
  readonly #blocks = new Map<
    number,
    { segment: Segment; block: Omit<SpooledBlock, 'bytes'>; bytes: Uint8Array | undefined }
  >();
  #inMemory = 0;
  #writer: SegmentWriter | undefined;
  #writing: Segment | undefined;
  #sequence: number;
  #acknowledged: number;
  #bytes = 0;
  #segmentNumber = 0;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(options: Required<SpoolOptions>, agent: string, acknowledged: number, sequence: number) {
    this.#options = options;
    this.agent = agent;
    this.#acknowledged = acknowledged;
    this.#sequence = Math.max(acknowledged, sequence);
  }

  /** Opens a spool, with what it holds from before. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const segmentBytes = Math.min(options.segmentBytes ?? defaultSegmentBytes, Math.floor(options.maxBytes / 4));
    const complete = { sync: 'never' as const, ...options, segmentBytes };
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const state = await readJsonFile(join(options.directory, stateName));
    const known = isState(state) ? state : undefined;
    const agent = known?.agent ?? randomBytes(8).toString('hex');
    const spool = new Spool(complete, agent, known?.acknowledged ?? 0, known?.sequence ?? 0);
    await spool.#recover();
    // A loss of power may have undone the last acknowledgements: numbers given then must not be given again.
    if (known?.clean === false) spool.#sequence += leap;
    await spool.#saveState(false);
    if (complete.sync === 'interval') {
      spool.#timer = setInterval(() => void spool.#run(() => spool.#writer?.sync() ?? Promise.resolve()), 1000).unref();
    }
    return spool;
  }

  /** The number for the next block. Each is given once, also across restarts. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Blocks that wait. */
  get waiting(): number {
    return this.#blocks.size;
  }

  /**
   * Keeps a block. Resolves to false, and counts it as lost, where the spool or the disk is full.
   *
   * @param envelope sealed with a number from {@link nextSequence}, and not changed afterwards
   */
  put(envelope: Uint8Array): Promise<boolean> {
    const { sequence, table, rows } = openEnvelope(envelope);
    const taken = envelope.length + segmentOverhead.record;
    if (this.#bytes + taken + segmentOverhead.file > this.#options.maxBytes) {
      this.#lose(rows);
      return Promise.resolve(false);
    }
    this.#bytes += taken;
    return this.#run(async () => {
      try {
        const segment = await this.#segmentFor(taken);
        await this.#writer?.append(envelope);
        if (this.#options.sync === 'always') await this.#writer?.sync();
        segment.bytes += taken;
        segment.waiting.add(sequence);
        const keep = this.#inMemory + envelope.length <= memoryBytes;
        if (keep) this.#inMemory += envelope.length;
        this.#blocks.set(sequence, { segment, block: { sequence, table, rows }, bytes: keep ? envelope : undefined });
        return true;
      } catch {
        this.#bytes -= taken;
        this.#lose(rows);
        return false;
      }
    });
  }

  /** The oldest block with a number above `after`, undefined where there is none. */
  async next(after = 0): Promise<SpooledBlock | undefined> {
    await this.#work;
    for (const [sequence, { segment, block, bytes }] of this.#blocks) {
      if (sequence <= after) continue;
      if (bytes !== undefined) return { ...block, bytes };
      await this.#load(segment);
      const loaded = this.#blocks.get(sequence)?.bytes;
      if (loaded !== undefined) return { ...block, bytes: loaded };
      // It is gone from the file: somebody damaged it. Nothing else could ever send it.
      this.#lose(block.rows);
      await this.#forget(sequence);
    }
    return undefined;
  }

  /** The server has this block and all before it. */
  async acknowledge(sequence: number): Promise<void> {
    await this.#run(async () => {
      for (const one of [...this.#blocks.keys()]) {
        if (one > sequence) break;
        await this.#forget(one);
      }
      if (sequence > this.#acknowledged) {
        this.#acknowledged = sequence;
        await this.#saveState(false);
      }
    });
  }

  /** Writes what is in memory to the disk and closes. Blocks that wait are there when it is opened again. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#run(async () => {
      await this.#writer?.sync();
      await this.#writer?.close();
      this.#writer = undefined;
      await this.#saveState(true);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #recover(): Promise<void> {
    const names = (await readdir(this.#options.directory)).filter((name) => /^\d{12}\.seg$/.test(name)).sort();
    for (const name of names) {
      const path = join(this.#options.directory, name);
      this.#segmentNumber = Number.parseInt(name, 10);
      const { records, lostBytes } = await readSegment(path);
      this.counters.corruptBytes += lostBytes;
      const segment: Segment = { path, waiting: new Set(), bytes: (await stat(path)).size };
      for (const bytes of records) {
        const { sequence, table, rows } = openEnvelope(bytes);
        this.#sequence = Math.max(this.#sequence, sequence);
        if (sequence <= this.#acknowledged) continue;
        segment.waiting.add(sequence);
        this.#blocks.set(sequence, { segment, block: { sequence, table, rows }, bytes: undefined });
        this.counters.recoveredBlocks++;
      }
      if (segment.waiting.size === 0) await rm(path, { force: true });
      else {
        this.#segments.push(segment);
        this.#bytes += segment.bytes;
      }
    }
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    if (this.#writing !== undefined && this.#writing.bytes + bytes <= this.#options.segmentBytes) return this.#writing;
    await this.#writer?.close();
    this.#writer = undefined;
    const finished = this.#writing;
    this.#writing = undefined;
    if (finished !== undefined && finished.waiting.size === 0) await this.#removeSegment(finished);
    const path = join(this.#options.directory, `${String(++this.#segmentNumber).padStart(12, '0')}.seg`);
    this.#writer = await SegmentWriter.create(path);
    this.#writing = { path, waiting: new Set(), bytes: segmentOverhead.file };
    this.#bytes += segmentOverhead.file;
    this.#segments.push(this.#writing);
    return this.#writing;
  }

  /** Reads a segment's waiting blocks into memory. */
  async #load(segment: Segment): Promise<void> {
    const { records } = await readSegment(segment.path);
    for (const bytes of records) {
      const entry = this.#blocks.get(openEnvelope(bytes).sequence);
      if (entry === undefined || entry.bytes !== undefined || entry.segment !== segment) continue;
      entry.bytes = bytes;
      this.#inMemory += bytes.length;
    }
  }

  async #forget(sequence: number): Promise<void> {
    const entry = this.#blocks.get(sequence);
    if (entry === undefined) return;
    this.#blocks.delete(sequence);
    if (entry.bytes !== undefined) this.#inMemory -= entry.bytes.length;
    entry.segment.waiting.delete(sequence);
    if (entry.segment.waiting.size === 0 && entry.segment !== this.#writing) await this.#removeSegment(entry.segment);
  }

  async #removeSegment(segment: Segment): Promise<void> {
    this.#bytes -= segment.bytes;
    const at = this.#segments.indexOf(segment);
    if (at >= 0) this.#segments.splice(at, 1);
    await rm(segment.path, { force: true });
  }

  #lose(rows: number): void {
    this.counters.lostBlocks++;
    this.counters.lostRows += rows;
  }

  #saveState(clean: boolean): Promise<void> {
    const state: State = { agent: this.agent, acknowledged: this.#acknowledged, sequence: this.#sequence, clean };
    return replaceFile(
      join(this.#options.directory, stateName),
      JSON.stringify(state),
      this.#options.sync === 'always',
    );
  }

  /** Runs something after all that was begun before. */
  #run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#work.then(work);
    this.#work = next.catch(() => undefined);
    return next;
  }
}

interface State {
  readonly agent: string;
  readonly acknowledged: number;
  /** The last number given out when this was written. */
  readonly sequence: number;
  /** Whether the spool was closed and not merely left. */
  readonly clean: boolean;
}

function isState(value: unknown): value is State {
  return (
    typeof value === 'object' &&
    value !== null &&
    'agent' in value &&
    typeof value.agent === 'string' &&
    /^[0-9a-f]{16}$/.test(value.agent) &&
    'acknowledged' in value &&
    Number.isSafeInteger(value.acknowledged) &&
    'sequence' in value &&
    Number.isSafeInteger(value.sequence) &&
    'clean' in value &&
    typeof value.clean === 'boolean'
  );
}
