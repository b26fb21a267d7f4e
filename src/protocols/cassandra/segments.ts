import type { CaptureTime } from '../../base/units.ts';
import { NEVER } from '../../base/units.ts';
import type { Frame } from '../frames.ts';
import { decompressLz4 } from '../lz4.ts';
import { frameLength, headBytes, segment, segmentLength } from './wire.ts';

/** Bytes of a frame that goes over several segments which are kept. */
const kept = 4096;
/** What a compressed segment held: at most 128 KiB less one, of which a frame that fills it all needs only the beginning. */
const opened = new Uint8Array(0x20000);

/** Takes frames out of segments. */
export class SegmentReader {
  readonly #isAnswer: boolean;
  readonly #take: (frame: Frame) => void;
  readonly #lost: () => void;
  readonly #frame: Frame = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    length: 0,
    time: NEVER,
    lastTime: NEVER,
    readAt: NEVER,
  };
  /** A frame that goes over several segments: its length (0: none is being read), bytes so far, the beginning of it. */
  #length = 0;
  #seen = 0;
  #held: Uint8Array | undefined;
  #heldBytes = 0;
  #time: CaptureTime = NEVER;
  #readAt: CaptureTime = NEVER;

  /**
   * @param take gets each frame
   * @param lost is told where frames lie in what was not captured
   */
  constructor(isAnswer: boolean, take: (frame: Frame) => void, lost: () => void) {
    this.#isAnswer = isAnswer;
    this.#take = take;
    this.#lost = lost;
  }

  /** Forgets the frame that it is in. */
  reset(): void {
    this.#length = 0;
  }

  /** Takes a segment. */
  read(outer: Frame, compressed: boolean): void {
    const { bytes, start, end } = outer;
    if (segmentLength(bytes, start, end, compressed) <= 0) {
      this.#lose();
      return;
    }
    const { payload } = segment;
    const at = start + segment.head;
    const there = Math.min(end, at + payload);
    if (compressed && segment.uncompressed > 0) this.#compressed(outer, at, there, segment.uncompressed);
    else this.#payload(outer, bytes, at, there, payload);
  }

  /** Opens a segment that is compressed (LZ4 is what version 5 knows), no further than there is need. */
  #compressed(outer: Frame, at: number, there: number, size: number): void {
    const { bytes } = outer;
    const { selfContained } = segment;
    let count = decompressLz4(bytes, at, there, opened, Math.min(size, kept));
    const isOne = !selfContained || frameLength(opened, 0, count, this.#isAnswer) >= size;
    if (count < size && !isOne) count = decompressLz4(bytes, at, there, opened, size);
    if (count === 0) this.#lose();
    else this.#payload(outer, opened, 0, count, size);
  }

  /** What is in a segment: bytes[at] .. bytes[there - 1] of `size` bytes. */
  #payload(outer: Frame, bytes: Uint8Array, at: number, there: number, size: number): void {
    if (segment.selfContained) {
      this.#length = 0;
      this.#whole(outer, bytes, at, there, at + size);
    } else this.#part(outer, bytes, at, there, size);
  }

  #lose(): void {
    this.#length = 0;
    this.#lost();
  }

  #whole(outer: Frame, bytes: Uint8Array, at: number, there: number, stop: number): void {
    while (at < stop) {
      const length = at < there ? frameLength(bytes, at, there, this.#isAnswer) : 0;
      if (length <= 0 || at + length > stop) {
        this.#lose();
        return;
      }
      this.#give(bytes, at, Math.min(there, at + length), length, outer.time, outer.lastTime, outer.readAt);
      at += length;
    }
  }

  #part(outer: Frame, bytes: Uint8Array, at: number, there: number, payload: number): void {
    if (this.#length === 0) {
      const length = frameLength(bytes, at, there, this.#isAnswer);
      if (length <= 0 || there - at < headBytes) {
        this.#lose();
        return;
      }
      this.#length = length;
      this.#seen = this.#heldBytes = 0;
      this.#time = outer.time;
      this.#readAt = outer.readAt;
    }
    // Only the unbroken beginning is of use.
    if (this.#heldBytes === this.#seen && this.#heldBytes < kept) {
      this.#held ??= new Uint8Array(kept);
      const count = Math.min(there - at, kept - this.#heldBytes);
      this.#held.set(bytes.subarray(at, at + count), this.#heldBytes);
      this.#heldBytes += count;
    }
    this.#seen += payload;
    if (this.#seen < this.#length || this.#held === undefined) return;
    const length = this.#length;
    this.#length = 0;
    this.#give(this.#held, 0, Math.min(this.#heldBytes, length), length, this.#time, outer.lastTime, this.#readAt);
  }

  #give(
    bytes: Uint8Array,
    start: number,
    end: number,
    length: number,
    time: CaptureTime,
    lastTime: CaptureTime,
    readAt: CaptureTime,
  ): void {
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.start = start;
    frame.end = end;
    frame.length = length;
    frame.time = time;
    frame.lastTime = lastTime;
    frame.readAt = readAt;
    this.#take(frame);
  }
}
