import { Outcome } from '../../model/request.ts';
import type { Frame } from '../frames.ts';
import { Interner } from '../interner.ts';
import { indexOfByte } from '../text.ts';

const codes = new Interner(256);
const tags = new Interner(64);

/** What an ErrorResponse says. Reused. */
export interface ServerError {
  /** SQLSTATE, five characters; '' where the message was cut before it. */
  code: string;
  outcome: Outcome;
  /** It was cut before what matters. */
  partial: boolean;
}

/** query_canceled */
const canceled = '57014';

const error: ServerError = { code: '', outcome: Outcome.unset, partial: false };

/** Reads an ErrorResponse: fields of one letter and a zero-terminated text each. */
export function readError(frame: Frame): ServerError {
  const { bytes, end } = frame;
  error.code = '';
  let timedOut = false;
  let hasMessage = false;
  for (let at = frame.start + 5; at < end && bytes[at] !== 0; ) {
    const stop = indexOfByte(bytes, 0, at + 1, end);
    if (stop < 0) break;
    if (bytes[at] === 0x43) error.code = codes.text(bytes, at + 1, stop);
    // statement_timeout and a cancel share a code; the message tells them apart, in English at least.
    else if (bytes[at] === 0x4d) {
      hasMessage = true;
      timedOut = contains(bytes, at + 1, stop, 'timeout');
    }
    at = stop + 1;
  }
  error.outcome = outcomeOf(error.code, timedOut);
  error.partial = error.code === '' || (error.code === canceled && !hasMessage);
  return error;
}

/**
 * Whose fault an SQLSTATE is (https://www.postgresql.org/docs/current/errcodes-appendix.html), by its class: contention,
 * resources, shutdowns and bugs are the server's, the rest is what was asked.
 */
export function outcomeOf(code: string, timedOut = false): Outcome {
  if (code === '') return Outcome.unset;
  switch (code.slice(0, 2)) {
    case '57':
      if (code !== canceled) return Outcome.serverError;
      return timedOut ? Outcome.timeout : Outcome.clientError;
    case '08':
    case '40':
    case '53':
    case '54':
    case '55':
    case '58':
    case 'F0':
    case 'HV':
    case 'XX':
      return Outcome.serverError;
    default:
      return Outcome.clientError;
  }
}

/** What a CommandComplete says. Reused. */
export interface CommandTag {
  /** 'SELECT', 'INSERT', 'CREATE TABLE'. */
  verb: string;
  /** Rows returned or changed, -1 where it does not say. */
  rows: number;
}

const tag: CommandTag = { verb: '', rows: -1 };

/** Reads a CommandComplete: 'SELECT 5', 'INSERT 0 5', 'BEGIN'. */
export function readTag(frame: Frame): CommandTag {
  const { bytes } = frame;
  const start = frame.start + 5;
  let end = frame.end;
  if (end > start && bytes[end - 1] === 0) end--;
  tag.rows = -1;
  let stop = end;
  let rows = 0;
  let scale = 1;
  while (stop > start && bytes[stop - 1] >= 0x30 && bytes[stop - 1] <= 0x39) {
    rows += (bytes[--stop] - 0x30) * scale;
    scale *= 10;
  }
  if (stop < end && frame.end - frame.start === frame.length) tag.rows = rows;
  // INSERT has an object id, 0 nowadays, before the number of rows.
  while (stop > start && (bytes[stop - 1] === 0x20 || (bytes[stop - 1] >= 0x30 && bytes[stop - 1] <= 0x39))) stop--;
  tag.verb = tags.text(bytes, start, stop);
  return tag;
}

function contains(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  for (let at = from; at + text.length <= to; at++) {
    let i = 0;
    while (i < text.length && bytes[at + i] === text.charCodeAt(i)) i++;
    if (i === text.length) return true;
  }
  return false;
}
