import { redactText } from '../redact.ts';
import { textOf } from '../text.ts';
import type { Statement } from './statement.ts';

/** Bytes of a raw statement that are kept. */
const longest = 4096;
/** Statements in which passwords stand as plain literals. */
const secret = /\b(?:password|passwd|identified|credentials?|secret|encrypted)\b/i;

/**
 * The statement with its values, for those who asked for it. Where a password may stand in it, which is never shown, it is
 * the text without values all the same.
 */
export function rawStatement(statement: Statement, bytes: Uint8Array, start: number, end: number): string {
  const raw = textOf(bytes, start, Math.min(end, start + longest));
  return secret.test(raw) ? statement.text : redactText(raw);
}
