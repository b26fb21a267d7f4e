import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import type { TcpSegment } from './tcp-segment.ts';

/** A copy of a segment, with its payload as a chunk. */
export interface WaitingSegment {
  readonly side: Side;
  readonly segment: Readonly<TcpSegment>;
  readonly chunk: Chunk;
  readonly time: CaptureTime;
}

/**
 * Segments that acknowledge what has not been seen yet: they wait until it is, or is known to be lost, so that no answer
 * comes before its question. What follows one of them in its direction waits behind it.
 */
export class WaitingSegments {
  readonly #segments: WaitingSegment[] = [];

  get length(): number {
    return this.#segments.length;
  }

  get first(): WaitingSegment | undefined {
    return this.#segments[0];
  }

  has(side: Side): boolean {
    return this.#segments.some((waiting) => waiting.side === side);
  }

  /** Copies a segment, since it and its bytes are overwritten. */
  push(side: Side, segment: Readonly<TcpSegment>, chunk: Readonly<Chunk>): void {
    const bytes = chunk.bytes.slice(chunk.start, chunk.end);
    const { time, skipped } = chunk;
    this.#segments.push({
      side,
      segment: { ...segment },
      chunk: { bytes, start: 0, end: bytes.length, skipped, time, lastTime: time, readAt: NEVER },
      time,
    });
  }

  shift(): void {
    this.#segments.shift();
  }
}
