import type { TableBlock } from '../../wire/block/validate.ts';
import { readSegment, type SegmentContent, SegmentWriter } from './segment-file.ts';

/** What goes into one insert: blocks of one table with the same columns. */
export interface InsertGroup {
  readonly table: string;
  readonly columns: readonly string[];
  readonly skipUnknown: boolean;
  readonly blocks: Uint8Array[];
}

/** A segment of the journal with what is in it, in memory too until it is inserted. */
export class JournalSegment {
  readonly number: number;
  readonly path: string;
  /** In the order in which they first came, so that inserting the segment again does the same. */
  readonly groups = new Map<string, InsertGroup>();
  /** The highest number of each agent in it. */
  readonly highest = new Map<string, number>();
  /** Blocks that are settled before they are inserted, with the bytes that are. */
  readonly unsettled: { readonly block: TableBlock; readonly bytes: Uint8Array }[] = [];
  /** When the last was added to it, by the monotonic clock. */
  ended = Number.NEGATIVE_INFINITY;
  rows = 0;
  bytes = 0;
  blocks = 0;
  /** When its first block came, by the monotonic clock. */
  readonly began = performance.now();
  #writer: SegmentWriter | undefined;
  #runningSync: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  private constructor(number: number, path: string, writer: SegmentWriter | undefined) {
    this.number = number;
    this.path = path;
    this.#writer = writer;
  }

  static async create(number: number, path: string): Promise<JournalSegment> {
    return new JournalSegment(number, path, await SegmentWriter.create(path));
  }

  /** A segment from before, with its records. */
  static async read(
    number: number,
    path: string,
  ): Promise<{ segment: JournalSegment; records: SegmentContent['records'] }> {
    const { records } = await readSegment(path);
    return { segment: new JournalSegment(number, path, undefined), records };
  }

  /** Writes a record. Where that fails, nothing of it remains. */
  async append(envelope: Uint8Array): Promise<void> {
    if (this.#writer === undefined) throw new Error('the segment is closed');
    await this.#writer.append(envelope);
  }

  /** Notes a block that the file has. */
  add(
    agent: string,
    sequence: number,
    block: Pick<TableBlock, 'table' | 'known' | 'unknown' | 'rows'>,
    native: Uint8Array,
  ): void {
    const skipUnknown = block.unknown.length > 0;
    const key = `${block.table.name}/${skipUnknown}/${block.known.join(',')}`;
    const group = this.groups.get(key);
    if (group === undefined) {
      this.groups.set(key, { table: block.table.name, columns: block.known, skipUnknown, blocks: [native] });
    } else {
      group.blocks.push(native);
    }
    this.highest.set(agent, Math.max(sequence, this.highest.get(agent) ?? 0));
    this.rows += block.rows;
    this.bytes += native.length;
    this.blocks++;
  }

  /** Resolves once all that was appended before survives a loss of power. Those who ask meanwhile share the next round. */
  sync(): Promise<void> {
    if (this.#writer === undefined) return Promise.resolve();
    this.#nextSync ??= (this.#runningSync ?? Promise.resolve()).then(() => {
      this.#runningSync = this.#nextSync;
      this.#nextSync = undefined;
      return this.#writer?.sync();
    });
    return this.#nextSync;
  }

  /** No more is written. */
  async close(sync: boolean): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    if (sync) await this.sync();
    this.#writer = undefined;
    await writer.close();
  }
}
