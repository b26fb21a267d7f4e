import type { Style } from '../style.ts';
import { type Cell, cellWidth, fitCell } from './cell.ts';
import { type Column, gap, layOut } from './layout.ts';
import { textWidth } from './text-width.ts';

/** Lines of cells under titles. The widths are found once, for a table whose rows are not known beforehand. */
export class Table {
  readonly columns: readonly Column[];
  readonly #style: Style;
  readonly #widths: readonly number[];
  readonly #cuts: boolean;

  /**
   * @param total columns of the terminal, infinity for a file
   * @param rows those that are known: columns become as wide as these need
   */
  constructor(columns: readonly Column[], total: number, style: Style, rows?: readonly (readonly Cell[])[]) {
    this.columns = columns;
    this.#style = style;
    // In a file nothing is cut: the reader has all the room there is.
    this.#cuts = Number.isFinite(total);
    const wanted = columns.map((column, i) => {
      if (rows === undefined) return column.most;
      return rows.reduce((widest, row) => Math.max(widest, cellWidth(row[i])), textWidth(column.title));
    });
    this.#widths = layOut(columns, total, wanted);
  }

  /** The titles, without a line break. */
  header(mark: (title: string, column: number) => string = (title) => title): string {
    return this.row(
      this.columns.map(({ title }, i): Cell => ({ type: 'text', text: mark(title, i), dress: 'strong' })),
    );
  }

  /** A row, without a line break and without spaces at its end. */
  row(cells: readonly Cell[]): string {
    let line = '';
    let spaces = 0;
    for (let i = 0; i < this.columns.length; i++) {
      const width = this.#widths[i];
      if (width === 0) continue;
      const { align, cut } = this.columns[i];
      const own = this.#cuts ? width : Math.max(width, cellWidth(cells[i]));
      if (line !== '') line += ' '.repeat(spaces);
      line += fitCell(cells[i], own, align, cut, this.#style);
      spaces = gap;
    }
    return line.trimEnd();
  }
}
