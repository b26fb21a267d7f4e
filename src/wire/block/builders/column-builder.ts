/**
 * Columns of a block that is being filled. `append` copies into typed arrays and dictionaries that grow and are kept for
 * the next block: nothing is allocated per value once they are large enough.
 */
import type { ByteWriter } from '../byte-writer.ts';

/** What every column builder can do. */
export interface ColumnBuilder {
  /** Values appended so far. */
  readonly length: number;
  /** Appends the value that stands for "nothing": 0, '', empty. */
  appendDefault(): void;
  /** Writes the column as Native has it: what comes before the data, and the data. */
  write(out: ByteWriter): void;
  /** Forgets the values, keeps the memory. */
  clear(): void;
}

/** Typed arrays whose elements a double holds. */
export type Narrow = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** The bytes of the first elements. */
export function bytesOf(values: Narrow, length: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, length * values.BYTES_PER_ELEMENT);
}
