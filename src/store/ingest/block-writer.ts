import type { TableBlock } from '../../wire/block/validate.ts';
import type { Answer } from '../answer.ts';
import type { IncomingBlock } from '../store.ts';

/** How writing stands. */
export interface WriterStats {
  /** Blocks and bytes that are acknowledged or about to be, and not yet in the tables. */
  readonly pendingBlocks: number;
  readonly pendingBytes: number;
  /** Blocks that came again and were left aside. */
  readonly duplicates: number;
  /** Blocks that the engine refused: kept in the quarantine directory. */
  readonly quarantined: number;
  /** Why the last insert failed, '' where it did not. It is tried again. */
  readonly lastError: string;
}

/** Says of blocks what only those of several agents tell together, before they go into the tables. */
export interface BlockSettler {
  /** Milliseconds that blocks had better wait for those of other agents; 0 where there is nothing to wait for. */
  readonly hold: number;
  /** Takes up what the tables hold of the last minutes, before anything else is called. */
  restore(query: (sql: string) => Promise<Answer>): Promise<void>;
  /** A block was taken. The same block of an agent may come again where it could not be stored. */
  see(incoming: IncomingBlock): void;
  /** Writes what is known by now into the block's columns and its bytes, and into a copy of these. Counts stay as they were first said. */
  settle(block: TableBlock, bytes: Uint8Array): void;
}

/** How blocks get into the tables. */
export interface BlockWriter {
  /** Resolves once the block cannot be lost any more. */
  write(incoming: IncomingBlock): Promise<void>;
  /** Somebody reads: what is written should soon be seen. */
  asked(): void;
  /** Resolves once everything written so far can be read. */
  flush(): Promise<void>;
  stats(): WriterStats;
  close(): Promise<void>;
}
