import type { Columns, Table } from '../../model/tables/table.ts';
import { type BuilderOf, builderFor, type ColumnBuilder } from './builders/index.ts';
import { ByteWriter } from './byte-writer.ts';
import { appendRow, type PartialRow } from './row-append.ts';

/** A builder for each column of a table. */
export type ColumnBuilders<C extends Columns> = { readonly [Name in keyof C]: BuilderOf<C[Name]> };

/**
 * A block of a table that is being filled: column by column, a row at a time, without an object or a string per row.
 *
 * @example
 * const block = new BlockBuilder(tables.events);
 * block.columns.time.appendCapture(event.time);
 * block.columns.kind.append(event.kind);   // ... every column once
 * block.endRow();
 * const bytes = block.encode();            // a ClickHouse Native block
 * block.clear();                           // the memory is kept for the next
 */
export class BlockBuilder<C extends Columns> {
  readonly table: Table<C>;
  readonly columns: ColumnBuilders<C>;
  /** Rows that are complete. */
  rows = 0;
  readonly #builders: readonly (readonly [name: string, type: string, builder: ColumnBuilder])[];
  readonly #out = new ByteWriter(65_536);

  constructor(table: Table<C>) {
    this.table = table;
    this.#builders = Object.entries(table.columns).map(
      ([name, column]) => [name, column.type.clickhouse, builderFor(column)] as const,
    );
    this.columns = Object.fromEntries(this.#builders.map(([name, , builder]) => [name, builder])) as ColumnBuilders<C>;
  }

  /** Ends a row. Every column must have been appended to once; whether that is so is checked when the block is encoded. */
  endRow(): void {
    this.rows++;
  }

  /** Appends a whole row from an object; columns that it lacks get their default. For tests and cold paths. */
  append(row: PartialRow<Table<C>>): void {
    for (const [name, , builder] of this.#builders) {
      appendRow(builder, (row as Readonly<Record<string, unknown>>)[name], this.table.columns[name].type.kind);
    }
    this.rows++;
  }

  /**
   * The block as ClickHouse's Native format has it.
   *
   * @returns a view that is valid until the next call of `encode`
   */
  encode(): Uint8Array {
    const out = this.#out;
    out.length = 0;
    out.varint(this.#builders.length);
    out.varint(this.rows);
    for (const [name, type, builder] of this.#builders) {
      if (builder.length !== this.rows) {
        throw new Error(`${this.table.name}.${name} has ${builder.length} values in a block of ${this.rows} rows`);
      }
      out.text(name);
      out.text(type);
      if (this.rows > 0) builder.write(out);
    }
    return out.written();
  }

  /** Forgets the rows, keeps the memory. */
  clear(): void {
    this.rows = 0;
    for (const [, , builder] of this.#builders) builder.clear();
  }
}
