/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** How important it is: 1 stays longest, the highest is dropped first when the terminal is narrow. */
  readonly rank: number;
  /** It is dropped rather than made narrower than this. */
  readonly least: number;
  /** It takes no more than this, however wide the terminal is. */
  readonly most: number;
  /** Where text is cut that does not fit. */
  readonly cut: 'middle' | 'end';
}

/** Spaces between two columns. */
export const gap = 2;

/**
 * Finds a width for each column; 0 where it is dropped.
 *
 * @param total columns of the terminal
 * @param wanted width that the content of each column would like
 */
export function layOut(columns: readonly Column[], total: number, wanted: readonly number[]): number[] {
  const ideal = columns.map((column, i) => Math.max(column.least, Math.min(column.most, wanted[i])));
  const widths = columns.map(() => 0);
  let left = total + gap;
  const byRank = columns.map((_, i) => i).sort((a, b) => columns[a].rank - columns[b].rank || a - b);
  for (const i of byRank) {
    if (columns[i].least + gap > left) break;
    widths[i] = columns[i].least;
    left -= columns[i].least + gap;
  }
  if (left === Number.POSITIVE_INFINITY) return ideal;
  // What is left goes to those that want more, to each in proportion to what it wants.
  for (;;) {
    const wanting = columns.map((_, i) => (widths[i] === 0 ? 0 : ideal[i] - widths[i]));
    const sum = wanting.reduce((a, b) => a + b, 0);
    if (left <= 0 || sum === 0) return widths;
    const share = Math.min(1, left / sum);
    let given = 0;
    for (const i of byRank) {
      const more = Math.min(Math.ceil(wanting[i] * share), left - given);
      widths[i] += more;
      given += more;
    }
    left -= given;
  }
}
