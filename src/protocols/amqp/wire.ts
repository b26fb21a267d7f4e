/** Frames of AMQP 0-9-1 (specification, section 4.2): type, channel, size, payload, 0xCE. */
import { u16be, u32be } from '../byte-reader.ts';
import type { FrameRule } from '../frames.ts';
import { startsWith } from '../text.ts';
import { methodName } from './methods.ts';

/** Types of frames. */
export const FrameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;
/** Bytes in front of a payload. */
export const frameHeader = 7;
/** Bytes of a frame besides its payload. */
export const frameOverhead = 8;
const END = 0xce;
/** Servers agree on 128 KiB by default; some are set higher. */
const largestPayload = 16 << 20;

/** What a client says first: AMQP 0-9-1. */
export const protocolHeader = 'AMQP\u0000\u0000\u0009\u0001';

function frameLength(bytes: Uint8Array, at: number, end: number): number {
  const type = bytes[at];
  // A client begins with its version; a server that does not speak it answers with the one that it does.
  if (type === 0x41) return end - at < 4 ? 0 : startsWith(bytes, at, end, 'AMQP') ? 8 : -1;
  if (type === 0 || type > FrameType.heartbeat || (type > FrameType.body && type < FrameType.heartbeat)) return -1;
  if (end - at < frameHeader) return 0;
  const size = u32be(bytes, at + 3);
  if (size > largestPayload || (type === FrameType.heartbeat && size !== 0)) return -1;
  const last = at + frameHeader + size;
  return last < end && bytes[last] !== END ? -1 : size + frameOverhead;
}

/** True where a frame surely stands at `at`: a known method or content header, or a frame whose end is where it should be. */
export function isFrame(bytes: Uint8Array, at: number, end: number): boolean {
  const length = frameLength(bytes, at, end);
  if (length <= 0 || bytes[at] === 0x41) return false;
  const isWhole = at + length <= end;
  switch (bytes[at]) {
    case FrameType.method: {
      if (end - at < frameHeader + 4 || length < frameOverhead + 4) return false;
      const channel = u16be(bytes, at + 1);
      const method = u32be(bytes, at + frameHeader);
      return methodName(method) !== '' && (isWhole || length < 4096) && (method >>> 16 === 10) === (channel === 0);
    }
    case FrameType.header:
      return isWhole && length >= frameOverhead + 14 && u16be(bytes, at + 7) === 60 && u16be(bytes, at + 9) === 0;
    case FrameType.body:
      return isWhole && u16be(bytes, at + 1) > 0;
    default:
      return isWhole && u16be(bytes, at + 1) === 0;
  }
}

/** Frames. */
export const amqpFrames: FrameRule = {
  length: frameLength,
  begins: isFrame,
  find(bytes, at, end) {
    for (let i = at; i < end; i++) {
      if ((i === at || bytes[i - 1] === END) && isFrame(bytes, i, end)) return i;
    }
    return -1;
  },
};
