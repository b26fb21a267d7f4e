import type { Engine } from '../engine.ts';
import type { IncomingBlock } from '../store.ts';
import type { BlockSettler, BlockWriter, WriterStats } from './block-writer.ts';

/**
 * Each block is an insert of its own, told apart by agent and number. For servers: they take many inserts at a time, and what
 * they have stored once, they know on every replica, whichever of our servers sends it again.
 */
export class DirectWriter implements BlockWriter {
  readonly #engine: Engine;
  readonly #database: string;
  readonly #settler: BlockSettler | undefined;
  readonly #running = new Set<Promise<void>>();
  #pendingBytes = 0;

  constructor(engine: Engine, database: string, settler?: BlockSettler) {
    this.#engine = engine;
    this.#database = database;
    this.#settler = settler;
  }

  async write({ agent, sequence, block }: IncomingBlock): Promise<void> {
    if (block.rows === 0) return;
    // A copy: the bytes may be of a buffer that is filled again while the request waits for a connection.
    const bytes = Uint8Array.from(block.bytes);
    this.#settler?.see({ agent, sequence, block });
    this.#settler?.settle(block, bytes);
    this.#pendingBytes += block.bytes.length;
    const insert = this.#engine.insert({
      database: this.#database,
      table: block.table.name,
      columns: block.known,
      skipUnknown: block.unknown.length > 0,
      blocks: [bytes],
      token: `${agent}/${block.table.name}/${sequence}`,
    });
    this.#running.add(insert);
    try {
      await insert;
    } finally {
      this.#running.delete(insert);
      this.#pendingBytes -= block.bytes.length;
    }
  }

  /** Nothing waits here anyway. */
  asked(): void {}

  async flush(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  stats(): WriterStats {
    const { size } = this.#running;
    return { pendingBlocks: size, pendingBytes: this.#pendingBytes, duplicates: 0, quarantined: 0, lastError: '' };
  }

  close(): Promise<void> {
    return this.flush();
  }
}
