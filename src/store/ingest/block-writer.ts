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
