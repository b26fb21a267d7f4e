import { Side } from '../../model/request.ts';
import { Confidence } from '../protocol.ts';
import { startsWith } from '../text.ts';
import { CR, isVersion, LF, SP } from './bytes.ts';

/** Methods that are surely HTTP's where a path follows, though the line's end was not captured. */
const commonMethods = ['GET ', 'POST ', 'PUT ', 'DELETE ', 'HEAD ', 'OPTIONS ', 'PATCH ', 'PROPFIND ', 'REPORT '];

/** Longest method that is recognised. */
const longestMethod = 24;

/** Judges whether bytes are the beginning of an HTTP/1 message. Never 'maybe': the version in the first line is proof. */
export function recognise(bytes: Uint8Array, start: number, end: number, from: Side, total: number): Confidence {
  if (from === Side.server) return recogniseResponse(bytes, start, end);
  while (start < end && (bytes[start] === CR || bytes[start] === LF)) start++;
  if (start === end) return Confidence.more;
  let at = start;
  while (at < end && at - start <= longestMethod && isUpper(bytes[at])) at++;
  if (at === end) return at - start <= longestMethod ? Confidence.more : Confidence.no;
  if (bytes[at] !== SP || at - start < 3) return Confidence.no;
  const line = endOfLine(bytes, at, end);
  if (line >= 0) return endsInVersion(bytes, at, line) ? Confidence.yes : Confidence.no;
  if (at + 1 === end) return Confidence.more;
  const first = bytes[at + 1];
  if (first !== 47 && first !== 42 && (first | 0x20) !== 104)
    return at + 1 - start > longestMethod ? Confidence.no : moreOf(end - start);
  if (first === 47 && end - start < total) {
    for (const method of commonMethods) if (startsWith(bytes, start, end, method)) return Confidence.yes;
  }
  return moreOf(end - start);
}

/** Judges whether a request line begins at `at`, of which the bytes after `end` were perhaps not captured. */
export function recogniseRequest(bytes: Uint8Array, at: number, end: number, cut: boolean): Confidence {
  if (at < end && !isUpper(bytes[at])) return Confidence.no;
  return recognise(bytes, at, end, Side.client, cut ? Number.MAX_SAFE_INTEGER : end - at);
}

/** Judges whether a status line begins at `start`. */
export function recogniseResponse(bytes: Uint8Array, start: number, end: number): Confidence {
  if (end - start < 12) {
    for (let i = 0; i < end - start && i < 7; i++) {
      if (bytes[start + i] !== 'HTTP/1.'.charCodeAt(i)) return Confidence.no;
    }
    return Confidence.more;
  }
  if (!isVersion(bytes, start, end) || bytes[start + 8] !== SP) return Confidence.no;
  if (bytes[start + 9] < 49 || bytes[start + 9] > 57) return Confidence.no;
  for (let i = 10; i < 12; i++) if (bytes[start + i] < 48 || bytes[start + i] > 57) return Confidence.no;
  return Confidence.yes;
}

function moreOf(length: number): Confidence {
  return length < 2048 ? Confidence.more : Confidence.no;
}

function isUpper(b: number): boolean {
  return (b >= 65 && b <= 90) || b === 45;
}

function endOfLine(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== LF) at++;
  return at < end ? at : -1;
}

function endsInVersion(bytes: Uint8Array, from: number, line: number): boolean {
  if (line > 0 && bytes[line - 1] === CR) line--;
  return line - 9 > from && bytes[line - 9] === SP && isVersion(bytes, line - 8, line);
}
