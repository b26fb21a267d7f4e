/**
 * Blocks of many agents, gathered into few inserts. An insert into the embedded engine costs the same tens of milliseconds
 * for a hundred rows as for ten thousand, since each fills the roll-ups too; so blocks are first written to a journal, which
 * is when they are acknowledged, and a journal segment becomes one insert a table.
 *
 * A segment never changes once it is closed, and its inserts carry its name as token: inserting it again after a crash gives
 * the same parts, which the engine leaves aside where it has them already, in each roll-up by itself. So every row is stored
 * once, whenever the process dies.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { WirelightError } from '../../base/errors.ts';
import { Compression, type Envelope, openEnvelope, sealEnvelope, unpackEnvelope } from '../../wire/block/envelope.ts';
import { readTableBlock } from '../../wire/block/validate.ts';
import type { Engine } from '../engine.ts';
import type { IncomingBlock } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { BlockSettler, BlockWriter, WriterStats } from './block-writer.ts';
import { type InsertGroup, JournalSegment } from './journal-segment.ts';
import { readJsonFile, replaceFile } from './state-file.ts';

/** What may be chosen about the journal. */
export interface JournalOptions {
  readonly directory: string;
  readonly database: string;
  /** Whether what is acknowledged survives a loss of power. */
  readonly fsync: boolean;
  /** Rows and bytes after which a segment is inserted. */
  readonly groupRows: number;
  readonly groupBytes: number;
  /** Bytes that may wait; whoever writes more waits too. */
  readonly pendingBytes: number;
  /** Longest time in milliseconds that a block stays in the journal: while somebody reads, and while nobody does. */
  readonly freshMilliseconds: number;
  readonly idleMilliseconds: number;
  /** Longest time in milliseconds that a writer waits for room. */
  readonly roomMilliseconds: number;
  /** What blocks wait for in the journal before they are inserted. */
  readonly settler?: BlockSettler;
}

export const journalDefaults = {
  groupRows: 400_000,
  groupBytes: 112 * 1024 * 1024,
  pendingBytes: 256 * 1024 * 1024,
  freshMilliseconds: 2000,
  idleMilliseconds: 15_000,
  roomMilliseconds: 10_000,
} as const;

/** Somebody counts as reading for this long after the last question. */
const watchedMilliseconds = 60_000;
const retryMilliseconds = 1000;
const stateName = 'state.json';

interface State {
  /** Part of every token, so that the segments of a journal that was made anew are not taken for those of the old. */
  readonly journal: string;
  readonly nextSegment: number;
  /** The highest number stored, by agent. */
  readonly stored: Readonly<Record<string, number>>;
}

export class JournalWriter implements BlockWriter {
  readonly #engine: Engine;
  readonly #options: JournalOptions;
  readonly #journal: string;
  /** The highest number in the tables, by agent; and the highest in the tables or the journal. */
  readonly #stored: Map<string, number>;
  readonly #written: Map<string, number>;
  #nextSegment: number;
  #current: JournalSegment | undefined;
  /** Closed segments that are being inserted or wait for it, oldest first. */
  readonly #closed: JournalSegment[] = [];
  #inserting: Promise<void> | undefined;
  /** Changes of the current segment, one after another. */
  #lock: Promise<unknown> = Promise.resolve();
  #pendingBytes = 0;
  #pendingBlocks = 0;
  #duplicates = 0;
  #quarantined = 0;
  #lastError = '';
  #lastAsked = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;
  readonly #waitingForRoom: (() => void)[] = [];
  /** Those who want everything in the tables now, and what ends the wait for other agents' blocks. */
  #hurrying = 0;
  #hurry: (() => void) | undefined;

  private constructor(engine: Engine, options: JournalOptions, state: State) {
    this.#engine = engine;
    this.#options = options;
    this.#journal = state.journal;
    this.#nextSegment = state.nextSegment;
    this.#stored = new Map(Object.entries(state.stored));
    this.#written = new Map(this.#stored);
  }

  /** Opens the journal and stores what a crash left in it. The tables must be there. */
  static async open(engine: Engine, options: JournalOptions): Promise<JournalWriter> {
    await mkdir(join(options.directory, 'quarantine'), { recursive: true, mode: 0o700 });
    const read = await readJsonFile(join(options.directory, stateName));
    const state = isState(read) ? read : { journal: randomBytes(8).toString('hex'), nextSegment: 1, stored: {} };
    const writer = new JournalWriter(engine, options, state);
    await writer.#saveState();
    await writer.#recover();
    return writer;
  }

