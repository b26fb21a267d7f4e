import { u16be, u32be } from '../byte-reader.ts';
import type { FrameRule } from '../frames.ts';
import { crc24 } from './crc24.ts';

/**
 * Frames of CQL's native protocol, versions 3 to 5
 * (https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v5.spec): version, flags, stream, operation, length of
 * the body. In version 5, after the handshake, frames travel in segments: one or more whole frames in each, or a part of a
 * long one.
 */
export const headBytes = 9;

export const Opcode = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  authenticate: 0x03,
  options: 0x05,
  supported: 0x06,
  query: 0x07,
  result: 0x08,
  prepare: 0x09,
  execute: 0x0a,
  register: 0x0b,
  event: 0x0c,
  batch: 0x0d,
  authChallenge: 0x0e,
  authResponse: 0x0f,
  authSuccess: 0x10,
} as const;

/** Bits of a frame's flags. */
export const FrameFlag = { compressed: 1, tracing: 2, payload: 4, warning: 8 } as const;

/** The bit of the version that marks an answer. */
export const answerBit = 0x80;

const requests = new Set<number>([
  Opcode.startup,
  Opcode.options,
  Opcode.query,
  Opcode.prepare,
  Opcode.execute,
  Opcode.register,
  Opcode.batch,
  Opcode.authResponse,
]);
const answers = new Set<number>([
  Opcode.error,
  Opcode.ready,
  Opcode.authenticate,
  Opcode.supported,
  Opcode.result,
  Opcode.event,
  Opcode.authChallenge,
  Opcode.authSuccess,
]);

/** Limit of the specification: 256 MB. */
const longestBody = 0x1000_0000;

/** Length of the frame at `at`, 0 where more bytes are needed, -1 where none of that side can begin so. */
export function frameLength(bytes: Uint8Array, at: number, end: number, isAnswer: boolean): number {
  const version = bytes[at];
  if ((version & answerBit) !== (isAnswer ? answerBit : 0)) return -1;
  if ((version & 0x7f) < 3 || (version & 0x7f) > 5) return -1;
  if (end - at < headBytes) return 0;
  if (bytes[at + 1] > 0x1f || !(isAnswer ? answers : requests).has(bytes[at + 4])) return -1;
  // Only what the server says of itself has a stream below 0.
  if (u16be(bytes, at + 2) > 0x7fff && !(isAnswer && bytes[at + 4] <= Opcode.event)) return -1;
  const body = u32be(bytes, at + 5);
  return body > longestBody ? -1 : headBytes + body;
}

const crcBytes = 4;

/** Payload length and self-containment of the segment at `at`. Reused. */
export const segment = { head: 0, payload: 0, uncompressed: 0, selfContained: false };

/** Reads the head of a segment into {@link segment}; its length with checksums, 0 where more bytes are needed, -1 where it is none. */
export function segmentLength(bytes: Uint8Array, at: number, end: number, compressed: boolean): number {
  const size = compressed ? 5 : 3;
  if (end - at < size + 3) return 0;
  const checksum = bytes[at + size] | (bytes[at + size + 1] << 8) | (bytes[at + size + 2] << 16);
  if (crc24(bytes, at, size) !== checksum) return -1;
  const low = bytes[at] | (bytes[at + 1] << 8) | ((bytes[at + 2] & 1) << 16);
  segment.head = size + 3;
  segment.payload = low;
  if (compressed) {
    // 17 bits of length after compression, 17 bits before, 1 of self-containment.
    segment.uncompressed = (bytes[at + 2] >> 1) | (bytes[at + 3] << 7) | ((bytes[at + 4] & 3) << 15);
    segment.selfContained = (bytes[at + 4] & 4) !== 0;
  } else {
    segment.uncompressed = 0;
    segment.selfContained = (bytes[at + 2] & 2) !== 0;
  }
  return segment.head + low + crcBytes;
}

/** What one side sends: frames, or segments once both have agreed on version 5. */
export class CassandraRule implements FrameRule {
  segmented = false;
  compressed = false;
  readonly #isAnswer: boolean;

  constructor(isAnswer: boolean) {
    this.#isAnswer = isAnswer;
  }

  length(bytes: Uint8Array, at: number, end: number): number {
    if (this.segmented) {
      const length = segmentLength(bytes, at, end, this.compressed);
      // That they are compressed was said in a message that may have been missed.
      return length < 0 && this.#findSegment(bytes, at, end) ? segmentLength(bytes, at, end, this.compressed) : length;
    }
    const length = frameLength(bytes, at, end, this.#isAnswer);
    // The moment of changing to segments may have been missed.
    return length < 0 && this.#findSegment(bytes, at, end) ? segmentLength(bytes, at, end, this.compressed) : length;
  }

  begins(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < headBytes) return false;
    if (this.#findSegment(bytes, at, end)) return true;
    if (frameLength(bytes, at, end, this.#isAnswer) <= 0) return false;
    this.segmented = false;
    return true;
  }

  /** A checksum of three bytes that is right is no accident. */
  #findSegment(bytes: Uint8Array, at: number, end: number): boolean {
    for (const compressed of [false, true]) {
      if (segmentLength(bytes, at, end, compressed) <= 0) continue;
      this.segmented = true;
      this.compressed = compressed;
      return true;
    }
    return false;
  }
}
