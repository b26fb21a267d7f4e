import { shownAuthority } from '../authority.ts';
import { ByteCache, fromText, isAt } from '../byte-cache.ts';
import { textOf } from '../text.ts';
import {
  readAmznTraceId,
  readB3,
  readB3SpanId,
  readB3TraceId,
  readCorrelationId,
  readSw8,
  readTraceparent,
  readUberTraceId,
} from '../trace-context.ts';
import { CR, decimal, hasToken, headerName, LF, lineEnd, matchName, SP, skipBlanks, TAB, trimEnd } from './bytes.ts';
import { mediaTypes } from './media-type.ts';
import { INCOMPLETE } from './reading.ts';
import type { RequestHead, RequestHints } from './request-head.ts';

/** Values of Host and User-Agent seen lately on this host. */
export const hosts: ByteCache<string> = new ByteCache(512, fromText(shownAuthority), 255);
export const agents: ByteCache<string> = new ByteCache(
  512,
  fromText((text) => text.slice(0, 256).replace(/[\r\n\t]+\s*/g, ' ')),
  512,
);

const HOST = headerName('host');
const USER_AGENT = headerName('user-agent');
const UPGRADE = headerName('upgrade');
const UBER_TRACE_ID = headerName('uber-trace-id');
const CONTENT_LENGTH = headerName('content-length');
const CONTENT_TYPE = headerName('content-type');
const CONNECTION = headerName('connection');
const TRANSFER_ENCODING = headerName('transfer-encoding');
const TRACEPARENT = headerName('traceparent');
const X_REQUEST_ID = headerName('x-request-id');
const X_CORRELATION_ID = headerName('x-correlation-id');
const X_B3_TRACE_ID = headerName('x-b3-traceid');
const X_B3_SPAN_ID = headerName('x-b3-spanid');
const X_AMZN_TRACE_ID = headerName('x-amzn-trace-id');
const X_AMZ_TARGET = headerName('x-amz-target');
const B3 = headerName('b3');
const SW8 = headerName('sw8');
const SOAPACTION = headerName('soapaction');
const PREFER = headerName('prefer');
const AUTHORIZATION = headerName('authorization');
const CHUNKED = headerName('chunked');

/** All lines after the first, and the empty one that ends them. */
export function readLines(
  head: RequestHead,
  hints: RequestHints,
  bytes: Uint8Array,
  at: number,
  end: number,
  cut: boolean,
): number {
  let connectionUpgrade = false;
  while (at < end) {
    let value = 0;
    let name = HOST;
    const first = bytes[at] | 0x20;
    switch (first) {
      case 0x2d: // CR, or a name that begins with it
      case 0x2a: // LF
        if (bytes[at] === LF) {
          if (!connectionUpgrade) head.upgrade = '';
          return at + 1;
        }
        if (bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF) {
          if (!connectionUpgrade) head.upgrade = '';
          return at + 2;
        }
        break;
      case 0x68: // h
        value = matchName(bytes, at, end, HOST);
        if (value > 0) {
          const from = bytes[at + 5] === SP ? at + 6 : at + 5;
          const host = hints.host;
          const after = from + host.bytes.length;
          if (after + 1 < end && bytes[after] === CR && bytes[after + 1] === LF && isAt(host, bytes, from, end)) {
            head.host = host.value;
            if (after + 2 < end && bytes[after + 2] !== SP && bytes[after + 2] !== TAB) {
              at = after + 2;
              continue;
            }
          }
        }
        break;
      case 0x75: // u
        name = USER_AGENT;
        value = matchName(bytes, at, end, USER_AGENT);
        if (value > 0) {
          const from = bytes[at + 11] === SP ? at + 12 : at + 11;
          const agent = hints.agent;
          const after = from + agent.bytes.length;
          if (after + 1 < end && bytes[after] === CR && bytes[after + 1] === LF && isAt(agent, bytes, from, end)) {
            head.userAgent = agent.value;
            if (after + 2 < end && bytes[after + 2] !== SP && bytes[after + 2] !== TAB) {
              at = after + 2;
              continue;
            }
          }
          break;
        }
        name = UPGRADE;
        value = matchName(bytes, at, end, name);
        if (value > 0) break;
        name = UBER_TRACE_ID;
        value = matchName(bytes, at, end, name);
        break;
      case 0x63: // c
        name = CONNECTION;
        value = matchName(bytes, at, end, name);
        if (value > 0) break;
        name = CONTENT_LENGTH;
        value = matchName(bytes, at, end, name);
        if (value > 0) break;
        name = CONTENT_TYPE;
        value = matchName(bytes, at, end, name);
        break;
      case 0x74: // t
        name = TRACEPARENT;
        value = matchName(bytes, at, end, name);
        if (value > 0) break;
        name = TRANSFER_ENCODING;
        value = matchName(bytes, at, end, name);
        break;
      case 0x78: // x
        name = xName(bytes, at, end);
        value = name === HOST ? 0 : name.length + 1;
        break;
      case 0x62: // b
        name = B3;
        value = matchName(bytes, at, end, name);
        break;
      case 0x73: // s
        name = SW8;
        value = matchName(bytes, at, end, name);
        if (value > 0) break;
        name = SOAPACTION;
        value = matchName(bytes, at, end, name);
        break;
      case 0x70: // p
        name = PREFER;
        value = matchName(bytes, at, end, name);
        break;
      case 0x61: // a
        name = AUTHORIZATION;
        value = matchName(bytes, at, end, name);
        break;
      default:
        break;
    }
    const line = lineEnd(bytes, at, end);
    if (line < 0) break;
    if (value > 0) {
      const from = skipBlanks(bytes, at + value, line);
      const to = trimEnd(bytes, from, line);
      if (name === CONNECTION) connectionUpgrade ||= hasToken(bytes, from, to, UPGRADE);
      else readValue(head, hints, name, bytes, from, to);
    }
    at = line + 1;
  }
  if (!cut) return INCOMPLETE;
  head.cut = true;
  if (!connectionUpgrade) head.upgrade = '';
  return end;
}

