/** Spans of time, and how the roll-ups cover them exactly. */
import type { RollupName } from '../../model/tables/index.ts';

/** From (included) to (excluded), in nanoseconds since the epoch. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

const second = 1_000_000_000n;

/** The roll-ups, coarsest first, with the length of their buckets. */
export const levels: readonly { readonly table: RollupName; readonly step: bigint }[] = [
  { table: 'edges_1h', step: 3600n * second },
  { table: 'edges_10m', step: 600n * second },
  { table: 'edges_1m', step: 60n * second },
  { table: 'edges_10s', step: 10n * second },
];

/** A part of a span and where to read it. `rows`: from requests and flows themselves. */
export interface Piece extends Span {
  readonly source: RollupName | 'rows';
}

/**
 * Covers a span with the fewest buckets: the coarsest roll-up in the middle, finer ones towards the ends, rows at the very
 * ends where these lie on no bucket's boundary. Pieces touch, do not overlap, and are in order.
 */
export function coverSpan(span: Span, from = 0): Piece[] {
  if (span.from >= span.to) return [];
  if (from === levels.length) return [{ ...span, source: 'rows' }];
  const { table, step } = levels[from];
  const start = roundUp(span.from, step);
  const end = roundDown(span.to, step);
  if (start >= end) return coverSpan(span, from + 1);
  return [
    ...coverSpan({ from: span.from, to: start }, from + 1),
    { from: start, to: end, source: table },
    ...coverSpan({ from: end, to: span.to }, from + 1),
  ];
}

/** Seconds of the shortest buckets that cover a span, 0 where rows are needed. */
export function resolutionOf(span: Span): number {
  return coverSpan(span).reduce((least, { source }) => {
    const step = levels.find(({ table }) => table === source)?.step ?? 0n;
    return Math.min(least, Number(step / second));
  }, 3600);
}

/** The latest multiple of `step` that is not after `time`. */
export function roundDown(time: bigint, step: bigint): bigint {
  return time - (((time % step) + step) % step);
}

/** The earliest multiple of `step` that is not before `time`. */
export function roundUp(time: bigint, step: bigint): bigint {
  return roundDown(time + step - 1n, step);
}

/** Since when each source is complete: before that, rows have been dropped. 0 where nothing was. */
export type Floors = Readonly<Record<RollupName | 'rows', bigint>>;

/**
 * Widens a span so that it can be answered exactly from what is still there: an end that lies where only a roll-up remains
 * is moved outwards to its bucket's boundary.
 */
export function answerable(span: Span, floors: Floors): Span {
  return { from: snap(span.from, floors, roundDown), to: snap(span.to, floors, roundUp) };
}

function snap(time: bigint, floors: Floors, round: (time: bigint, step: bigint) => bigint): bigint {
  if (time >= floors.rows) return time;
  for (const { table, step } of levels.toReversed()) if (time >= floors[table]) return round(time, step);
  return round(time, levels[0].step);
}

/** A moment as SQL. */
export function timeSql(time: bigint): string {
  const digits = time.toString().padStart(10, '0');
  return `toDateTime64('${digits.slice(0, -9)}.${digits.slice(-9)}', 9, 'UTC')`;
}

/** A condition that holds in a span. */
export function spanSql(span: Span, column = 'time'): string {
  return `${column} >= ${timeSql(span.from)} AND ${column} < ${timeSql(span.to)}`;
}
