/**
 * What a column of a table can hold: its ClickHouse type, how it lies in a Native block, and what TypeScript sees of it.
 * Everything that is made from a declaration (DDL, blocks, row types, API schemas) starts from a {@link ColumnType}.
 */

/** How the values of a column lie in memory and on the wire. */
export type ColumnKind =
  /** Unsigned and signed integers that a double holds. `n64` is UInt64, `s64` Int64; both exact to 2^53. */
  | 'u8'
  | 'u16'
  | 'u32'
  | 'i32'
  | 'n64'
  | 's64'
  | 'f64'
  | 'bool'
  /** One of a few words: Enum8. */
  | 'choice'
  /** A stable 64-bit id, shown as 16 hex digits: UInt64. */
  | 'id'
  /** Nanoseconds since the epoch: DateTime64(9, 'UTC'). */
  | 'time'
  /** An address as text, 16 bytes inside, IPv4 mapped: IPv6. */
  | 'ip'
  /** 16 or 8 bytes shown as lower-case hex, '' where all are zero: FixedString. */
  | 'hex16'
  | 'hex8'
  /** Text with many distinct values: String. Text with few: LowCardinality(String). */
  | 'text'
  | 'label'
  | 'texts'
  | 'ids'
  /** Key → text: Map(LowCardinality(String), String). */
  | 'labels'
  /** Latency bucket → count, see latency-buckets.ts: Map(UInt16, UInt64). Only the store makes these. */
  | 'histogram';

declare const held: unique symbol;

/** The type of a column. `T` is what a row holds of it in TypeScript. */
export interface ColumnType<T, Kind extends ColumnKind = ColumnKind> {
  readonly kind: Kind;
  /** As ClickHouse writes it. */
  readonly clickhouse: string;
  /** The words of a choice, by their number. */
  readonly choices: readonly string[];
  readonly [held]?: T;
}

function columnType<T, Kind extends ColumnKind>(
  kind: Kind,
  clickhouse: string,
  choices: readonly string[] = [],
): ColumnType<T, Kind> {
  return Object.freeze({ kind, clickhouse, choices });
}

export const u8 = columnType<number, 'u8'>('u8', 'UInt8');
export const u16 = columnType<number, 'u16'>('u16', 'UInt16');
export const u32 = columnType<number, 'u32'>('u32', 'UInt32');
export const i32 = columnType<number, 'i32'>('i32', 'Int32');
/** A count or a size. */
export const n64 = columnType<number, 'n64'>('n64', 'UInt64');
/** A signed number; durations, where -1 means "not seen". */
export const s64 = columnType<number, 's64'>('s64', 'Int64');
export const f64 = columnType<number, 'f64'>('f64', 'Float64');
export const bool = columnType<boolean, 'bool'>('bool', 'Bool');
/** An entity's or agent's id. In rows 16 hex digits. */
export const id = columnType<string, 'id'>('id', 'UInt64');
/** A moment. In rows nanoseconds since the epoch. */
export const time = columnType<bigint, 'time'>('time', "DateTime64(9, 'UTC')");
export const ip = columnType<string, 'ip'>('ip', 'IPv6');
export const hex16 = columnType<string, 'hex16'>('hex16', 'FixedString(16)');
export const hex8 = columnType<string, 'hex8'>('hex8', 'FixedString(8)');
export const text = columnType<string, 'text'>('text', 'String');
export const label = columnType<string, 'label'>('label', 'LowCardinality(String)');
export const texts = columnType<readonly string[], 'texts'>('texts', 'Array(String)');
export const ids = columnType<readonly string[], 'ids'>('ids', 'Array(UInt64)');
export const labels = columnType<Readonly<Record<string, string>>, 'labels'>(
  'labels',
  'Map(LowCardinality(String), String)',
);
export const histogram = columnType<ReadonlyMap<number, number>, 'histogram'>('histogram', 'Map(UInt16, UInt64)');

/** One of a few words, numbered from 0 in the order given. Words may be added at the end, never moved. */
export function choice<const Words extends readonly string[]>(words: Words): ColumnType<Words[number], 'choice'> {
  const pairs = words.map((word, index) => `'${word}' = ${index}`).join(', ');
  return columnType<Words[number], 'choice'>('choice', `Enum8(${pairs})`, words);
}

/** How values of a roll-up's rows with the same key become one. */
export type Merge = 'sum' | 'max' | 'min' | 'histogram';

/** A column of a table. */
export interface Column<T = unknown, Kind extends ColumnKind = ColumnKind> {
  readonly type: ColumnType<T, Kind>;
  /** One sentence: what it is, its range, what "not known" looks like. */
  readonly doc: string;
  /** Unit in UCUM-like words: 'ns', 'By', '1'. '' for names and ids. */
  readonly unit: string;
  /** Compression of the column on disk. Chosen by measuring: `npm run bench:store` says what all take. */
  readonly codec: string;
  /** In roll-ups: how values of the same key are put together. */
  readonly merge: Merge | undefined;
  /** What stands in rows of agents that are too old to tell it, as SQL; '' for the type's own zero. */
  readonly absent: string;
}

/** What may be said of a column beyond its type and its meaning. */
export interface ColumnDetails {
  readonly unit?: string;
  readonly codec?: string;
  readonly merge?: Merge;
  readonly absent?: string;
}

/** Declares a column. */
export function column<T, Kind extends ColumnKind>(
  type: ColumnType<T, Kind>,
  doc: string,
  details: ColumnDetails = {},
): Column<T, Kind> {
  return Object.freeze({
    type,
    doc,
    unit: details.unit ?? '',
    codec: details.codec ?? 'ZSTD(1)',
    merge: details.merge,
    absent: details.absent ?? '',
  });
}
