import { FilterError } from './error.ts';

/** A piece of a filter's text. */
export type Token =
  | { readonly type: 'open' | 'close' | 'not' | 'and' | 'or' | 'end'; readonly at: number; readonly length: number }
  | WordToken;

/** Something between spaces: a term or a word. */
export interface WordToken {
  readonly type: 'word';
  readonly at: number;
  readonly length: number;
  /** What stands before the first colon, where there is one. */
  readonly key: string | undefined;
  /** What follows it (all of it where there is no key), split at commas. */
  readonly parts: readonly Part[];
}

/** One value as it was written. */
export interface Part {
  readonly at: number;
  readonly length: number;
  /** Literal pieces between the unescaped stars. */
  readonly pieces: readonly string[];
  /** The same with the stars put back: what a number or a choice is read from. */
  readonly plain: string;
  /** True where a quote or a backslash says: this is text. */
  readonly quoted: boolean;
}

/** Splits the text of a filter into tokens, the last of which is `end`. Throws {@link FilterError}. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at];
    if (isSpace(c)) at++;
    else if (c === '(' || c === ')') found.push({ type: c === '(' ? 'open' : 'close', at: at++, length: 1 });
    else if ((c === '-' || c === '!') && at + 1 < text.length && !isSpace(text[at + 1])) {
      found.push({ type: 'not', at: at++, length: 1 });
    } else {
      const word = readWord(text, at);
      at += word.length;
      found.push(keyword(text, word) ?? word);
    }
  }
  found.push({ type: 'end', at: text.length, length: 0 });
  return found;
}

function keyword(text: string, word: WordToken): Token | undefined {
  const { at, length } = word;
  const lower = text.slice(at, at + length).toLowerCase();
  return lower === 'and' || lower === 'or' || lower === 'not' ? { type: lower, at, length } : undefined;
}

function readWord(text: string, from: number): WordToken {
  const key = /^[A-Za-z][A-Za-z0-9_.-]*:/.exec(text.slice(from, from + 64));
  let at = key === null ? from : from + key[0].length;
  const parts: Part[] = [];
  for (;;) {
    const part = readPart(text, at, key !== null);
    parts.push(part);
    at += part.length;
    if (text[at] !== ',') break;
    at++;
  }
  return { type: 'word', at: from, length: at - from, key: key?.[0].slice(0, -1), parts };
}

/** Reads up to a space, a bracket or (in a term) a comma. */
function readPart(text: string, from: number, inTerm: boolean): Part {
  const pieces: string[] = [''];
  let plain = '';
  let quoted = false;
  let inQuotes = false;
  let at = from;
  for (; at < text.length; at++) {
    const c = text[at];
    if (c === '\\' && at + 1 < text.length) {
      quoted = true;
      pieces[pieces.length - 1] += text[++at];
      plain += text[at];
    } else if (c === '"') {
      quoted = true;
      inQuotes = !inQuotes;
    } else if (!inQuotes && (isSpace(c) || c === '(' || c === ')' || (c === ',' && inTerm))) break;
    else {
      plain += c;
      if (c === '*') pieces.push('');
      else pieces[pieces.length - 1] += c;
    }
  }
  if (inQuotes) {
    throw new FilterError(text, from, at - from, 'a quote is opened and not closed', { next: 'put " behind it' });
  }
  return { at: from, length: at - from, pieces, plain, quoted };
}

function isSpace(c: string): boolean {
  return c === ' ' || c === '\t' || c === '\n' || c === '\r' || c === '\u00a0';
}
