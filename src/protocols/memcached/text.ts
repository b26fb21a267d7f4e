import type { FrameRule } from '../frames.ts';
import { startsWith } from '../text.ts';
import { binaryLength, isBinaryHead } from './binary.ts';

/** https://github.com/memcached/memcached/blob/master/doc/protocol.txt */
const LF = 10;
const CR = 13;
/** A line: a command with many keys is long. */
const longestLine = 8192;
const longestKey = 250;
const longestValue = 0x4000_0000;

/** Start and end of the words of the line that was split last, at most 8 of them. */
export const words = { count: 0, from: new Int32Array(8), to: new Int32Array(8), lineEnd: 0 };

/** Splits the line at `at` into {@link words}. False where its end is not there. */
export function splitLine(bytes: Uint8Array, at: number, end: number): boolean {
  words.count = 0;
  let i = at;
  for (;;) {
    while (i < end && bytes[i] === 0x20) i++;
    if (i >= end) return false;
    if (bytes[i] === CR || bytes[i] === LF) break;
    const from = i;
    while (i < end && bytes[i] > 0x20) i++;
    if (words.count < 8) {
      words.from[words.count] = from;
      words.to[words.count] = i;
    }
    words.count++;
    if (i >= end) return false;
    if (bytes[i] < 0x20 && bytes[i] !== CR && bytes[i] !== LF) return false;
  }
  if (bytes[i] === CR) i++;
  if (i >= end || bytes[i] !== LF) return false;
  words.lineEnd = i + 1;
  return true;
}

