import { startsWith } from '../text.ts';
import { topicInterner } from '../topic.ts';

const subjects = topicInterner(2048, '.');
const DOT = 46;
/** Bytes of a subject that are kept: servers take 4 KB in a line by default, and what is longer was made to do harm. */
const longest = 4096;

/** The subject as it is. */
export function subjectText(bytes: Uint8Array, from: number, to: number): string {
  return subjects.text(bytes, from, Math.min(to, from + longest));
}

/**
 * The subject with few distinct values: ids taken out, every inbox `_INBOX`, acknowledgements of JetStream without their
 * numbers (`$JS.ACK.<stream>.<consumer>`).
 */
export function subjectTarget(bytes: Uint8Array, from: number, to: number): string {
  if (startsWith(bytes, from, to, '_INBOX.')) return '_INBOX';
  if (isAcknowledgement(bytes, from, to)) to = levelsEnd(bytes, from, to, 4);
  subjects.text(bytes, from, Math.min(to, from + longest));
  return subjects.derived;
}

/** True for the subjects on which JetStream takes acknowledgements. */
export function isAcknowledgement(bytes: Uint8Array, from: number, to: number): boolean {
  return startsWith(bytes, from, to, '$JS.ACK.');
}

/** True for subjects that only replies are sent to. */
export function isReply(bytes: Uint8Array, from: number, to: number): boolean {
  return startsWith(bytes, from, to, '_INBOX.') || isAcknowledgement(bytes, from, to);
}

/** True for a pull request of JetStream, `$JS.API.CONSUMER.MSG.NEXT.<stream>.<consumer>`, with or without a domain. */
export function isPull(bytes: Uint8Array, from: number, to: number): boolean {
  if (!startsWith(bytes, from, to, '$JS.')) return false;
  const api = startsWith(bytes, from, to, '$JS.API.') ? from + 4 : levelsEnd(bytes, from, to, 2) + 1;
  return startsWith(bytes, api, to, 'API.CONSUMER.MSG.NEXT.');
}

/** Where the first `levels` levels end. */
function levelsEnd(bytes: Uint8Array, from: number, to: number, levels: number): number {
  for (let i = from; i < to; i++) if (bytes[i] === DOT && --levels === 0) return i;
  return to;
}

let check = 0;

/**
 * A hash of bytes[from] .. bytes[to - 1] of 30 bits, by which a subject is found without making a string of it; a second,
 * independent one ({@link checkOfLast}) makes sure that it is the same subject.
 */
export function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let a = 0x811c9dc5;
  let b = to - from;
  for (let i = from; i < to; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b, 31) + bytes[i];
  }
  check = (Math.imul(b ^ (b >>> 15), 0x2c1b3c6d) >>> 2) & 0x3fffffff;
  return ((a ^ (a >>> 15)) >>> 1) & 0x3fffffff;
}

/** The second hash of what {@link hashOf} was given last. */
export function checkOfLast(): number {
  return check;
}
