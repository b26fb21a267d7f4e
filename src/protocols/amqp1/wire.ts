/** Frames of AMQP 1.0 (part 2, section 2.3): size, offset of the body, type, channel; and the protocol headers before them. */
import { u32be } from '../byte-reader.ts';
import type { FrameRule } from '../frames.ts';
import { startsWith } from '../text.ts';

/** Types of frames. */
export const FrameType = { amqp: 0, sasl: 1 } as const;

/** Descriptors of what frames carry. */
export const Performative = {
  open: 0x10,
  begin: 0x11,
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
  saslMechanisms: 0x40,
  saslInit: 0x41,
  saslChallenge: 0x42,
  saslResponse: 0x43,
  saslOutcome: 0x44,
} as const;

const headerBytes = 8;
/** Nobody agrees on larger frames than 1 MiB; without agreement they are limited by memory only. */
const largestFrame = 64 << 20;
const LETTER_A = 0x41;

/** True where a protocol header of version 1.0 stands at `at`: plain, TLS or SASL. */
export function isProtocolHeader(bytes: Uint8Array, at: number, end: number): boolean {
  if (!startsWith(bytes, at, end, 'AMQP') || at + headerBytes > end) return false;
  const id = bytes[at + 4];
  return (id === 0 || id === 2 || id === 3) && bytes[at + 5] === 1 && bytes[at + 6] === 0 && bytes[at + 7] === 0;
}

function frameLength(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === LETTER_A) return end - at < headerBytes ? 0 : isProtocolHeader(bytes, at, end) ? headerBytes : -1;
  if (end - at < headerBytes) return 0;
  const size = u32be(bytes, at);
  const offset = bytes[at + 4];
  if (size < headerBytes || size > largestFrame || offset < 2 || offset * 4 > size) return -1;
  return bytes[at + 5] > FrameType.sasl ? -1 : size;
}

/** True where a frame with a known performative stands at `at`. */
export function isFrame(bytes: Uint8Array, at: number, end: number): boolean {
  const length = frameLength(bytes, at, end);
  if (length <= headerBytes || bytes[at] === LETTER_A) return false;
  const body = at + bytes[at + 4] * 4;
  if (body + 3 > end || bytes[body] !== 0) return false;
  // Their descriptors are small numbers, mostly written in one byte.
  const code = bytes[body + 1] === 0x53 ? bytes[body + 2] : bytes[body + 1] === 0x80 ? bytes[body + 9] : 0;
  const isSasl = bytes[at + 5] === FrameType.sasl;
  return isSasl ? code >= 0x40 && code <= 0x44 : code >= Performative.open && code <= Performative.close;
}

/** Frames. */
export const amqp1Frames: FrameRule = {
  length: frameLength,
  begins: isFrame,
  find(bytes, at, end) {
    // Descriptors are rare enough in bodies that the frame in front of one is worth a look.
    for (let i = at; i + headerBytes < end; i++) {
      if (bytes[i + 4] === 2 && isFrame(bytes, i, end)) {
        const next = i + u32be(bytes, i);
        if (next >= end || next + headerBytes > end || isFrame(bytes, next, end)) return i;
      }
    }
    return -1;
  },
};
