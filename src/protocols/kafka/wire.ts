/** Frames of the Kafka protocol: a size of four bytes, then a header (kafka.apache.org/protocol). */
import { u16be, u32be } from '../byte-reader.ts';
import type { FrameRule } from '../frames.ts';
import { callOf } from './calls.ts';

/** Bytes of the size in front of each frame. */
export const sizeBytes = 4;
/** Key, version, correlation id, length of the client id. */
const requestHeader = 10;
/** Brokers refuse requests above 100 MiB by default; answers to fetches may be larger. */
const largest = 0x2000_0000;

/** True where a size stands at `at` that a frame can have. */
export function isSize(bytes: Uint8Array, at: number, least: number): boolean {
  const size = u32be(bytes, at);
  return size >= least && size <= largest;
}

/** True where the header of a request stands behind the size at `at`, as far as it is there (at least 8 bytes of it). */
export function isRequest(bytes: Uint8Array, at: number, end: number, length: number): boolean {
  if (end - at < 12) return false;
  const key = u16be(bytes, at + 4);
  const version = u16be(bytes, at + 6);
  if (callOf(key, version) === undefined) return false;
  if (end - at < sizeBytes + requestHeader) return true;
  if (key === 7 && version === 0) return true;
  const clientId = u16be(bytes, at + 12);
  if (clientId === 0xffff) return true;
  if (clientId > 1024 || sizeBytes + requestHeader + clientId > length) return false;
  const stop = Math.min(end, at + 14 + clientId);
  for (let i = at + 14; i < stop; i++) if (bytes[i] < 0x20 || bytes[i] === 0x7f) return false;
  return true;
}

function sized(bytes: Uint8Array, at: number, end: number, least: number): number {
  if (end - at < sizeBytes) return 0;
  return isSize(bytes, at, least) ? sizeBytes + u32be(bytes, at) : -1;
}

/** Requests, and bare tokens of SASL. */
export const requestRule: FrameRule = {
  length: (bytes, at, end) => sized(bytes, at, end, 1),
  begins(bytes, at, end) {
    const length = sized(bytes, at, end, requestHeader - 2);
    return length > 0 && end - at >= sizeBytes + requestHeader && isRequest(bytes, at, end, length);
  },
};

/** Responses, and bare tokens, which may be empty. After a gap one begins where the correlation id of a request that waits stands. */
export function responseRule(waits: (correlationId: number) => boolean): FrameRule {
  return {
    length: (bytes, at, end) => sized(bytes, at, end, 0),
    begins: (bytes, at, end) => end - at >= 8 && isSize(bytes, at, 4) && waits(u32be(bytes, at + 4) | 0),
  };
}
