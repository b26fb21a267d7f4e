import { Interner } from '../interner.ts';
import { readTraceHeader, type TraceContext } from '../trace-context.ts';

const names = new Interner(256, { longest: 64, derive: (name) => name.toLowerCase() });
const LF = 10;
const COLON = 58;
const SPACE = 32;

/**
 * Looks through the headers of an HPUB or HMSG (`NATS/1.0`, then lines `Name: value` up to an empty one) for trace context.
 * Returns false where not all of them were captured.
 *
 * @param start first byte after the control line
 * @param headerBytes length of the headers as the control line says
 */
export function readHeaders(
  trace: TraceContext,
  bytes: Uint8Array,
  start: number,
  end: number,
  headerBytes: number,
): boolean {
  const stop = Math.min(end, start + headerBytes);
  let at = start;
  while (at < stop && bytes[at] !== LF) at++;
  at++;
  while (at < stop) {
    let colon = at;
    while (colon < stop && bytes[colon] !== COLON && bytes[colon] !== LF) colon++;
    if (colon >= stop || bytes[colon] === LF) break;
    let lineEnd = colon;
    while (lineEnd < stop && bytes[lineEnd] !== LF) lineEnd++;
    let from = colon + 1;
    while (from < lineEnd && bytes[from] === SPACE) from++;
    names.text(bytes, at, colon);
    if (lineEnd < stop) readTraceHeader(trace, names.derived, bytes, from, lineEnd - 1);
    at = lineEnd + 1;
  }
  return end >= start + headerBytes;
}
