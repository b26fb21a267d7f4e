import { u16be, u32be } from '../byte-reader.ts';
import type { FrameRule } from '../frames.ts';

/**
 * Messages of PostgreSQL's protocol 3 (https://www.postgresql.org/docs/current/protocol-message-formats.html): one byte of
 * type, four of length that count themselves, the body. Only what a client sends first has no type.
 */
export const FromClient = {
  bind: 0x42, // B
  close: 0x43, // C
  describe: 0x44, // D
  execute: 0x45, // E
  functionCall: 0x46, // F
  flush: 0x48, // H
  parse: 0x50, // P
  query: 0x51, // Q
  sync: 0x53, // S
  terminate: 0x58, // X
  copyDone: 0x63, // c
  copyData: 0x64, // d
  copyFail: 0x66, // f
  password: 0x70, // p
} as const;

export const FromServer = {
  parseComplete: 0x31, // 1
  bindComplete: 0x32, // 2
  closeComplete: 0x33, // 3
  notification: 0x41, // A
  commandComplete: 0x43, // C
  dataRow: 0x44, // D
  error: 0x45, // E
  copyIn: 0x47, // G
  copyOut: 0x48, // H
  emptyQuery: 0x49, // I
  backendKey: 0x4b, // K
  notice: 0x4e, // N
  authentication: 0x52, // R
  parameterStatus: 0x53, // S
  rowDescription: 0x54, // T
  functionResult: 0x56, // V
  copyBoth: 0x57, // W
  ready: 0x5a, // Z
  copyDone: 0x63, // c
  copyData: 0x64, // d
  noData: 0x6e, // n
  portalSuspended: 0x73, // s
  parameterDescription: 0x74, // t
  negotiateVersion: 0x76, // v
} as const;

/** Codes in the place of a version in a client's first message. */
export const StartCode = { version3: 3, cancel: 80877102, tls: 80877103, gss: 80877104 } as const;

const longestMessage = 0x3fff_ffff;
const longestStartup = 10_000;

/** Least and most body bytes (after the length) of each type; -1: no such type. */
function limits(bounds: Readonly<Record<string, readonly [least: number, most: number]>>): [Int32Array, Int32Array] {
  const least = new Int32Array(256).fill(-1);
  const most = new Int32Array(256).fill(-1);
  for (const [type, [from, to]] of Object.entries(bounds)) {
    least[type.charCodeAt(0)] = from;
    most[type.charCodeAt(0)] = to;
  }
  return [least, most];
}

const any = longestMessage;
const [leastFromClient, mostFromClient] = limits({
  B: [8, any],
  C: [2, 100],
  D: [2, 100],
  E: [5, 200],
  F: [8, any],
  H: [0, 0],
  P: [4, any],
  Q: [1, any],
  S: [0, 0],
  X: [0, 0],
  c: [0, 0],
  d: [0, any],
  f: [1, 10_000],
  p: [0, 100_000],
});
const [leastFromServer, mostFromServer] = limits({
  1: [0, 0],
  2: [0, 0],
  3: [0, 0],
  A: [6, 10_000],
  C: [1, 200],
  D: [2, any],
  E: [1, 100_000],
  G: [3, 10_000],
  H: [3, 10_000],
  I: [0, 0],
  K: [8, 300],
  N: [1, 100_000],
  R: [4, 10_000],
  S: [2, 10_000],
  T: [2, 1_000_000],
  V: [4, any],
  W: [3, 10_000],
  Z: [1, 1],
  c: [0, 0],
  d: [0, any],
  n: [0, 0],
  s: [0, 0],
  t: [2, 1_000_000],
  v: [8, 10_000],
});

function lengthOf(least: Int32Array, most: Int32Array, bytes: Uint8Array, at: number, end: number): number {
  const type = bytes[at];
  if (least[type] < 0) return -1;
  if (end - at < 5) return 0;
  const body = u32be(bytes, at + 1) - 4;
  return body < least[type] || body > most[type] ? -1 : body + 5;
}

/** Length of the client's typed message at `at`; see `FrameRule.length`. */
export function clientLength(bytes: Uint8Array, at: number, end: number): number {
  return lengthOf(leastFromClient, mostFromClient, bytes, at, end);
}

/** Length of the server's message at `at`; see `FrameRule.length`. */
export function serverLength(bytes: Uint8Array, at: number, end: number): number {
  return lengthOf(leastFromServer, mostFromServer, bytes, at, end);
}

/** Length of a client's first message, 0 where more bytes are needed, -1 where it is none. */
export function startupLength(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 0) return -1;
  if (end - at < 8) return 0;
  const length = u32be(bytes, at);
  const code = u32be(bytes, at + 4);
  if (code === StartCode.tls || code === StartCode.gss) return length === 8 ? 8 : -1;
  if (code === StartCode.cancel) return length >= 16 && length <= 300 ? length : -1;
  return code >>> 16 === StartCode.version3 && length >= 9 && length <= longestStartup ? length : -1;
}