/** The number that word `index` is, -1 where it is none. */
export function numberOf(bytes: Uint8Array, index: number): number {
  if (index >= Math.min(words.count, 8)) return -1;
  let value = 0;
  const to = words.to[index];
  if (to - words.from[index] > 12) return -1;
  for (let i = words.from[index]; i < to; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** True where word `index` is `text`. */
export function isWord(bytes: Uint8Array, index: number, text: string): boolean {
  if (index >= Math.min(words.count, 8)) return false;
  const from = words.from[index];
  return words.to[index] - from === text.length && startsWith(bytes, from, words.to[index], text);
}

/** Word that holds the length of the data which follows the line of a command, 0 where none follows. */
function dataWord(bytes: Uint8Array): number {
  switch (words.to[0] - words.from[0]) {
    case 2:
      return isWord(bytes, 0, 'ms') ? 2 : 0;
    case 3:
      return isWord(bytes, 0, 'set') || isWord(bytes, 0, 'add') || isWord(bytes, 0, 'cas') ? 4 : 0;
    case 6:
      return isWord(bytes, 0, 'append') ? 4 : 0;
    case 7:
      return isWord(bytes, 0, 'replace') || isWord(bytes, 0, 'prepend') ? 4 : 0;
    default:
      return 0;
  }
}

/** A line that is cut, or none at all? Text so far, and not too long. */
function lineOrNothing(bytes: Uint8Array, at: number, end: number): number {
  const stop = Math.min(end, at + 16);
  for (let i = at; i < stop; i++) if (bytes[i] < 0x20 && bytes[i] !== CR && bytes[i] !== LF) return -1;
  return 0;
}

function withData(length: number, line: number): number {
  return length < 0 || length > longestValue ? -1 : line + length + 2;
}

/** The client's commands, text or binary. */
export const clientRule: FrameRule = {
  longestHeader: longestLine,
  length(bytes, at, end) {
    if (bytes[at] === 0x80) return binaryLength(bytes, at, end, 0x80);
    if (!splitLine(bytes, at, end)) return lineOrNothing(bytes, at, end);
    const line = words.lineEnd - at;
    const word = words.count > 0 ? dataWord(bytes) : 0;
    // A set without a length is an error, and no data follows.
    if (word === 0 || words.count <= word) return line;
    const length = numberOf(bytes, word);
    return length < 0 ? line : withData(length, line);
  },
  begins(bytes, at, end) {
    return bytes[at] === 0x80 ? isBinaryHead(bytes, at, end, 0x80) : isCommandLine(bytes, at, end);
  },
};

/** The server's lines (with the data behind them), or binary answers. */
export const serverRule: FrameRule = {
  longestHeader: longestLine,
  length(bytes, at, end) {
    if (bytes[at] === 0x81) return binaryLength(bytes, at, end, 0x81);
    if (!splitLine(bytes, at, end)) return lineOrNothing(bytes, at, end);
    const line = words.lineEnd - at;
    if (isWord(bytes, 0, 'VALUE') && words.count >= 4) return withData(numberOf(bytes, 3), line);
    if (isWord(bytes, 0, 'VA') && words.count >= 2) return withData(numberOf(bytes, 1), line);
    return line;
  },
  begins(bytes, at, end) {
    return bytes[at] === 0x81 ? isBinaryHead(bytes, at, end, 0x81) : isAnswerLine(bytes, at, end);
  },
};

const answers = new Set(
  (
    'STORED NOT_STORED EXISTS NOT_FOUND DELETED TOUCHED OK END ERROR RESET BUSY BADCLASS NOSPARE NOTFULL UNSAFE SAME ' +
    'HD EN NS NF EX MN'
  ).split(' '),
);

/** True where a whole line stands that a server may say. A number by itself is no proof. */
export function isAnswerLine(bytes: Uint8Array, at: number, end: number): boolean {
  if (!splitLine(bytes, at, end) || words.count === 0) return false;
  if (words.to[0] - words.from[0] > 12) return false;
  const first = String.fromCharCode(...bytes.subarray(words.from[0], words.to[0]));
  switch (first) {
    case 'VALUE':
      return words.count >= 4 && words.count <= 5 && numberOf(bytes, 2) >= 0 && numberOf(bytes, 3) >= 0;
    case 'VA':
      return numberOf(bytes, 1) >= 0;
    case 'STAT':
      return words.count >= 2;
    case 'VERSION':
    case 'CLIENT_ERROR':
    case 'SERVER_ERROR':
    case 'ME':
      return words.count >= 2;
    case 'HD':
    case 'EN':
    case 'NS':
    case 'NF':
    case 'EX':
      return true;
    default:
      return words.count === 1 && answers.has(first);
  }
}

/** True where a whole line stands that is a command with what belongs to it. */
export function isCommandLine(bytes: Uint8Array, at: number, end: number): boolean {
  if (!splitLine(bytes, at, end) || words.count === 0) return false;
  if (words.to[0] - words.from[0] > 16) return false;
  const keyBytes = words.count > 1 ? words.to[1] - words.from[1] : 0;
  const hasKey = keyBytes > 0 && keyBytes <= longestKey;
  switch (String.fromCharCode(...bytes.subarray(words.from[0], words.to[0]))) {
    case 'set':
    case 'add':
    case 'replace':
    case 'append':
    case 'prepend':
      return hasKey && words.count >= 5 && words.count <= 6 && numberOf(bytes, 2) >= 0 && numberOf(bytes, 4) >= 0;
    case 'cas':
      return hasKey && words.count >= 6 && words.count <= 7 && numberOf(bytes, 2) >= 0 && numberOf(bytes, 4) >= 0;
    case 'get':
    case 'gets':
      return hasKey;
    case 'delete':
      return hasKey && words.count <= 4;
    case 'incr':
    case 'decr':
    case 'touch':
      return hasKey && words.count >= 3 && words.count <= 4 && numberOf(bytes, 2) >= 0;
    case 'gat':
    case 'gats':
      return words.count >= 3 && numberOf(bytes, 1) >= 0;
    case 'mg':
    case 'md':
    case 'ma':
    case 'me':
      return hasKey;
    case 'ms':
      return hasKey && words.count >= 3 && numberOf(bytes, 2) >= 0;
    case 'mn':
    case 'version':
    case 'quit':
      return words.count === 1;
    case 'stats':
    case 'flush_all':
    case 'verbosity':
    case 'watch':
      return words.count <= 4;
    default:
      return false;
  }
}
