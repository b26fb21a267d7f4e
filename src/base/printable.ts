/**
 * Names and arguments come from processes that may be hostile: a newline forges a line of output, an escape sequence
 * drives the terminal, a right-to-left override shows text that is not there.
 */

// Control characters; zero-width and direction marks; line and paragraph separators; byte-order mark; tag characters;
// surrogates without their other half.
const unprintable =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;
const whitespace = /[\t\n\v\f\r\u2028\u2029]/;

/**
 * Text that is safe to show: whitespace controls become spaces, other invisible or steering characters become U+FFFD, and
 * what is longer than `limit` UTF-16 units is cut, with '…' as its last character.
 *
 * @example printable('a\x1b[2Jb\nc', 80) // 'a\uFFFD[2Jb c'
 */
export function printable(text: string, limit: number): string {
  const cut = text.length > limit ? text.slice(0, limit - 1) : text;
  const clean = cut.replace(unprintable, (c) => (whitespace.test(c) ? ' ' : '\ufffd'));
  return cut === text ? clean : `${clean}…`;
}
