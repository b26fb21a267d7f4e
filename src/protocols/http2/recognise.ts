import { Side } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { FRAME_HEADER, FrameType, frameChain, preface } from './frame.ts';

/** Bytes of the preface that are proof. */
const proof = 16;

/**
 * The client's preface is proof. A connection joined in the middle is taken for HTTP/2 only where a turn is made of frames to its
 * last byte and says something that only HTTP/2 says.
 */
export function recognise(bytes: Uint8Array, start: number, end: number, from: Side, total: number): Confidence {
  const length = end - start;
  if (length === 0) return Confidence.more;
  if (from === Side.client && bytes[start] === preface[0]) {
    for (let i = 0; i < length && i < proof; i++) if (bytes[start + i] !== preface[i]) return Confidence.no;
    return length >= proof ? Confidence.yes : length === total ? Confidence.more : Confidence.no;
  }
  if (length < FRAME_HEADER) return bytes[start] === 0 && length === total ? Confidence.more : Confidence.no;
  const frames = frameChain(bytes, start, end);
  if (frames === 0) return Confidence.no;
  const bound = wholeLength(bytes, start, end);
  if (bound !== length || length !== total) return Confidence.no;
  return speaksHttp(bytes, start, end, from) ? Confidence.yes : Confidence.more;
}

/** Length of the frames that begin in the bytes. */
function wholeLength(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at + FRAME_HEADER <= end) at += FRAME_HEADER + ((bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]);
  return at === end || at > end ? at - start : -1;
}

/** Is there a HEADERS frame that begins as requests and responses do: by indexed fields of the static table? */
function speaksHttp(bytes: Uint8Array, start: number, end: number, from: Side): boolean {
  for (let at = start; at + FRAME_HEADER < end; ) {
    const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    if (bytes[at + 3] === FrameType.headers && (bytes[at + 8] & 1) === 1 && (bytes[at + 4] & 0x28) === 0) {
      const block = at + FRAME_HEADER;
      // :status 200 to 500
      if (from === Side.server) return bytes[block] >= 0x88 && bytes[block] <= 0x8e;
      let method = false;
      let scheme = false;
      for (let i = block; i < Math.min(end, block + 6); i++) {
        method ||= bytes[i] === 0x82 || bytes[i] === 0x83;
        scheme ||= bytes[i] === 0x86 || bytes[i] === 0x87;
      }
      return method && scheme;
    }
    at += FRAME_HEADER + length;
  }
  return false;
}
