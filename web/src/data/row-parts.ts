/** Which parts of a long answer hold which rows. Pure: asking is use-rows.ts' business. */
import type { RowIndex } from '../../../src/model/api.ts';

/** Rows of one question at most. */
export const mostRows = 1000;

/** What is asked for at once: rows `first` to `first + count - 1` of the whole answer. */
export interface Part {
  readonly key: string;
  readonly first: number;
  readonly count: number;
  readonly cursor: string;
  readonly until: string;
  readonly skip: number;
}

/** The part that holds a row; undefined beyond the last. A part of more rows than one question takes is cut. */
export function partOf(index: Pick<RowIndex, 'total' | 'marks'>, row: number): Part | undefined {
  if (row < 0 || row >= index.total) return undefined;
  let [low, high] = [0, index.marks.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((index.marks[middle]?.before ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  const mark = index.marks[low] ?? { cursor: '', before: 0 };
  const next = index.marks[low + 1];
  const end = next?.before ?? index.total;
  const skip = Math.floor((row - mark.before) / mostRows) * mostRows;
  const first = mark.before + skip;
  return {
    key: `${mark.cursor}+${skip}`,
    first,
    count: Math.min(mostRows, end - first),
    cursor: mark.cursor,
    until: next?.cursor ?? '',
    skip,
  };
}
