/** Frames of HTTP/2 (RFC 9113, section 6). */

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FrameFlag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** Length of a frame's header. */
export const FRAME_HEADER = 9;

/** What a client sends first (RFC 9113, section 3.4). */
export const preface = Uint8Array.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (c) => c.charCodeAt(0));

const errors = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** Name of an error code; its number where it has none. */
export function errorName(code: number): string {
  return errors[code] ?? `${code}`;
}

/** Flags that each type may have. */
const flagsOf = [0x09, 0x2d, 0, 0, 0x01, 0x0c, 0x01, 0, 0, 0x04];

/** Longest frame that is believed where it is whole; the default limit of senders is 16,384. */
const plausibleLength = 1 << 20;
const defaultLimit = 16_384;

/** Could a frame begin at `at`? Checks all that its header says; its nine bytes must be there. */
export function isPlausible(bytes: Uint8Array, at: number): boolean {
  const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
  const type = bytes[at + 3];
  const flags = bytes[at + 4];
  if (type > FrameType.continuation || length > plausibleLength || (flags & ~flagsOf[type]) !== 0) return false;
  if (bytes[at + 5] >= 0x80) return false;
  const stream = ((bytes[at + 5] << 24) | (bytes[at + 6] << 16) | (bytes[at + 7] << 8) | bytes[at + 8]) >>> 0;
  switch (type) {
    case FrameType.settings:
      return stream === 0 && length % 6 === 0 && ((flags & FrameFlag.ack) === 0 || length === 0);
    case FrameType.ping:
      return stream === 0 && length === 8;
    case FrameType.goaway:
      return stream === 0 && length >= 8;
    case FrameType.windowUpdate:
      return length === 4;
    case FrameType.priority:
      return stream !== 0 && length === 5;
    case FrameType.rstStream:
      return stream !== 0 && length === 4;
    default:
      return stream !== 0;
  }
}

/**
 * Number of frames, each plausible, that fill bytes[at] .. bytes[end - 1] from its first byte on: whole ones, and a last one
 * that may go on after `end` and is then not longer than by default. 0 where they do not.
 */
export function frameChain(bytes: Uint8Array, at: number, end: number): number {
  let frames = 0;
  while (at < end) {
    if (at + FRAME_HEADER > end) return frames;
    if (!isPlausible(bytes, at)) return 0;
    frames++;
    const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    at += FRAME_HEADER + length;
    if (at > end && length > defaultLimit) return 0;
  }
  return frames;
}
