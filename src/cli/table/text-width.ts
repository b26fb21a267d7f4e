import stringWidth from 'string-width';

const ascii = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes on a terminal. The text holds no control characters. */
export function textWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/**
 * Cuts a text to at most `width` columns, in the middle, so that both ends stay readable.
 *
 * @example cutMiddle('checkout-7d9f8b6c5d-x2x9k', 14) // 'checkou…-x2x9k'
 */
export function cutMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? '…' : '';
  const back = Math.floor((width - 1) / 2);
  const front = width - 1 - back;
  if (ascii.test(text)) return `${text.slice(0, front)}…${text.slice(text.length - back)}`;
  const parts = Array.from(graphemes.segment(text), ({ segment }) => segment);
  return `${takeWidth(parts, front).join('')}…${takeWidth(parts.reverse(), back).reverse().join('')}`;
}

/** Cuts a text to at most `width` columns at its end. */
export function cutEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? '…' : '';
  const parts = ascii.test(text) ? [...text] : Array.from(graphemes.segment(text), ({ segment }) => segment);
  return `${takeWidth(parts, width - 1).join('')}…`;
}

/** Fills a text with spaces up to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const missing = width - textWidth(text);
  if (missing <= 0) return text;
  return align === 'left' ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

/** The first parts that together fit. */
function takeWidth(parts: readonly string[], width: number): string[] {
  let used = 0;
  let count = 0;
  for (; count < parts.length; count++) {
    used += textWidth(parts[count]);
    if (used > width) break;
  }
  return parts.slice(0, count);
}
