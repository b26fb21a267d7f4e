import { count, type Quantity, quantityText, rate, share, sizeRate } from '../../model/format.ts';
import type { Style } from '../style.ts';
import { cellWidth, textCell } from '../table/cell.ts';
import { Table } from '../table/table.ts';
import { cutEnd, textWidth } from '../table/text-width.ts';
import { type EdgeRow, edgeColumns, sortRows } from './columns.ts';
import type { SortKey } from './sort-keys.ts';

/** What a frame of `top` shows. */
export interface FrameState {
  readonly rows: readonly EdgeRow[];
  readonly sort: SortKey;
  readonly reversed: boolean;
  readonly paused: boolean;
  /** Length of the window in seconds. */
  readonly window: number;
  /** The filter as it is in force, '' for none. */
  readonly filter: string;
  readonly losses: ReadonlyMap<string, number>;
  /** Rows left out above. */
  readonly scroll: number;
  /** The bottom line: keys, the filter that is being written, what is wrong with it. */
  readonly footer: string;
  /** Width that each column had so far. Grows as frames are made. */
  readonly widths: number[];
}

/** Widths of columns that were never drawn. */
export function noWidths(): number[] {
  return edgeColumns.map(() => 0);
}

/** Columns and lines of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** One picture of `top`, line by line, no wider and no higher than the size. */
export function frame(state: FrameState, size: Size, style: Style): string[] {
  const rows = sortRows([...state.rows], state.sort, state.reversed);
  const cells = rows.map((row) => edgeColumns.map((column) => column.cell(row)));
  // Columns never become narrower than they were, or names that come and go would make the table jump.
  state.widths.forEach((width, i) => {
    state.widths[i] = cells.reduce((widest, row) => Math.max(widest, cellWidth(row[i])), width);
  });
  const widest = state.widths.map((width) => textCell('x'.repeat(width)));
  const table = new Table(edgeColumns, size.columns, style, [...cells, widest]);
  const arrow = arrowOf(state);
  const header = table.header((title, i) =>
    edgeColumns[i].key === state.sort && title !== 'TREND' ? `${title}${arrow}` : title,
  );
  const head = [totals(state, size.columns, style), header];
  const room = Math.max(0, size.rows - head.length - (state.footer === '' ? 0 : 1));
  const shown = cells.slice(state.scroll, state.scroll + room).map((row) => table.row(row));
  if (rows.length === 0 && room > 0) shown.push(...empty(state, size.columns, style).slice(0, room));
  const lines = [...head, ...shown];
  if (state.footer === '') return lines.slice(0, size.rows);
  while (lines.length < size.rows - 1) lines.push('');
  return [...lines, state.footer].slice(0, size.rows);
}

function arrowOf({ sort, reversed }: FrameState): string {
  const isText = sort === 'source' || sort === 'destination' || sort === 'protocol';
  return isText === reversed ? '↓' : '↑';
}

function totals(state: FrameState, width: number, style: Style): string {
  const sum = (of: (row: EdgeRow) => number) => state.rows.reduce((total, row) => total + of(row), 0);
  const requests = sum(({ record }) => record.requests);
  const failed = sum(({ record }) => record.requests * (record.failure_share ?? 0));
  const seconds = (state.rows[0]?.record.window_ns ?? state.window * 1e9) / 1e9;
  const parts: [text: string, dressed: string][] = [both(style.strong, 'wirelight top')];
  // What is missing from the picture comes before the picture: on a narrow terminal the rest is cut.
  const lost = lostText(state.losses);
  if (lost !== '') parts.push(both(style.warning, lost));
  parts.push(
    measure(style, count(state.rows.length), state.rows.length === 1 ? ' edge' : ' edges'),
    measure(style, rate(sum(({ record }) => record.requests_per_second)), ''),
    measure(style, share(requests === 0 ? Number.NaN : failed / requests), ' failed'),
    measure(style, sizeRate(sum(({ record }) => record.bytes_per_second)), ''),
    both(style.dim, `last ${seconds} s`),
  );
  if (state.filter !== '') parts.push(both(style.accent, state.filter));
  if (state.paused) parts.push(both(style.accent, 'paused'));
  let line = '';
  let used = 0;
  for (const [text, dressed] of parts) {
    const left = width - used - (used === 0 ? 0 : 2);
    if (left < 4) break;
    const fits = textWidth(text) <= left;
    line += `${used === 0 ? '' : '  '}${fits ? dressed : cutEnd(text, left)}`;
    used += Math.min(textWidth(text), left) + (used === 0 ? 0 : 2);
  }
  return line;
}

/** `1.2k lost: ring_full, output_queue_full`, '' where nothing was. */
function lostText(losses: ReadonlyMap<string, number>): string {
  const places = [...losses].filter(([, value]) => value > 0);
  if (places.length === 0) return '';
  const total = places.reduce((sum, [, value]) => sum + value, 0);
  return `${quantityText(count(total))} lost: ${places.map(([name]) => name).join(', ')}`;
}

function both(dress: (text: string) => string, text: string): [string, string] {
  return [text, dress(text)];
}

function measure(style: Style, quantity: Quantity, noun: string): [string, string] {
  const { number, gap, unit } = quantity;
  return [`${quantityText(quantity)}${noun}`, `${number}${gap}${style.dim(`${unit}${noun}`)}`];
}

function empty(state: FrameState, width: number, style: Style): string[] {
  const why =
    state.filter === ''
      ? 'Nothing was sent or received in this time. Whatever talks on this host appears here by itself.'
      : 'Nothing in this time passes the filter.';
  return ['', style.dim(cutEnd(why, width))];
}
