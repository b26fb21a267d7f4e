import { readTraceHeader, type TraceContext } from '../trace-context.ts';
import { Class, classOf } from './lexis.ts';

/** Keys of comments that carry an id, and the header each stands for. */
const keys: readonly (readonly [key: string, header: string])[] = [
  ['traceparent', 'traceparent'],
  ['b3', 'b3'],
  ['x-b3-traceid', 'x-b3-traceid'],
  ['x-b3-spanid', 'x-b3-spanid'],
  ['uber-trace-id', 'uber-trace-id'],
  ['x-amzn-trace-id', 'x-amzn-trace-id'],
  ['sw8', 'sw8'],
  ['x-correlation-id', 'x-correlation-id'],
  ['x-request-id', 'x-request-id'],
  ['request_id', 'x-request-id'],
];

/**
 * Reads trace context out of a comment: `key='value',key='value'` as sqlcommenter (https://google.github.io/sqlcommenter/spec/)
 * and its likes write it; colons for equals signs, blanks and missing quotes are tolerated.
 */
export function readComment(trace: TraceContext, bytes: Uint8Array, from: number, to: number): void {
  let at = from;
  while (at < to) {
    while (at < to && !isKeyByte(bytes[at])) at++;
    const key = at;
    while (at < to && isKeyByte(bytes[at])) at++;
    const keyEnd = at;
    if (at >= to || (bytes[at] !== 0x3d && bytes[at] !== 0x3a)) continue;
    at++;
    while (at < to && (bytes[at] === 0x27 || bytes[at] === 0x22 || bytes[at] === 0x20)) at++;
    const value = at;
    while (at < to && bytes[at] !== 0x27 && bytes[at] !== 0x22 && bytes[at] !== 0x2c && bytes[at] > 0x20) at++;
    const header = headerOf(bytes, key, keyEnd);
    if (header !== '') readTraceHeader(trace, header, bytes, value, at);
  }
}

function headerOf(bytes: Uint8Array, from: number, to: number): string {
  for (const [key, header] of keys) {
    if (key.length !== to - from) continue;
    let i = 0;
    while (i < key.length && lower(bytes[from + i]) === key.charCodeAt(i)) i++;
    if (i === key.length) return header;
  }
  return '';
}

function lower(b: number): number {
  return b >= 65 && b <= 90 ? b | 32 : b;
}

function isKeyByte(b: number): boolean {
  return classOf[b] === Class.word || classOf[b] === Class.digit || b === 0x2d;
}
