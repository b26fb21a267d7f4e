/**
 * The words of SQL as bytes: classes of bytes, and where a string, number, comment or name that begins somewhere ends.
 * Each `skip` function returns the index after the thing, at most `end`.
 */

/** What a byte can begin or continue. */
export const Class = {
  other: 0,
  blank: 1,
  word: 2,
  digit: 3,
  quote: 4,
  doubleQuote: 5,
  backtick: 6,
  minus: 7,
  slash: 8,
  hash: 9,
  dollar: 10,
  dot: 11,
  open: 12,
  close: 13,
  comma: 14,
  star: 15,
  question: 16,
} as const;

/** {@link Class} of each byte. */
export const classOf = new Uint8Array(256);
for (let b = 0; b < 256; b++) {
  const c = String.fromCharCode(b);
  if (/[a-z_]/i.test(c) || b >= 0x80) classOf[b] = Class.word;
  else if (/[0-9]/.test(c)) classOf[b] = Class.digit;
  else if (b <= 32) classOf[b] = Class.blank;
}
for (const [text, kind] of [
  ["'", Class.quote],
  ['"', Class.doubleQuote],
  ['`', Class.backtick],
  ['-', Class.minus],
  ['/', Class.slash],
  ['#', Class.hash],
  ['$', Class.dollar],
  ['.', Class.dot],
  ['(', Class.open],
  ['[', Class.open],
  [')', Class.close],
  [']', Class.close],
  [',', Class.comma],
  ['*', Class.star],
  ['?', Class.question],
] as const) {
  classOf[text.charCodeAt(0)] = kind;
}

const continuesWord = classOf.map((kind) =>
  Number(kind === Class.word || kind === Class.digit || kind === Class.dollar),
);

/** The rest of a word that began before `at`: letters, digits, $. */
export function skipWord(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && continuesWord[bytes[at]] === 1) at++;
  return at;
}

/** A quoted thing that begins at `at`; a doubled quote is part of it, and so is a quote after a backslash where that escapes. */
export function skipQuoted(bytes: Uint8Array, at: number, end: number, backslash: boolean): number {
  const quote = bytes[at];
  for (at++; at < end; at++) {
    const b = bytes[at];
    if (b === quote) {
      if (at + 1 < end && bytes[at + 1] === quote) at++;
      else return at + 1;
    } else if (b === 0x5c && backslash) at++;
  }
  return end;
}

/** A number in any notation, perhaps with a sign; stops before letters that are not part of it. */
export function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 0x2d) at++;
  if (bytes[at] === 0x30 && at + 1 < end && (bytes[at + 1] | 32) === 0x78) {
    at += 2;
    while (at < end && isHexDigit(bytes[at])) at++;
    return at;
  }
  while (at < end && (classOf[bytes[at]] === Class.digit || bytes[at] === 0x5f)) at++;
  if (at < end && bytes[at] === 0x2e && !(at + 1 < end && bytes[at + 1] === 0x2e)) {
    at++;
    while (at < end && classOf[bytes[at]] === Class.digit) at++;
  }
  if (at + 1 < end && (bytes[at] | 32) === 0x65) {
    let exponent = at + 1;
    if (bytes[exponent] === 0x2b || bytes[exponent] === 0x2d) exponent++;
    if (exponent < end && classOf[bytes[exponent]] === Class.digit) {
      at = exponent;
      while (at < end && classOf[bytes[at]] === Class.digit) at++;
    }
  }
  return at;
}

/** True where $$ or $tag$ begins at `at`. */
export function isDollarQuote(bytes: Uint8Array, at: number, end: number): boolean {
  at++;
  if (at < end && classOf[bytes[at]] === Class.digit) return false;
  while (at < end && (classOf[bytes[at]] === Class.word || classOf[bytes[at]] === Class.digit)) at++;
  return at < end && bytes[at] === 0x24;
}

/** A dollar-quoted string. */
export function skipDollarQuoted(bytes: Uint8Array, at: number, end: number): number {
  let tagEnd = at + 1;
  while (tagEnd < end && bytes[tagEnd] !== 0x24) tagEnd++;
  const tag = tagEnd + 1 - at;
  for (let i = tagEnd + 1; i + tag <= end; i++) {
    if (bytes[i] !== 0x24) continue;
    let same = 1;
    while (same < tag && bytes[i + same] === bytes[at + same]) same++;
    if (same === tag) return i + tag;
  }
  return end;
}

/** The inside of a comment up to and including its end. */
export function skipComment(bytes: Uint8Array, at: number, end: number, nested: boolean): number {
  let open = 1;
  while (at + 1 < end) {
    if (bytes[at] === 0x2a && bytes[at + 1] === 0x2f) {
      at += 2;
      if (--open === 0) return at;
    } else if (nested && bytes[at] === 0x2f && bytes[at + 1] === 0x2a) {
      open++;
      at += 2;
    } else at++;
  }
  return end;
}

/** The rest of a line, without its end. */
export function skipLine(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at++;
  return at;
}

/** True where 8-4-4-4-12 hexadecimal digits begin at `at`. */
export function isUuid(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 36 > end) return false;
  for (let i = 0; i < 36; i++) {
    const b = bytes[at + i];
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (b !== 0x2d) return false;
    } else if (!isHexDigit(b)) return false;
  }
  return true;
}

function isHexDigit(b: number): boolean {
  if (classOf[b] === Class.digit) return true;
  b |= 32;
  return b >= 0x61 && b <= 0x66;
}

/** True where the word at `at` is `lower`, without regard to case. The caller has compared the lengths. */
export function isWord(bytes: Uint8Array, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) if ((bytes[at + i] | 32) !== lower.charCodeAt(i)) return false;
  return true;
}
