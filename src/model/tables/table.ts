import type { Column } from './column.ts';

/** The columns of a table by name, in the order in which they are stored and shown. */
export type Columns = Readonly<Record<string, Column>>;

/** How a table keeps its rows. */
export type TableEngine =
  /** Rows are added and stay as they are. */
  | { readonly kind: 'append' }
  /** Of rows with the same order key, the one with the highest `version` stays. */
  | { readonly kind: 'replace'; readonly version: string }
  /** Rows with the same order key become one: sums, maxima, histograms. */
  | { readonly kind: 'rollup' };

/** An expression kept with the table and computed when read. */
export interface Alias {
  readonly clickhouse: string;
  readonly expression: string;
  readonly doc: string;
}

/** A skip index. */
export interface SkipIndex {
  readonly name: string;
  readonly expression: string;
  readonly type: string;
  readonly granularity: number;
}

/** How long rows stay, unless the configuration says otherwise. */
export interface Retention {
  /** Column of the moment that counts. */
  readonly by: string;
  readonly days: number;
  /** Another table: rows here stay as long as those there, whatever the configuration says. */
  readonly as?: string;
}

/** A table: declared once, and everything else is made from it. */
export interface Table<C extends Columns = Columns> {
  readonly name: string;
  /** What one row is. */
  readonly doc: string;
  readonly columns: C;
  readonly aliases: Readonly<Record<string, Alias>>;
  readonly engine: TableEngine;
  /** ORDER BY, expressions. */
  readonly orderBy: readonly string[];
  /** How many of them are the sparse index; all where absent. */
  readonly primaryKeyLength: number;
  /** PARTITION BY; '' for none. */
  readonly partitionBy: string;
  /** Length of a partition in seconds, 0 where there are none. */
  readonly partitionSeconds: number;
  readonly retention: Retention | undefined;
  readonly indexes: readonly SkipIndex[];
  /** MergeTree settings. */
  readonly settings: Readonly<Record<string, number>>;
  /** True where agents may send blocks of it. */
  readonly ingested: boolean;
  /** Column by which the rows of a cluster's shards are spread; '' for at random. */
  readonly shardBy: string;
}

/** What a row of a table holds. */
export type RowOf<T extends Table> = {
  readonly [Name in keyof T['columns']]: T['columns'][Name] extends Column<infer Value> ? Value : never;
};

/** What must be said to declare a table. */
export interface TableDeclaration<C extends Columns> {
  readonly name: string;
  readonly doc: string;
  readonly columns: C;
  readonly aliases?: Readonly<Record<string, Alias>>;
  readonly engine?: TableEngine;
  readonly orderBy: readonly string[];
  readonly primaryKeyLength?: number;
  /** Seconds that a partition spans, by the retention's column. No partitions where absent. */
  readonly partitionSeconds?: number;
  readonly retention?: Retention;
  readonly indexes?: readonly SkipIndex[];
  readonly settings?: Readonly<Record<string, number>>;
  readonly ingested?: boolean;
  readonly shardBy?: string;
}

const append: TableEngine = { kind: 'append' };

/** Declares a table. */
export function defineTable<C extends Columns>(declaration: TableDeclaration<C>): Table<C> {
  const { retention, partitionSeconds = 0 } = declaration;
  if (partitionSeconds > 0 && retention === undefined) throw new Error(`${declaration.name}: partitioned by nothing`);
  return Object.freeze({
    name: declaration.name,
    doc: declaration.doc,
    columns: declaration.columns,
    aliases: declaration.aliases ?? {},
    engine: declaration.engine ?? append,
    orderBy: declaration.orderBy,
    primaryKeyLength: declaration.primaryKeyLength ?? declaration.orderBy.length,
    partitionBy: partitionSeconds > 0 ? partitionExpression(retention?.by ?? '', partitionSeconds) : '',
    partitionSeconds,
    retention,
    indexes: declaration.indexes ?? [],
    settings: declaration.settings ?? {},
    ingested: declaration.ingested ?? false,
    shardBy: declaration.shardBy ?? '',
  });
}

function partitionExpression(by: string, seconds: number): string {
  if (seconds === 2_592_000) return `toYYYYMM(${by})`;
  if (seconds === 86_400) return `toYYYYMMDD(${by})`;
  return `toUInt32(intDiv(toUnixTimestamp(${by}), ${seconds}) * ${seconds})`;
}
