import type { FileClock } from './file-clock.ts';
import type { PacketHandler } from './packet.ts';
import type { Skips } from './skips.ts';

/** What a file format needs from its surroundings. */
export interface FormatContext {
  readonly clock: FileClock;
  readonly skips: Skips;
  readonly handler: PacketHandler;
}

/** A capture file format as a parser that is fed piecewise. */
export interface CaptureFormat {
  /**
   * Reads the whole records in bytes[start] .. bytes[end - 1] and returns where the first one that is incomplete begins.
   * @throws CaptureDamaged where the file cannot be read any further
   */
  parse(bytes: Uint8Array, view: DataView, start: number, end: number): number;
  /** How many bytes from the returned position on the next record needs, as far as that is known by now. */
  readonly needed: number;
}

/** The longest packet or block that is read. Longer ones exist in damaged files alone. */
export const MAX_RECORD = 16 * 1024 * 1024;

/** Says that a capture file cannot be read beyond some point. What came before it is good. */
export class CaptureDamaged extends Error {
  /** Byte of the (uncompressed) file where it is damaged, relative to the buffer given to `parse`. */
  readonly position: number;

  constructor(what: string, position: number) {
    super(what);
    this.name = 'CaptureDamaged';
    this.position = position;
  }
}
