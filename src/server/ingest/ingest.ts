import { WirelightError } from '../../base/errors.ts';
import type { BlockSettler } from '../../store/index.ts';
import type { Store } from '../../store/store.ts';
import { readTableBlock, type TableBlock } from '../../wire/block/validate.ts';
import { mostBlockBytes } from '../../wire/transport/protocol.ts';
import type { Agents } from './agents.ts';
import { lastEnd, moveTimes, timesOf } from './block-times.ts';
import { forgetNewWords } from './new-words.ts';
import type { Quarantine } from './quarantine.ts';

/** A block as it came in. */
export interface ArrivedBlock {
  readonly agent: string;
  readonly sequence: string;
  readonly table: string;
  /** Epoch milliseconds on the agent's clock when it sent it; NaN where it did not say. */
  readonly clock: number;
  readonly bytes: Uint8Array;
}

/** Who looks at blocks on their way to the store. Each block is shown once. */
export interface BlockReader {
  block(block: TableBlock): void;
}

/** What came in since the start. */
export interface IngestCounters {
  blocks: number;
  rows: number;
  bytes: number;
  repeated: number;
  /** Values of newer agents that this version has no word for: they are taken as the first word, which says least. */
  unknownWords: number;
}

/** Rows from this far in the future are a mistake. */
const mostAhead = 3_600_000;
/** Blocks of an agent that are remembered as stored. */
const remembered = 20_000;

/** An arrived block that will never be taken: putting it aside is all that can be done. */
export class RefusedBlock extends WirelightError {}

/**
 * Takes blocks in: checks them, sets the times right where the agent's clock is off, shows them to those who watch, and
 * resolves once they are stored. What is not as it should be is put aside and refused.
 */
export class Ingest {
  readonly #store: Store;
  readonly #agents: Agents;
  readonly #quarantine: Quarantine;
  readonly #readers: readonly BlockReader[];
  readonly #now: () => number;
  readonly #settler: BlockSettler | undefined;
  readonly #patience: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** `agent/sequence` of blocks that are stored, and of those that were shown to the readers; oldest first. */
  readonly #stored = new Set<string>();
  readonly #shown = new Set<string>();
  /** Blocks that are being stored. */
  readonly #storing = new Map<string, Promise<void>>();
  readonly counters: IngestCounters = {
    blocks: 0,
    rows: 0,
    bytes: 0,
    repeated: 0,
    unknownWords: 0,
  };

  constructor(
    store: Store,
    agents: Agents,
    quarantine: Quarantine,
    readers: readonly BlockReader[],
    now: () => number = Date.now,
    /** Puts together what several agents tell: blocks are shown once it had so many milliseconds for it. */
    together?: { readonly settler: BlockSettler; patience(): number },
  ) {
    this.#store = store;
    this.#agents = agents;
    this.#quarantine = quarantine;
    this.#readers = readers;
    this.#now = now;
    this.#settler = together?.settler;
    this.#patience = () => Math.min(together?.settler.hold ?? 0, together?.patience() ?? 0);
  }

  /** Remembers a block of an earlier run as stored and shown. */
  known(agent: string, sequence: string): void {
    remember(this.#shown, `${agent}/${sequence}`);
  }

  /**
   * Stores a block.
   * @returns how many rows it has, and whether it was there before
   * @throws RefusedBlock where it will never be taken; StoreError where it may be taken later
   */
  async take(arrived: ArrivedBlock): Promise<{ rows: number; repeated: boolean }> {
    const key = `${arrived.agent}/${arrived.sequence}`;
    if (this.#stored.has(key)) {
      this.counters.repeated++;
      return { rows: 0, repeated: true };
    }
    const running = this.#storing.get(key);
    if (running !== undefined) {
      await running;
      this.counters.repeated++;
      return { rows: 0, repeated: true };
    }
    const block = this.#check(arrived);
    this.#agents.block(arrived.agent, arrived.clock, block.rows);
    if (this.#settler === undefined) this.#show(key, block);
    const storing = this.#store.write({ agent: arrived.agent, sequence: Number(arrived.sequence), block });
    this.#storing.set(key, storing);
    try {
      await storing;
    } finally {
      this.#storing.delete(key);
    }
    if (this.#settler !== undefined) this.#showLater(key, block);
    remember(this.#stored, key);
    this.counters.blocks++;
    this.counters.rows += block.rows;
    this.counters.bytes += arrived.bytes.length;
    return { rows: block.rows, repeated: false };
  }

  #check(arrived: ArrivedBlock): TableBlock {
    try {
      if (!/^[0-9a-f]{16}$/.test(arrived.agent))
        throw new RefusedBlock('bad_agent', 'the block does not say whose it is');
      if (!/^\d{1,16}$/.test(arrived.sequence)) throw new RefusedBlock('bad_sequence', 'the block has no number');
      if (arrived.bytes.length > mostBlockBytes) {
        throw new RefusedBlock('too_large', `the block has more than ${mostBlockBytes} bytes`);
      }
      const block = readTableBlock(arrived.table, arrived.bytes);
      this.#checkTimes(block, arrived);
      this.counters.unknownWords += forgetNewWords(block);
      return block;
    } catch (error) {
      if (!(error instanceof WirelightError)) throw error;
      const why = error.why === undefined ? error.message : `${error.message}: ${error.why}`;
      this.#quarantine.put({ ...arrived, code: error.code, why });
      throw new RefusedBlock(error.code, error.message, {
        ...(error.why === undefined ? {} : { why: error.why }),
        ...(error.next === undefined ? {} : { next: error.next }),
        cause: error,
      });
    }
  }

  #checkTimes(block: TableBlock, arrived: ArrivedBlock): void {
    const now = this.#now();
    const ahead = Number.isFinite(arrived.clock) ? arrived.clock - now : 0;
    // Within seconds it is the time of travel; beyond, the agent's clock is off, and its rows with it.
    if (Math.abs(ahead) > 5_000) moveTimes(block, -ahead);
    const times = timesOf(block);
    if (times === undefined) return;
    if (times.last > now + mostAhead) {
      throw new RefusedBlock('bad_time', 'the block has rows of the future', {
        why: `the latest is of ${new Date(times.last).toISOString()}, and it is ${new Date(now).toISOString()}`,
        next: `set the clock of the host of agent ${arrived.agent}`,
      });
    }
    if (times.first < Date.UTC(2020, 0)) {
      throw new RefusedBlock('bad_time', 'the block has rows of a time before Wirelight', {
        why: `the earliest is of ${new Date(times.first).toISOString()}`,
        next: `set the clock of the host of agent ${arrived.agent}`,
      });
    }
    const ended = lastEnd(block);
    if (ended !== undefined) this.#agents.lag(arrived.agent, now - ended);
  }

  /** Shows a stored block as soon as those of other agents had their time. */
  #showLater(key: string, block: TableBlock): void {
    if (this.#shown.has(key)) return;
    const { name } = block.table;
    const wait = name === 'requests' || name === 'flows' ? this.#patience() : 0;
    const show = (): void => {
      this.#settler?.settle(block, block.bytes);
      this.#show(key, block);
    };
    if (wait === 0) {
      show();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      show();
    }, wait);
    this.#timers.add(timer);
  }

  /** Shows nothing more. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #show(key: string, block: TableBlock): void {
    if (this.#shown.has(key)) return;
    remember(this.#shown, key);
    for (const reader of this.#readers) reader.block(block);
  }
}

function remember(set: Set<string>, key: string): void {
  set.add(key);
  if (set.size <= remembered) return;
  for (const oldest of set) {
    set.delete(oldest);
    return;
  }
}
