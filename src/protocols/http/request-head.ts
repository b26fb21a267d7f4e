import { type CacheEntry, isAt } from '../byte-cache.ts';
import { Interner } from '../interner.ts';
import { textOf } from '../text.ts';
import { clearTraceContext, newTraceContext, type TraceContext } from '../trace-context.ts';
import { CR, isVersion, LF, SP } from './bytes.ts';
import { INCOMPLETE, NOT_A_HEAD } from './reading.ts';
import { agents, hosts, readLines } from './request-fields.ts';
import { type Target, targetOf, targets } from './target.ts';

/** What a connection's last request said, since its next one will mostly say the same. */
export interface RequestHints {
  target: CacheEntry<Target>;
  host: CacheEntry<string>;
  agent: CacheEntry<string>;
}

/** What the head of one request says. One object is reused for all. */
export interface RequestHead {
  method: string;
  target: Target;
  host: string;
  userAgent: string;
  /** Media type of the body, '' where there is none. */
  contentType: string;
  /** Declared length of the body, -1 where none was declared. */
  contentLength: number;
  chunked: boolean;
  /** It declares its length in two ways that do not agree, as in request smuggling. */
  ambiguous: boolean;
  /** Protocol names of Upgrade where Connection asks for it, lower-case; '' otherwise. */
  upgrade: string;
  /** It prefers to wait (Prefer: wait). */
  waits: boolean;
  /** What the body means: SOAPAction, X-Amz-Target. '' where there is none. */
  action: string;
  /** An AWS signature's service ('s3'), '' where there is none. */
  signedFor: string;
  trace: TraceContext;
  /** Not all of the head was captured. */
  cut: boolean;
}

/** Longest method. The longest registered one has 17 characters (UPDATEREDIRECTREF). */
const longestMethod = 24;

const methods = new Interner(64, { longest: longestMethod });
const noTarget = targets.entry(new Uint8Array(0), 0, 0);
const noHost = hosts.entry(new Uint8Array(0), 0, 0);
const noAgent = agents.entry(new Uint8Array(0), 0, 0);

/** Hints of a connection that has not said anything. */
export function newRequestHints(): RequestHints {
  return { target: noTarget, host: noHost, agent: noAgent };
}

/** A blank head. */
export function newRequestHead(): RequestHead {
  return {
    method: '',
    target: noTarget.value,
    host: '',
    userAgent: '',
    contentType: '',
    contentLength: -1,
    chunked: false,
    ambiguous: false,
    upgrade: '',
    waits: false,
    action: '',
    signedFor: '',
    trace: newTraceContext(),
    cut: false,
  };
}

/**
 * Reads the head of a request (RFC 9112, section 3): CRLF or bare LF, folded lines, blanks around values.
 *
 * @param cut the bytes after `end` were not captured: read what is there
 * @returns index of the first byte after the head; {@link INCOMPLETE}; or {@link NOT_A_HEAD}
 */
export function readRequestHead(
  head: RequestHead,
  hints: RequestHints,
  bytes: Uint8Array,
  start: number,
  end: number,
  cut: boolean,
): number {
  let at: number;
  if (
    end - start > 4 &&
    bytes[start] === 71 &&
    bytes[start + 1] === 69 &&
    bytes[start + 2] === 84 &&
    bytes[start + 3] === SP
  ) {
    head.method = 'GET';
    at = start + 4;
  } else {
    at = start;
    while (at < end && isTokenByte(bytes[at])) at++;
    if (at - start > longestMethod) return NOT_A_HEAD;
    if (at === end) return at === start || !cut ? INCOMPLETE : NOT_A_HEAD;
    if (bytes[at] !== SP || at === start) return NOT_A_HEAD;
    head.method = methods.text(bytes, start, at);
    at++;
  }
  head.host = head.userAgent = head.contentType = head.upgrade = head.action = head.signedFor = '';
  head.contentLength = -1;
  head.chunked = head.ambiguous = head.waits = head.cut = false;
  clearTraceContext(head.trace);

  const hinted = hints.target;
  const afterHinted = at + hinted.bytes.length;
  if (
    afterHinted > at &&
    isAt(hinted, bytes, at, end) &&
    bytes[afterHinted] === SP &&
    isVersion(bytes, afterHinted + 1, end)
  ) {
    head.target = hinted.value;
    at = afterHinted + 9;
  } else {
    let space = at;
    while (space < end && bytes[space] > SP) space++;
    // A blank or a control character within the target: neither should be there.
    const isEnd = space < end && (bytes[space] === LF || (bytes[space] === SP && isVersion(bytes, space + 1, end)));
    if (space < end && !isEnd) space = lastSpaceOfLine(bytes, at, end);
    if (space >= end || end - space < 9) return lineIsCut(head, bytes, at, end, cut);
    if (space === at || bytes[space] !== SP || !isVersion(bytes, space + 1, end)) return NOT_A_HEAD;
    hints.target = targets.entry(bytes, at, space);
    head.target = hints.target.value;
    at = space + 9;
  }
  if (at < end && bytes[at] === CR) at++;
  if (at >= end) {
    head.cut = cut;
    return cut ? end : INCOMPLETE;
  }
  if (bytes[at] !== LF) return NOT_A_HEAD;
  return readLines(head, hints, bytes, at + 1, end, cut);
}

/** RFC 9110, section 5.6.2. */
function isTokenByte(b: number): boolean {
  return (b >= 65 && b <= 90) || b === 45 || (b >= 97 && b <= 122) || (b >= 48 && b <= 57) || b === 95;
}

/** Targets should have no blanks or control characters, but some are sent: the version is what follows the last blank. */
function lastSpaceOfLine(bytes: Uint8Array, at: number, end: number): number {
  let line = at;
  while (line < end && bytes[line] !== LF) line++;
  if (line >= end) return end;
  let space = line - 1;
  while (space > at && (bytes[space] === CR || bytes[space] === SP)) space--;
  while (space > at && bytes[space] !== SP) space--;
  return space;
}

/** The line's end was not seen: wait for it, or take what there is of a target that surely is one. */
function lineIsCut(head: RequestHead, bytes: Uint8Array, at: number, end: number, cut: boolean): number {
  for (let i = at; i < end; i++) if (bytes[i] === LF) return NOT_A_HEAD;
  if (!cut) return INCOMPLETE;
  if (at >= end || (bytes[at] !== 47 && bytes[at] !== 104)) return NOT_A_HEAD;
  head.target = targetOf(textOf(bytes, at, end), true);
  head.cut = true;
  return end;
}
