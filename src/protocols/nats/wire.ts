/** The NATS client protocol: lines of text, some followed by a payload (docs.nats.io, "Client Protocol"). */
import type { FrameRule } from '../frames.ts';
import { Confidence } from '../protocol.ts';
import { startsWith, startsWithIgnoreCase } from '../text.ts';

/** What a line does. */
export const Verb = {
  none: 0,
  info: 1,
  connect: 2,
  pub: 3,
  hpub: 4,
  sub: 5,
  unsub: 6,
  msg: 7,
  hmsg: 8,
  ping: 9,
  pong: 10,
  ok: 11,
  err: 12,
  /** Between servers: routes, leaf nodes and gateways. */
  route: 13,
} as const;
export type Verb = (typeof Verb)[keyof typeof Verb];

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const QUOTE = 39;
const BRACE = 123;

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** True where the word `lower` stands at `at`, followed by a blank or, where `alone`, by the end of the line. */
function isVerb(bytes: Uint8Array, at: number, end: number, lower: string, alone: boolean): boolean {
  const after = at + lower.length;
  return (
    after < end &&
    startsWithIgnoreCase(bytes, at, end, lower) &&
    (isBlank(bytes[after]) || (alone && bytes[after] === CR))
  );
}

/** The verb that a line begins with; a verb that is cut off by `end` is none. */
export function verbAt(bytes: Uint8Array, at: number, end: number): Verb {
  if (end - at < 3) return Verb.none;
  switch (bytes[at] | 0x20) {
    case 0x6d: // m
      return isVerb(bytes, at, end, 'msg', false) ? Verb.msg : Verb.none;
    case 0x68: // h
      if (isVerb(bytes, at, end, 'hpub', false)) return Verb.hpub;
      return isVerb(bytes, at, end, 'hmsg', false) ? Verb.hmsg : Verb.none;
    case 0x70: // p
      if (isVerb(bytes, at, end, 'pub', false)) return Verb.pub;
      if (isVerb(bytes, at, end, 'ping', true)) return Verb.ping;
      return isVerb(bytes, at, end, 'pong', true) ? Verb.pong : Verb.none;
    case 0x73: // s
      return isVerb(bytes, at, end, 'sub', false) ? Verb.sub : Verb.none;
    case 0x75: // u
      return isVerb(bytes, at, end, 'unsub', false) ? Verb.unsub : Verb.none;
    case 0x69: // i
      return isVerb(bytes, at, end, 'info', false) ? Verb.info : Verb.none;
    case 0x63: // c
      return isVerb(bytes, at, end, 'connect', false) ? Verb.connect : Verb.none;
    case 0x2b: // + with bit 5 set is itself
      return isVerb(bytes, at, end, '+ok', true) ? Verb.ok : Verb.none;
    case 0x2d: // -
      return isVerb(bytes, at, end, '-err', false) ? Verb.err : Verb.none;
    case 0x72: // r
      return startsWith(bytes, at, end, 'RMSG ') || startsWith(bytes, at, end, 'RS') ? Verb.route : Verb.none;
    case 0x6c: // l
      return startsWith(bytes, at, end, 'LMSG ') || startsWith(bytes, at, end, 'LS') ? Verb.route : Verb.none;
    case 0x61: // a
      return startsWith(bytes, at, end, 'A+ ') || startsWith(bytes, at, end, 'A- ') ? Verb.route : Verb.none;
    default:
      return Verb.none;
  }
}

/** Longest control line: servers allow 4 KiB by default and their own INFO with many cluster addresses is longer. */
const longestLine = 16_384;
/** Largest payload that a server can be configured for is 64 MiB. */
const largestPayload = 64 << 20;

/** A line cut into words, reused. */
export interface Line {
  verb: Verb;
  /** Words, the verb aside, and where each stands. */
  words: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Index after the line's LF. */
  after: number;
  /** Bytes of the headers, included in the payload; 0 where there are none. */
  headerBytes: number;
  /** Bytes of the payload, without its CRLF; -1 where the verb has none. */
  payloadBytes: number;
}

/** Words that are looked at; more make a line invalid where it has a payload. */
const maxWords = 6;

/** A blank line. */
export function newLine(): Line {
  return {
    verb: Verb.none,
    words: 0,
    from: new Int32Array(maxWords),
    to: new Int32Array(maxWords),
    after: 0,
    headerBytes: 0,
    payloadBytes: -1,
  };
}

/** Decimal number bytes[from] .. bytes[to - 1], -1 where it is none or above 2^30. */
function numberAt(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > 9) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i] - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Reads the line at `at` into `line`. Gives the length of line and payload, 0 where the line is not all there, -1 where it
 * is no line of this protocol.
 */