  async write(incoming: IncomingBlock): Promise<void> {
    if (this.#closing) throw new StoreError('store_closed', 'the store is closed');
    await this.#room();
    try {
      const segments = await this.#locked(() => this.#append(incoming));
      if (this.#options.fsync) await Promise.all(segments.map((segment) => segment.sync()));
    } catch (cause) {
      throw journalError(cause);
    }
  }

  /** Somebody reads: from now on blocks reach the tables sooner. */
  asked(): void {
    this.#lastAsked = performance.now();
    if (this.#current !== undefined) this.#schedule(this.#current);
  }

  async flush(): Promise<void> {
    this.#hurrying++;
    this.#hurry?.();
    try {
      await this.#locked(() => this.#rotate());
      await this.#inserting;
    } finally {
      this.#hurrying--;
    }
  }

  stats(): WriterStats {
    return {
      pendingBlocks: this.#pendingBlocks,
      pendingBytes: this.#pendingBytes,
      duplicates: this.#duplicates,
      quarantined: this.#quarantined,
      lastError: this.#lastError,
    };
  }

  /** Stores what waits, unless the engine refuses: then it is stored at the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.flush();
    for (const go of this.#waitingForRoom.splice(0)) go();
    for (const segment of this.#closed) await segment.close(this.#options.fsync);
  }

  /** Writes a block to the current segment. Gives the segments that must reach the disk before it is acknowledged. */
  async #append({ agent, sequence, block }: IncomingBlock): Promise<readonly JournalSegment[]> {
    if (sequence <= (this.#written.get(agent) ?? 0)) {
      this.#duplicates++;
      return this.#current === undefined ? this.#closed : [...this.#closed, this.#current];
    }
    if (block.rows > 0) {
      const header = { agent, sequence, table: block.table.name, rows: block.rows, from: 0n, to: 0n };
      const envelope = sealEnvelope(header, block.bytes, Compression.none);
      this.#current ??= await JournalSegment.create(this.#nextSegment, this.#pathOf(this.#nextSegment++));
      const segment = this.#current;
      await segment.append(envelope);
      this.#note(segment, agent, sequence, block, openEnvelope(envelope).payload);
      this.#written.set(agent, sequence);
      if (segment.rows >= this.#options.groupRows || segment.bytes >= this.#options.groupBytes) this.#rotate();
      else if (segment.blocks === 1) this.#schedule(segment);
      return [segment];
    }
    this.#written.set(agent, sequence);
    return [];
  }

  #note(
    segment: JournalSegment,
    agent: string,
    sequence: number,
    block: IncomingBlock['block'],
    native: Uint8Array,
  ): void {
    segment.add(agent, sequence, block, native);
    if (this.#options.settler !== undefined) {
      this.#options.settler.see({ agent, sequence, block });
      segment.unsettled.push({ block, bytes: native });
      segment.ended = performance.now();
    }
    this.#pendingBytes += native.length;
    this.#pendingBlocks++;
  }

  async #room(): Promise<void> {
    const deadline = performance.now() + this.#options.roomMilliseconds;
    while (this.#pendingBytes > this.#options.pendingBytes && !this.#closing) {
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new StoreError('store_busy', 'the store cannot keep up: the block was not taken', {
          ...(this.#lastError === '' ? {} : { why: this.#lastError }),
          next: 'send it again later',
        });
      }
      await new Promise<void>((go) => {
        const timer = setTimeout(go, left);
        this.#waitingForRoom.push(() => {
          clearTimeout(timer);
          go();
        });
      });
    }
  }

  #schedule(segment: JournalSegment): void {
    const watched = performance.now() - this.#lastAsked < watchedMilliseconds;
    const limit = watched ? this.#options.freshMilliseconds : this.#options.idleMilliseconds;
    clearTimeout(this.#timer);
    const rotate = () => void this.#locked(() => this.#rotate());
    this.#timer = setTimeout(rotate, Math.max(0, segment.began + limit - performance.now())).unref();
  }

  /** Closes the current segment and sees to it that what is closed is inserted. Only under the lock. */
  #rotate(): void {
    clearTimeout(this.#timer);
    if (this.#current !== undefined) this.#closed.push(this.#current);
    this.#current = undefined;
    this.#startInserting();
  }

  #startInserting(): void {
    if (this.#closed.length === 0 || this.#inserting !== undefined) return;
    this.#inserting = this.#insertClosed().finally(() => {
      this.#inserting = undefined;
      if (!this.#closing) this.#startInserting();
    });
  }

  async #insertClosed(): Promise<void> {
    while (this.#closed.length > 0) {
      const segment = this.#closed[0];
      try {
        await segment.close(this.#options.fsync);
        await this.#settle(segment);
        await this.#insertSegment(segment);
        for (const [agent, sequence] of segment.highest) {
          this.#stored.set(agent, Math.max(sequence, this.#stored.get(agent) ?? 0));
        }
        await this.#saveState();
        await unlink(segment.path);
      } catch (error) {
        this.#lastError = messageOf(error);
        if (this.#closing) return;
        await new Promise((resolve) => setTimeout(resolve, retryMilliseconds));
        continue;
      }
      this.#lastError = '';
      this.#closed.shift();
      this.#pendingBytes -= segment.bytes;
      this.#pendingBlocks -= segment.blocks;
      for (const go of this.#waitingForRoom.splice(0)) go();
    }
  }

  /** Gives the blocks of other agents some time to come, and then says what they tell together. */
  async #settle(segment: JournalSegment): Promise<void> {
    const { settler, pendingBytes } = this.#options;
    if (settler === undefined) return;
    const wait = segment.ended + settler.hold - performance.now();
    const inHurry = this.#hurrying > 0 || this.#closing || this.#pendingBytes > pendingBytes / 2;
    if (wait > 0 && !inHurry) {
      await new Promise<void>((go) => {
        const timer = setTimeout(go, wait);
        this.#hurry = () => {
          clearTimeout(timer);
          go();
        };
      });
      this.#hurry = undefined;
    }
    for (const { block, bytes } of segment.unsettled) settler.settle(block, bytes);
  }

