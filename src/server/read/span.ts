/** The span of time that a question is about. */
import { parseMoment, type Span } from '../../model/api.ts';
import type { Span as NanoSpan } from '../../store/readers/span.ts';
import { HttpError } from '../problem.ts';

const usual = 15 * 60_000;
const longest = 800 * 86_400_000;

/** The span of `from` and `to` as a client wrote them: the last 15 minutes where absent. */
export function spanOf(query: { from?: string | undefined; to?: string | undefined }, now = Date.now()): Span {
  const to = moment(query.to, now) ?? now;
  const from = moment(query.from, now) ?? to - usual;
  if (from >= to) throw new HttpError(400, 'bad_span', '"from" is not before "to"');
  if (to - from > longest) throw new HttpError(400, 'bad_span', 'the span is longer than anything is kept');
  return { from: Math.floor(from), to: Math.ceil(to) };
}

function moment(text: string | undefined, now: number): number | undefined {
  return text === undefined ? undefined : parseMoment(text, now);
}

/** The same in nanoseconds, as the store wants it. */
export function nanoSpan(span: Span): NanoSpan {
  return { from: BigInt(span.from) * 1_000_000n, to: BigInt(span.to) * 1_000_000n };
}

/** Back in milliseconds, its ends moved outwards to whole ones. */
export function milliSpan(span: NanoSpan): Span {
  return { from: Number(span.from / 1_000_000n), to: Number((span.to + 999_999n) / 1_000_000n) };
}

/** Seconds of a span that have passed. */
export function secondsOf(span: Span, now = Date.now()): number {
  return Math.max(0.001, (Math.min(span.to, Math.max(now, span.from + 1)) - span.from) / 1000);
}
