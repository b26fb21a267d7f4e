import type { Pattern } from './ast.ts';

/**
 * Makes a test for a text from a pattern. Upper and lower case are alike (ASCII only, as in ClickHouse's `lower`). Nothing is
 * allocated when it is called. The empty text (nothing known) passes no pattern, not even `*`.
 *
 * @param anywhere the pattern may match a part of the text rather than all of it
 */
export function compilePattern(pattern: Pattern, anywhere = false): (text: string) => boolean {
  const pieces = (anywhere ? ['', ...pattern, ''] : pattern).map(asciiLower);
  const first = pieces[0];
  if (pieces.length === 1) {
    return (text) => text.length === first.length && text !== '' && standsAt(text, first, 0);
  }
  const last = pieces[pieces.length - 1];
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  const least = first.length + last.length;
  return (text) => {
    const end = text.length - last.length;
    if (text === '' || text.length < least || !standsAt(text, first, 0) || !standsAt(text, last, end)) return false;
    let at = first.length;
    for (let i = 0; i < middle.length; i++) {
      const piece = middle[i];
      while (at + piece.length <= end && !standsAt(text, piece, at)) at++;
      if (at + piece.length > end) return false;
      at += piece.length;
    }
    return true;
  };
}

/** Lower case of A to Z; everything else as it is. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** True where `lower` stands in `text` from `at` on, cases folded. */
function standsAt(text: string, lower: string, at: number): boolean {
  for (let i = 0; i < lower.length; i++) {
    let c = text.charCodeAt(at + i);
    if (c >= 65 && c <= 90) c |= 32;
    if (c !== lower.charCodeAt(i)) return false;
  }
  return true;
}