/** What a client's message must look like inside, beyond its length. */
function clientLooksRight(bytes: Uint8Array, at: number, stop: number, whole: boolean): boolean {
  const body = at + 5;
  switch (bytes[at]) {
    case FromClient.query:
      return (!whole || bytes[stop - 1] === 0) && isText(bytes, body, whole ? stop - 1 : stop);
    case FromClient.parse:
      return isText(bytes, body, Math.min(stop, body + 1)) || bytes[body] === 0;
    case FromClient.describe:
    case FromClient.close:
      return (bytes[body] === 0x53 || bytes[body] === 0x50) && (!whole || bytes[stop - 1] === 0);
    default:
      return true;
  }
}

function serverLooksRight(bytes: Uint8Array, at: number, stop: number, whole: boolean): boolean {
  const body = at + 5;
  switch (bytes[at]) {
    case FromServer.ready:
      return bytes[body] === 0x49 || bytes[body] === 0x54 || bytes[body] === 0x45;
    case FromServer.error:
    case FromServer.notice:
      return bytes[body] === 0x53 && (!whole || bytes[stop - 1] === 0);
    case FromServer.commandComplete:
      return (!whole || bytes[stop - 1] === 0) && bytes[body] >= 0x41 && bytes[body] <= 0x5a;
    case FromServer.parameterStatus:
      return !whole || bytes[stop - 1] === 0;
    case FromServer.dataRow: {
      const columns = stop - body >= 2 ? u16be(bytes, body) : 0;
      return columns <= 1664 && u32be(bytes, at + 1) - 6 >= 4 * columns;
    }
    default:
      return true;
  }
}

function isText(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] < 9 || (bytes[i] > 13 && bytes[i] < 32)) return false;
  return true;
}

/**
 * Counts messages that follow each other from `at`, as far as they are there; -1 where one of them cannot be. A message cut
 * at `end` counts where its head is right.
 */
function chain(
  length: typeof clientLength,
  looksRight: typeof clientLooksRight,
  bytes: Uint8Array,
  at: number,
  end: number,
): number {
  let count = 0;
  while (at < end && count < 16) {
    const size = length(bytes, at, end);
    if (size < 0) return -1;
    if (size === 0) return count;
    const whole = at + size <= end;
    // Text that is mistaken for a head claims to be huge.
    if (!whole && bytes[at + 1] !== 0) return -1;
    if (!looksRight(bytes, at, whole ? at + size : end, whole)) return -1;
    count++;
    at += size;
  }
  return count;
}

/** How many client messages stand at `at` one after the other; see {@link serverChain}. */
export function clientChain(bytes: Uint8Array, at: number, end: number): number {
  return chain(clientLength, clientLooksRight, bytes, at, end);
}

/** How many server messages stand at `at` one after the other, at most 16; -1 where there is anything else among them. */
export function serverChain(bytes: Uint8Array, at: number, end: number): number {
  return chain(serverLength, serverLooksRight, bytes, at, end);
}

/** The server's messages. While `answersOneByte`, the answer to a request for encryption: a byte without a length. */
export class ServerRule implements FrameRule {
  answersOneByte = false;

  length(bytes: Uint8Array, at: number, end: number): number {
    if (this.answersOneByte && bytes[at] !== FromServer.error) return 1;
    return serverLength(bytes, at, end);
  }

  begins(bytes: Uint8Array, at: number, end: number): boolean {
    return end - at >= 5 && serverChain(bytes, at, end) > 0;
  }

  /** A chunk that begins in the middle of something may end in ReadyForQuery, which is hard to mistake. */
  find(bytes: Uint8Array, at: number, end: number): number {
    if (this.begins(bytes, at, end)) return at;
    const last = end - 6;
    if (last >= at && isReady(bytes, last)) return last;
    return -1;
  }
}

/** True where ReadyForQuery stands at `at`, whose six bytes are there. */
function isReady(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === FromServer.ready &&
    u32be(bytes, at + 1) === 5 &&
    (bytes[at + 5] === 0x49 || bytes[at + 5] === 0x54 || bytes[at + 5] === 0x45)
  );
}

/** The client's messages. While `starting`, the first ones, which have no type. */
export class ClientRule implements FrameRule {
  starting: boolean;

  constructor(starting: boolean) {
    this.starting = starting;
  }

  length(bytes: Uint8Array, at: number, end: number): number {
    return this.starting ? startupLength(bytes, at, end) : clientLength(bytes, at, end);
  }

  begins(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at >= 8 && startupLength(bytes, at, end) > 0) {
      this.starting = true;
      return true;
    }
    this.starting = false;
    return end - at >= 5 && clientChain(bytes, at, end) > 0;
  }
}
