import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A block that waits to be acknowledged. */
export interface SpooledBlock {
  readonly sequence: number;
  readonly table: string;
  readonly rows: number;
  readonly size: number;
}

const pattern = /^(\d{16})\.([a-z0-9_]+)\.(\d+)\.block$/;

/** What a spool may hold. */
export interface SpoolLimits {
  /** Bytes on disk. What does not fit is lost and counted, the newest first: what came first is kept in order. */
  readonly bytes: number;
  /** Bytes that may wait in memory to be written. */
  readonly memoryBytes: number;
}

/**
 * Blocks on disk from the moment when they are made until the server has acknowledged them: a file each, put in place by
 * renaming, so that a process that is killed leaves either the whole block or none of it.
 */
export class Spool {
  readonly #directory: string;
  readonly #limits: SpoolLimits;
  readonly #blocks = new Map<number, SpooledBlock>();
  /** Bytes of blocks that are being written, so that they can be sent without reading them. */
  readonly #fresh = new Map<number, Uint8Array>();
  #bytes = 0;
  #freshBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  /** Rows and blocks that found no room, since the start. */
  lostRows = 0;
  lostBlocks = 0;
  /** Why the last block could not be written, '' while all is well. */
  trouble = '';

  /** Opens a directory, made where it does not exist, and takes up what an earlier run left there. */
  constructor(directory: string, limits: SpoolLimits) {
    this.#directory = directory;
    this.#limits = limits;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const found: SpooledBlock[] = [];
    for (const name of readdirSync(directory)) {
      const match = pattern.exec(name);
      const path = join(directory, name);
      if (match === null) {
        if (name.endsWith('.part')) rmSync(path, { force: true });
        continue;
      }
      found.push({ sequence: Number(match[1]), table: match[2], rows: Number(match[3]), size: statSync(path).size });
    }
    for (const block of found.toSorted((a, b) => a.sequence - b.sequence)) {
      this.#blocks.set(block.sequence, block);
      this.#bytes += block.size;
    }
  }

  /** Blocks and bytes that wait. */
  get size(): number {
    return this.#blocks.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What waits, in the order in which it came. */
  blocks(): Iterable<SpooledBlock> {
    return this.#blocks.values();
  }

  /**
   * Takes a block. Returns at once: it is written beside.
   * @param bytes copied
   * @returns false where there is no room: the block is lost and counted
   */
  add(sequence: number, table: string, rows: number, bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (this.#bytes + size > this.#limits.bytes || this.#freshBytes + size > this.#limits.memoryBytes) {
      this.lostRows += rows;
      this.lostBlocks++;
      return false;
    }
    const block: SpooledBlock = { sequence, table, rows, size };
    const copy = bytes.slice();
    this.#blocks.set(sequence, block);
    this.#fresh.set(sequence, copy);
    this.#bytes += size;
    this.#freshBytes += size;
    this.#writing = this.#writing.then(() => this.#write(block, copy));
    return true;
  }

  /** The bytes of a block, undefined where they cannot be read: then it is counted as lost and forgotten. */
  async read(block: SpooledBlock): Promise<Uint8Array | undefined> {
    const fresh = this.#fresh.get(block.sequence);
    if (fresh !== undefined) return fresh;
    try {
      return await readFile(this.#path(block));
    } catch (error) {
      this.trouble = messageOf(error);
      this.lostRows += block.rows;
      this.lostBlocks++;
      this.#forget(block);
      return undefined;
    }
  }

  /** The server has it: its room is free again. */
  async acknowledge(block: SpooledBlock): Promise<void> {
    if (!this.#forget(block)) return;
    await this.#writing;
    await rm(this.#path(block), { force: true });
  }

  /** Resolves when everything that was added is on disk. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #forget(block: SpooledBlock): boolean {
    if (!this.#blocks.delete(block.sequence)) return false;
    this.#bytes -= block.size;
    if (this.#fresh.delete(block.sequence)) this.#freshBytes -= block.size;
    return true;
  }

  async #write(block: SpooledBlock, bytes: Uint8Array): Promise<void> {
    if (!this.#blocks.has(block.sequence)) return; // acknowledged meanwhile
    const path = this.#path(block);
    try {
      await writeFile(`${path}.part`, bytes, { mode: 0o600 });
      await rename(`${path}.part`, path);
      this.trouble = '';
      // From here on it is read from the disk.
      if (this.#fresh.delete(block.sequence)) this.#freshBytes -= block.size;
    } catch (error) {
      // It stays in memory, within its limit, and is sent from there.
      this.trouble = messageOf(error);
    }
  }

  #path(block: SpooledBlock): string {
    return join(this.#directory, `${String(block.sequence).padStart(16, '0')}.${block.table}.${block.rows}.block`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
