/** A word, quoted name, or other sign of a normalised statement. */
export interface Token {
  /** A quoted name without its quotes. */
  readonly text: string;
  /** The word in upper case; '' for quoted names and other signs. */
  readonly word: string;
  readonly isName: boolean;
}

const pattern = /"((?:[^"]|"")*)"?|`((?:[^`]|``)*)`?|([A-Za-z0-9_$\u0080-\u2025\u2027-\uffff]+)|\S/g;

/** Cuts a normalised statement into tokens. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const [all, doubleQuoted, backticked, word] = match;
    if (doubleQuoted !== undefined) tokens.push({ text: doubleQuoted.replaceAll('""', '"'), word: '', isName: true });
    else if (backticked !== undefined) tokens.push({ text: backticked.replaceAll('``', '`'), word: '', isName: true });
    else if (word !== undefined) tokens.push({ text: word, word: word.toUpperCase(), isName: true });
    else tokens.push({ text: all, word: '', isName: false });
  }
  return tokens;
}

/** A token that is never equal to anything: stands for what is beyond the end. */
const nothing: Token = { text: '', word: '', isName: false };

/** The token at `at`, blank beyond the end. */
export function tokenAt(tokens: readonly Token[], at: number): Token {
  return at >= 0 && at < tokens.length ? tokens[at] : nothing;
}

/** Index after the parenthesis that is opened at `at`. */
export function afterParenthesis(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (; at < tokens.length; at++) {
    if (tokens[at].text === '(' && !tokens[at].isName) depth++;
    else if (tokens[at].text === ')' && !tokens[at].isName && --depth === 0) return at + 1;
  }
  return tokens.length;
}
