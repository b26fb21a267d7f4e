import { type CacheEntry, isAt } from '../byte-cache.ts';
import { textOf } from '../text.ts';
import {
  clearTraceContext,
  newTraceContext,
  readAmznTraceId,
  readCorrelationId,
  type TraceContext,
} from '../trace-context.ts';
import {
  CR,
  decimal,
  hasToken,
  headerName,
  isVersion,
  LF,
  lineEnd,
  matchName,
  SP,
  skipBlanks,
  TAB,
  trimEnd,
} from './bytes.ts';
import { mediaTypes } from './media-type.ts';
import { INCOMPLETE, NOT_A_HEAD } from './reading.ts';

/** What a connection's last response said, since its next one will mostly say the same. */
export interface ResponseHints {
  type: CacheEntry<string>;
}

/** What the head of one response says. One object is reused for all. */
export interface ResponseHead {
  status: number;
  contentType: string;
  /** Declared length of the body, -1 where none was declared. */
  contentLength: number;
  chunked: boolean;
  /** A transfer coding that does not end in chunked: the body ends with the connection. */
  untilClose: boolean;
  ambiguous: boolean;
  /** Protocol that Upgrade names, lower-case; '' where there is none. */
  upgrade: string;
  /** Ids by which the answerer names the request. */
  trace: TraceContext;
  cut: boolean;
}

const CONTENT_LENGTH = headerName('content-length');
const CONTENT_TYPE = headerName('content-type');
const TRANSFER_ENCODING = headerName('transfer-encoding');
const UPGRADE = headerName('upgrade');
const X_REQUEST_ID = headerName('x-request-id');
const X_CORRELATION_ID = headerName('x-correlation-id');
const X_AMZN_REQUEST_ID = headerName('x-amzn-requestid');
const X_AMZ_REQUEST_ID = headerName('x-amz-request-id');
const X_AMZN_TRACE_ID = headerName('x-amzn-trace-id');
const CHUNKED = headerName('chunked');

const noType = mediaTypes.entry(new Uint8Array(0), 0, 0);

/** Hints of a connection that has not said anything. */
export function newResponseHints(): ResponseHints {
  return { type: noType };
}

/** A blank head. */
export function newResponseHead(): ResponseHead {
  return {
    status: 0,
    contentType: '',
    contentLength: -1,
    chunked: false,
    untilClose: false,
    ambiguous: false,
    upgrade: '',
    trace: newTraceContext(),
    cut: false,
  };
}

/**
 * Reads the head of a response (RFC 9112, section 4), as {@link readRequestHead} does that of a request.
 *
 * @returns index of the first byte after the head; {@link INCOMPLETE}; or {@link NOT_A_HEAD}
 */
export function readResponseHead(
  head: ResponseHead,
  hints: ResponseHints,
  bytes: Uint8Array,
  start: number,
  end: number,
  cut: boolean,
): number {
  if (end - start < 12) {
    for (let i = start; i < end && i < start + 7; i++)
      if (bytes[i] !== 'HTTP/1.'.charCodeAt(i - start)) return NOT_A_HEAD;
    return cut ? NOT_A_HEAD : INCOMPLETE;
  }
  if (!isVersion(bytes, start, end) || bytes[start + 8] !== SP) return NOT_A_HEAD;
  const status = decimal(bytes, start + 9, start + 12);
  if (status < 100) return NOT_A_HEAD;
  let at = start + 12;
  if (at < end && bytes[at] !== SP && bytes[at] !== CR && bytes[at] !== LF) return NOT_A_HEAD;
  head.status = status;
  head.contentType = head.upgrade = '';
  head.contentLength = -1;
  head.chunked = head.untilClose = head.ambiguous = head.cut = false;
  clearTraceContext(head.trace);
  while (at < end && bytes[at] !== LF) at++;
  at++;
  while (at < end) {
    let value = 0;
    let name = CONTENT_LENGTH;
    switch (bytes[at] | 0x20) {
      case 0x2d: // CR
      case 0x2a: // LF
        if (bytes[at] === LF) return at + 1;
        if (bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF) return at + 2;
        break;
      case 0x63: // c
        value = matchName(bytes, at, end, name);
        if (value > 0) break;
        name = CONTENT_TYPE;
        value = matchName(bytes, at, end, name);
        if (value > 0) {
          const from = bytes[at + 13] === SP ? at + 14 : at + 13;
          const { type } = hints;
          const after = from + type.bytes.length;
          if (after + 1 < end && bytes[after] === CR && bytes[after + 1] === LF && isAt(type, bytes, from, end)) {
            head.contentType = type.value;
            if (after + 2 < end && bytes[after + 2] !== SP && bytes[after + 2] !== TAB) {
              at = after + 2;
              continue;
            }
          }
        }
        break;
      case 0x74: // t
        name = TRANSFER_ENCODING;
        value = matchName(bytes, at, end, name);
        break;
      case 0x75: // u
        name = UPGRADE;
        value = matchName(bytes, at, end, name);
        break;
      case 0x78: // x
        name = xName(bytes, at, end);
        value = name === CONTENT_LENGTH ? 0 : name.length + 1;
        break;
      default:
        break;
    }
    const line = lineEnd(bytes, at, end);
    if (line < 0) break;
    if (value > 0) {
      const from = skipBlanks(bytes, at + value, line);
      readValue(head, hints, name, bytes, from, trimEnd(bytes, from, line));
    }
    at = line + 1;
  }
  if (!cut) return INCOMPLETE;
  head.cut = true;
  return end;
}

function readValue(
  head: ResponseHead,
  hints: ResponseHints,
  name: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  switch (name) {
    case CONTENT_LENGTH: {
      const length = decimal(bytes, from, to);
      if (head.chunked || length < 0 || (head.contentLength >= 0 && head.contentLength !== length))
        head.ambiguous = true;
      if (length >= 0) head.contentLength = length;
      return;
    }
    case CONTENT_TYPE:
      hints.type = mediaTypes.entry(bytes, from, to);
      head.contentType = hints.type.value;
      return;
    case TRANSFER_ENCODING:
      if (hasToken(bytes, from, to, CHUNKED)) head.chunked = true;
      else head.untilClose = true;
      if (head.contentLength >= 0) head.ambiguous = true;
      return;
    case UPGRADE:
      head.upgrade = textOf(bytes, from, Math.min(to, from + 64)).toLowerCase();
      return;
    case X_AMZN_TRACE_ID:
      readAmznTraceId(head.trace, bytes, from, to);
      return;
    default:
      readCorrelationId(head.trace, bytes, from, to);
  }
}

/** Which of the headers that begin with x- it is; CONTENT_LENGTH where it is none of them. */
function xName(bytes: Uint8Array, at: number, end: number): Uint8Array {
  switch (at + 4 < end ? bytes[at + 2] | 0x20 : 0) {
    case 0x72: // r
      return matchName(bytes, at, end, X_REQUEST_ID) > 0 ? X_REQUEST_ID : CONTENT_LENGTH;
    case 0x63: // c
      return matchName(bytes, at, end, X_CORRELATION_ID) > 0 ? X_CORRELATION_ID : CONTENT_LENGTH;
    case 0x61: // a
      if (matchName(bytes, at, end, X_AMZN_REQUEST_ID) > 0) return X_AMZN_REQUEST_ID;
      if (matchName(bytes, at, end, X_AMZ_REQUEST_ID) > 0) return X_AMZ_REQUEST_ID;
      return matchName(bytes, at, end, X_AMZN_TRACE_ID) > 0 ? X_AMZN_TRACE_ID : CONTENT_LENGTH;
    default:
      return CONTENT_LENGTH;
  }
}