export function readLine(line: Line, bytes: Uint8Array, at: number, end: number): number {
  const verb = verbAt(bytes, at, end);
  line.verb = verb;
  line.words = 0;
  line.headerBytes = 0;
  line.payloadBytes = -1;
  if (verb === Verb.none) return couldBegin(bytes, at, end) ? 0 : -1;
  let i = at;
  while (i < end && bytes[i] > SPACE) i++;
  const isFreeText = verb === Verb.info || verb === Verb.connect || verb === Verb.err || verb === Verb.route;
  if (isFreeText) {
    const opens = verb === Verb.err ? QUOTE : verb === Verb.route ? 0 : BRACE;
    if (opens !== 0 && i + 1 < end && bytes[i + 1] !== opens) return -1;
    while (i < end && bytes[i] !== LF) i++;
  } else {
    while (i < end && bytes[i] !== LF) {
      const byte = bytes[i];
      if (isBlank(byte) || byte === CR) {
        i++;
        continue;
      }
      if (byte < SPACE) return -1;
      if (line.words === maxWords) return -1;
      line.from[line.words] = i;
      while (i < end && bytes[i] > SPACE) i++;
      line.to[line.words++] = i;
    }
  }
  if (i >= end) return i - at >= longestLine ? -1 : 0;
  if (bytes[i - 1] !== CR && verb !== Verb.route) return -1;
  line.after = i + 1;
  const length = line.after - at;
  return readPayload(line, bytes) ? length + (line.payloadBytes < 0 ? 0 : line.payloadBytes + 2) : -1;
}

/** Checks the words of a line and reads the sizes at its end. */
function readPayload(line: Line, bytes: Uint8Array): boolean {
  const { words } = line;
  const size = (word: number) => numberAt(bytes, line.from[word], line.to[word]);
  switch (line.verb) {
    case Verb.pub:
    case Verb.msg: {
      const least = line.verb === Verb.pub ? 2 : 3;
      if (words < least || words > least + 1) return false;
      line.payloadBytes = size(words - 1);
      return line.payloadBytes >= 0 && line.payloadBytes <= largestPayload;
    }
    case Verb.hpub:
    case Verb.hmsg: {
      const least = line.verb === Verb.hpub ? 3 : 4;
      if (words < least || words > least + 1) return false;
      line.headerBytes = size(words - 2);
      line.payloadBytes = size(words - 1);
      return line.headerBytes >= 0 && line.headerBytes <= line.payloadBytes && line.payloadBytes <= largestPayload;
    }
    case Verb.sub:
      return words === 2 || words === 3;
    case Verb.unsub:
      return words === 1 || words === 2;
    case Verb.ping:
    case Verb.pong:
    case Verb.ok:
      return words === 0;
    default:
      return true;
  }
}

const verbs = [
  'info ',
  'connect ',
  'pub ',
  'hpub ',
  'sub ',
  'unsub ',
  'msg ',
  'hmsg ',
  'ping\r',
  'pong\r',
  '+ok\r',
  '-err ',
];

/** True where the few bytes that are there are the beginning of a verb. */
function couldBegin(bytes: Uint8Array, at: number, end: number): boolean {
  const length = end - at;
  if (length >= 8) return false;
  return verbs.some((verb) => length < verb.length && startsWithIgnoreCase(bytes, at, end, verb.slice(0, length)));
}

const scratch = newLine();

/** True where a whole line stands at `at`, and its payload, as far as it is there, ends as it should. */
function isSure(bytes: Uint8Array, at: number, end: number): boolean {
  const length = readLine(scratch, bytes, at, end);
  if (length <= 0) return false;
  if (scratch.payloadBytes < 0 || at + length > end) return true;
  return bytes[at + length - 2] === CR && bytes[at + length - 1] === LF;
}

/** Lines and their payloads. */
export const natsFrames: FrameRule = {
  headerEnds: LF,
  longestHeader: longestLine,
  length: (bytes, at, end) => readLine(scratch, bytes, at, end),
  begins: isSure,
  find(bytes, at, end) {
    for (let i = at; i < end; i++) {
      if (isSure(bytes, i, end)) return i;
      while (i < end && bytes[i] !== LF) i++;
    }
    return -1;
  },
};

/**
 * How sure it is that bytes in the middle of a connection are NATS: a line whose payload ends where the line says is
 * proof; lines that stand alone are found in other protocols too.
 */
export function certainty(bytes: Uint8Array, start: number, end: number): Confidence {
  let at = start;
  while (at < end) {
    const length = readLine(scratch, bytes, at, end);
    if (length < 0 || scratch.verb === Verb.route) return Confidence.no;
    if (length === 0) return at > start ? Confidence.maybe : Confidence.more;
    if (scratch.payloadBytes >= 0) {
      if (at + length > end) return at > start ? Confidence.maybe : Confidence.more;
      if (bytes[at + length - 2] !== CR || bytes[at + length - 1] !== LF) return Confidence.no;
      return Confidence.yes;
    }
    at += length;
  }
  return at > start ? Confidence.maybe : Confidence.no;
}