function readValue(
  head: RequestHead,
  hints: RequestHints,
  name: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  switch (name) {
    case HOST:
      hints.host = hosts.entry(bytes, from, to);
      head.host = hints.host.value;
      return;
    case USER_AGENT:
      hints.agent = agents.entry(bytes, from, to);
      head.userAgent = hints.agent.value;
      return;
    case CONTENT_LENGTH: {
      const length = decimal(bytes, from, to);
      if (head.chunked || length < 0 || (head.contentLength >= 0 && head.contentLength !== length))
        head.ambiguous = true;
      if (length >= 0) head.contentLength = length;
      return;
    }
    case TRANSFER_ENCODING:
      if (hasToken(bytes, from, to, CHUNKED)) head.chunked = true;
      if (head.contentLength >= 0) head.ambiguous = true;
      return;
    case CONTENT_TYPE:
      head.contentType = mediaTypes.entry(bytes, from, to).value;
      return;
    case UPGRADE:
      head.upgrade = textOf(bytes, from, Math.min(to, from + 64)).toLowerCase();
      return;
    case TRACEPARENT:
      readTraceparent(head.trace, bytes, from, to);
      return;
    case UBER_TRACE_ID:
      readUberTraceId(head.trace, bytes, from, to);
      return;
    case X_REQUEST_ID:
    case X_CORRELATION_ID:
      readCorrelationId(head.trace, bytes, from, to);
      return;
    case X_B3_TRACE_ID:
      readB3TraceId(head.trace, bytes, from, to);
      return;
    case X_B3_SPAN_ID:
      readB3SpanId(head.trace, bytes, from, to);
      return;
    case X_AMZN_TRACE_ID:
      readAmznTraceId(head.trace, bytes, from, to);
      return;
    case B3:
      readB3(head.trace, bytes, from, to);
      return;
    case SW8:
      readSw8(head.trace, bytes, from, to);
      return;
    case PREFER:
      head.waits = /(?:^|[,;]\s*)wait\s*=/i.test(textOf(bytes, from, Math.min(to, from + 100)));
      return;
    case X_AMZ_TARGET:
    case SOAPACTION:
      head.action = textOf(bytes, from, Math.min(to, from + 200)).replace(/^"|"$/g, '');
      return;
    case AUTHORIZATION:
      head.signedFor = awsService(bytes, from, to);
      return;
    default:
      return;
  }
}

/** Which of the headers that begin with x- it is; HOST where it is none of them. */
function xName(bytes: Uint8Array, at: number, end: number): Uint8Array {
  switch (at + 4 < end ? bytes[at + 2] | 0x20 : 0) {
    case 0x72: // r
      return matchName(bytes, at, end, X_REQUEST_ID) > 0 ? X_REQUEST_ID : HOST;
    case 0x63: // c
      return matchName(bytes, at, end, X_CORRELATION_ID) > 0 ? X_CORRELATION_ID : HOST;
    case 0x62: // b
      if (matchName(bytes, at, end, X_B3_TRACE_ID) > 0) return X_B3_TRACE_ID;
      return matchName(bytes, at, end, X_B3_SPAN_ID) > 0 ? X_B3_SPAN_ID : HOST;
    case 0x61: // a
      if (matchName(bytes, at, end, X_AMZN_TRACE_ID) > 0) return X_AMZN_TRACE_ID;
      return matchName(bytes, at, end, X_AMZ_TARGET) > 0 ? X_AMZ_TARGET : HOST;
    default:
      return HOST;
  }
}

/** `AWS4-HMAC-SHA256 Credential=AKIA.../20240101/eu-west-1/s3/aws4_request, ...` gives 's3'. Nothing else is kept of it. */
function awsService(bytes: Uint8Array, from: number, to: number): string {
  if (bytes[from] !== 65 || bytes[from + 1] !== 87 || bytes[from + 2] !== 83 || bytes[from + 3] !== 52) return '';
  const scope = /Credential=[^/,\s]+\/\d{8}\/[\w-]+\/([\w-]{1,40})\/aws4_request/.exec(
    textOf(bytes, from, Math.min(to, from + 250)),
  );
  return scope === null ? '' : scope[1].toLowerCase();
}
