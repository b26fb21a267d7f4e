import type { ServerConnection } from './connection.ts';
import type { Spool, SpooledBlock } from './spool.ts';

const shortestPause = 100;
const longestPause = 5_000;

/** What became of blocks, since the start. */
export interface SenderCounters {
  readonly blocks: number;
  readonly rows: number;
  readonly bytes: number;
  readonly refusedBlocks: number;
  readonly refusedRows: number;
}

/**
 * Sends what is in the spool, the oldest first, until it is acknowledged. While the server is away it tries again after
 * pauses that grow to five seconds.
 */
export class Sender {
  readonly #agent: string;
  readonly #spool: Spool;
  readonly #connection: ServerConnection;
  readonly #onRefused: (block: SpooledBlock, why: string) => void;
  #sending = false;
  #pause = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #idle: (() => void)[] = [];
  /** Why nothing gets through, '' while all is well. */
  trouble = '';
  readonly counters = { blocks: 0, rows: 0, bytes: 0, refusedBlocks: 0, refusedRows: 0 };

  constructor(
    agent: string,
    spool: Spool,
    connection: ServerConnection,
    onRefused: (block: SpooledBlock, why: string) => void,
  ) {
    this.#agent = agent;
    this.#spool = spool;
    this.#connection = connection;
    this.#onRefused = onRefused;
  }

  /** There may be something to send. */
  poke(): void {
    if (this.#stopped || this.#sending || this.#timer !== undefined) return;
    for (const block of this.#spool.blocks()) {
      // One at a time: the store takes a block with a lower number than one that it has for a repetition.
      this.#sending = true;
      void this.#send(block);
      return;
    }
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when nothing waits any more, or after `milliseconds`. @returns whether all got through */
  async drain(milliseconds: number): Promise<boolean> {
    if (this.#spool.size === 0) return true;
    this.poke();
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.#spool.size === 0), milliseconds);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }

  async #send(block: SpooledBlock): Promise<void> {
    const bytes = await this.#spool.read(block);
    if (bytes === undefined) {
      this.#sending = false;
      return this.poke();
    }
    const answer = await this.#connection.send({ agent: this.#agent, ...block, bytes });
    if (answer.kind === 'later') {
      this.#sending = false;
      this.trouble = answer.why;
      this.#later(answer.afterMilliseconds);
      return;
    }
    this.trouble = '';
    this.#pause = 0;
    await this.#spool.acknowledge(block);
    this.#sending = false;
    if (answer.kind === 'refused') {
      this.counters.refusedBlocks++;
      this.counters.refusedRows += block.rows;
      this.#onRefused(block, answer.why);
    } else {
      this.counters.blocks++;
      this.counters.rows += block.rows;
      this.counters.bytes += block.size;
    }
    this.poke();
  }

  #later(atLeast: number): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#pause = Math.min(longestPause, Math.max(shortestPause, this.#pause * 2));
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.poke();
      },
      Math.max(atLeast, this.#pause),
    );
  }
}
