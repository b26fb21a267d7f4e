import type { Quantity } from '../../model/format.ts';
import { type Cell, quantityCell } from '../table/cell.ts';
import type { Column } from '../table/layout.ts';

/** A cell with a number and its unit; a dash where there is none. */
export function numberCell(value: number | null, show: (value: number) => Quantity): Cell {
  return quantityCell(value === null ? undefined : show(value));
}

/** A column of text. */
export function textColumn(title: string, rank: number, least = 8, most = 60): Column {
  return { title, align: 'left', rank, least: Math.max(least, title.length), most, cut: 'middle' };
}

/** A column of numbers. */
export function numberColumn(title: string, rank: number): Column {
  return { title, align: 'right', rank, least: Math.max(8, title.length), most: 14, cut: 'end' };
}
