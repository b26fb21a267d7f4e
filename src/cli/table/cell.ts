import { printable } from '../../base/printable.ts';
import { type Quantity, unknownQuantity } from '../../model/format.ts';
import type { Style } from '../style.ts';
import { cutEnd, cutMiddle, pad, textWidth } from './text-width.ts';

/** How text is dressed once it has its width. */
export type Dress = keyof Omit<Style, 'color'> | undefined;

/** What stands in one place of a table: a text, or a number with its unit. */
export type Cell =
  | { readonly type: 'text'; readonly text: string; readonly dress: Dress }
  | { readonly type: 'quantity'; readonly quantity: Quantity; readonly unitWidth: number; readonly dress: Dress };

/** Longest text that a cell holds: what is beyond would not be read, and may have been sent to do harm. */
const longest = 2048;
const ascii = /^[\x20-\x7e]*$/;

/** A text, made safe to show: names and paths come from strangers. */
export function textCell(text: string, dress?: Dress): Cell {
  const harmless = text.length <= longest && ascii.test(text);
  return { type: 'text', text: harmless ? text : printable(text, longest), dress };
}

/**
 * A number with its unit, or '-' where it is not known.
 *
 * @param unitWidth room that the unit takes at least, so that the numbers of a column stand under each other
 */
export function quantityCell(quantity: Quantity | undefined, dress?: Dress, unitWidth = 2): Cell {
  return { type: 'quantity', quantity: quantity ?? unknownQuantity, unitWidth, dress };
}

/** Columns that a cell would take if it had its way. */
export function cellWidth(cell: Cell): number {
  if (cell.type === 'text') return textWidth(cell.text);
  const { number, gap, unit } = cell.quantity;
  return number.length + gap.length + (unit === '' ? 0 : Math.max(unit.length, cell.unitWidth));
}

/** A cell in exactly `width` columns. */
export function fitCell(
  cell: Cell,
  width: number,
  align: 'left' | 'right',
  cut: 'middle' | 'end',
  style: Style,
): string {
  const dress = cell.dress === undefined ? (text: string) => text : style[cell.dress];
  if (cell.type === 'text') {
    const fitted = cut === 'middle' ? cutMiddle(cell.text, width) : cutEnd(cell.text, width);
    const padded = pad(fitted, width, align);
    return fitted === '' || cell.dress === undefined ? padded : padded.replace(fitted, () => dress(fitted));
  }
  const { number, gap, unit } = cell.quantity;
  const room = Math.max(unit.length, unit === '' ? 0 : cell.unitWidth);
  // A number that does not fit is not cut: it would be another number.
  if (number.length + gap.length + room > width) return pad('…', width, align);
  const before = pad(number, width - gap.length - room, align);
  const after = ' '.repeat(room - unit.length);
  return `${before.replace(number, () => dress(number))}${gap}${unit === '' ? '' : style.dim(unit)}${after}`;
}