  async #insertSegment(segment: JournalSegment): Promise<void> {
    let part = 0;
    for (const group of segment.groups.values()) {
      const token = `${this.#journal}/${segment.number}/${part++}`;
      try {
        await this.#insert(group, group.blocks, token);
      } catch (error) {
        if (!isPermanent(error)) throw error;
        await this.#insertEach(group, token, segment.number);
      }
    }
  }

  /** After the engine refused them together: one by one, and what it refuses alone goes into quarantine. */
  async #insertEach(group: InsertGroup, token: string, segment: number): Promise<void> {
    for (const [index, block] of group.blocks.entries()) {
      try {
        await this.#insert(group, [block], `${token}/${index}`);
      } catch (error) {
        if (!isPermanent(error)) throw error;
        await this.#quarantine(`${segment}-${group.table}-${index}.native`, block);
      }
    }
  }

  #insert(group: InsertGroup, blocks: readonly Uint8Array[], token: string): Promise<void> {
    const { table, columns, skipUnknown } = group;
    return this.#engine.insert({ database: this.#options.database, table, columns, skipUnknown, blocks, token });
  }

  async #quarantine(name: string, bytes: Uint8Array): Promise<void> {
    this.#quarantined++;
    await replaceFile(join(this.#options.directory, 'quarantine', name), bytes, false);
  }

  async #recover(): Promise<void> {
    const names = (await readdir(this.#options.directory)).filter((name) => /^\d{12}\.seg$/.test(name)).sort();
    for (const name of names) {
      const number = Number.parseInt(name, 10);
      this.#nextSegment = Math.max(this.#nextSegment, number + 1);
      const { segment, records } = await JournalSegment.read(number, join(this.#options.directory, name));
      // A record that a crash cut short is not among them: it was never acknowledged, and its agent sends it again.
      for (const { envelope, bytes } of records) await this.#recoverBlock(segment, envelope, bytes);
      this.#closed.push(segment);
    }
    this.#startInserting();
    await this.#inserting;
  }

  async #recoverBlock(segment: JournalSegment, envelope: Envelope, record: Uint8Array): Promise<void> {
    const { agent, sequence, table } = envelope;
    this.#written.set(agent, Math.max(sequence, this.#written.get(agent) ?? 0));
    try {
      const block = readTableBlock(table, unpackEnvelope(envelope));
      this.#note(segment, agent, sequence, block, block.bytes);
    } catch {
      // A version that knew more wrote it. Kept, so that such a version can still have it.
      await this.#quarantine(`${segment.number}-${agent}-${sequence}.block`, record);
    }
  }

  #saveState(): Promise<void> {
    const state: State = {
      journal: this.#journal,
      nextSegment: this.#nextSegment,
      stored: Object.fromEntries(this.#stored),
    };
    return replaceFile(join(this.#options.directory, stateName), JSON.stringify(state), this.#options.fsync);
  }

  #pathOf(number: number): string {
    return join(this.#options.directory, `${String(number).padStart(12, '0')}.seg`);
  }

  /** Runs something after all that was begun before. */
  #locked<T>(work: () => T | Promise<T>): Promise<T> {
    const next = this.#lock.then(work);
    this.#lock = next.catch(() => undefined);
    return next;
  }
}

/** Whether trying again could not help: the engine understood the block and refuses it. */
function isPermanent(error: unknown): boolean {
  return error instanceof StoreError && (error.code === 'bad_query' || error.code === 'bad_data');
}

function journalError(cause: unknown): Error {
  if (cause instanceof WirelightError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new StoreError('disk_full', "the store's disk is full: the block was not taken", {
        why: messageOf(cause),
        next: 'free space, or give the store a smaller disk budget so that the oldest rows go sooner',
        cause,
      })
    : new StoreError('store_failed', 'the journal of the store cannot be written', { why: messageOf(cause), cause });
}

function messageOf(error: unknown): string {
  if (error instanceof WirelightError && error.why !== undefined) return `${error.message}: ${error.why}`;
  return error instanceof Error ? error.message : String(error);
}

function isState(value: unknown): value is State {
  return (
    typeof value === 'object' &&
    value !== null &&
    'journal' in value &&
    typeof value.journal === 'string' &&
    'nextSegment' in value &&
    Number.isSafeInteger(value.nextSegment) &&
    'stored' in value &&
    typeof value.stored === 'object' &&
    value.stored !== null
  );
}
