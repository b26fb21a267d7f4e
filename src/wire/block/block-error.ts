import { WirelightError } from '../../base/errors.ts';

/** What can be wrong with a block or its envelope. */
export type BlockErrorCode =
  /** It ends before it should, or counts do not fit the bytes. */
  | 'truncated'
  /** Bytes are left over. */
  | 'trailing_bytes'
  /** More rows, columns or bytes than a block may have. */
  | 'too_large'
  /** A type that is not understood, or not the one that the table declares. */
  | 'bad_type'
  /** A value that cannot be: an index outside its dictionary, offsets that descend, a word outside its enum. */
  | 'bad_value'
  /** The table is not known or does not take blocks. */
  | 'unknown_table'
  /** It is no block at all. */
  | 'not_a_block'
  /** It was written by a version that cannot be read here. */
  | 'unsupported_version'
  /** The checksum does not fit. */
  | 'corrupt';

/** Bytes that are no good block. The message says what and where; nothing of the block was used. */
export class BlockError extends WirelightError {
  readonly reason: BlockErrorCode;

  constructor(reason: BlockErrorCode, what: string, more: { next?: string; cause?: unknown } = {}) {
    super(`block_${reason}`, what, more);
    this.name = 'BlockError';
    this.reason = reason;
  }
}
