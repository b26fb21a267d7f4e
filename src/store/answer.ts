import type { ColumnValue } from '../wire/block/column-data.ts';
import { answerLimits, type Block, readBlocks } from '../wire/block/native-reader.ts';

/** A row as an object. */
export type AnswerRow = Readonly<Record<string, ColumnValue>>;

/** What a statement gave, column by column. */
export class Answer {
  readonly blocks: readonly Block[];
  readonly rows: number;
  /** Names and types of the columns. Empty where a statement gave no rows: ClickHouse then sends nothing at all. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];

  constructor(native: Uint8Array) {
    this.blocks = readBlocks(native, answerLimits).filter((block, index) => block.rows > 0 || index === 0);
    this.rows = this.blocks.reduce((sum, block) => sum + block.rows, 0);
    this.columns = [...(this.blocks[0]?.columns.values() ?? [])].map(({ name, type }) => ({ name, type }));
  }

  /** All values of a column. Throws where there is no such column and there are rows. */
  column(name: string): ColumnValue[] {
    const values: ColumnValue[] = [];
    for (const block of this.blocks) {
      const data = block.columns.get(name)?.data;
      if (data === undefined) {
        if (block.rows === 0) continue;
        throw new Error(`the answer has no column ${name}`);
      }
      for (let row = 0; row < block.rows; row++) values.push(data.get(row));
    }
    return values;
  }

  /** The rows as objects, made one by one. */
  *objects(): Iterable<AnswerRow> {
    for (const block of this.blocks) {
      const columns = [...block.columns.values()];
      for (let row = 0; row < block.rows; row++) {
        const object: Record<string, ColumnValue> = {};
        for (const { name, data } of columns) object[name] = data.get(row);
        yield object;
      }
    }
  }

  /** The first row, undefined where there is none. */
  first(): AnswerRow | undefined {
    for (const row of this.objects()) return row;
    return undefined;
  }
}

/** A column's value as a number. Exact to 2^53. */
export function asNumber(value: ColumnValue | undefined): number {
  return typeof value === 'number'
    ? value
    : typeof value === 'bigint' || typeof value === 'boolean'
      ? Number(value)
      : Number.NaN;
}

/** A column's value as text. */
export function asText(value: ColumnValue | undefined): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
}

/** A UInt64 as an id: 16 hex digits. */
export function asId(value: ColumnValue | undefined): string {
  return typeof value === 'bigint' ? value.toString(16).padStart(16, '0') : ''.padStart(16, '0');
}

/** A moment as nanoseconds since the epoch. */
export function asTime(value: ColumnValue | undefined): bigint {
  return typeof value === 'bigint' ? value : 0n;
}
