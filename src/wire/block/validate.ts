/**
 * Whether a block fits a table. Versions of agents and servers differ: columns that the table does not have are left aside,
 * columns that the block does not have get their defaults, and numbers may be narrower or wider. Anything else is refused.
 */
import { type Table, tableNamed } from '../../model/tables/index.ts';
import { BlockError } from './block-error.ts';
import { BlockReader } from './byte-reader.ts';
import type { ColumnData } from './column-data.ts';
import { type Block, type BlockLimits, ingestLimits, type NamedColumn, readBlock } from './native-reader.ts';
import { type NativeType, parseNativeType } from './native-type.ts';

/** A block that was checked against its table. */
export interface TableBlock extends Block {
  readonly table: Table;
  /** The native bytes. */
  readonly bytes: Uint8Array;
  /** Names of the block's columns that the table has, in the block's order. */
  readonly known: readonly string[];
  /** Names of the block's columns that the table does not have. */
  readonly unknown: readonly string[];
  /** Names of the table's columns that the block does not have. */
  readonly missing: readonly string[];
}

/** Reads the one block in `bytes` and checks everything. Throws a {@link BlockError} that says what is wrong and where. */
export function readTableBlock(tableName: string, bytes: Uint8Array, limits: BlockLimits = ingestLimits): TableBlock {
  const table = tableNamed(tableName);
  if (table === undefined || !table.ingested) {
    throw new BlockError('unknown_table', `there is no table ${JSON.stringify(tableName)} that takes blocks`, {
      next: 'update the server: the agent knows more than it',
    });
  }
  const reader = new BlockReader(bytes);
  const block = readBlock(reader, limits);
  if (reader.remaining > 0) {
    throw new BlockError('trailing_bytes', `${reader.remaining} bytes follow the block of ${tableName}`);
  }
  const known: string[] = [];
  const unknown: string[] = [];
  for (const column of block.columns.values()) {
    const declared = table.columns[column.name];
    if (declared === undefined) unknown.push(column.name);
    else {
      checkType(tableName, column, parseNativeType(declared.type.clickhouse), declared.type.clickhouse);
      known.push(column.name);
    }
  }
  if (known.length === 0) throw new BlockError('bad_value', `a block of ${tableName} has none of the table's columns`);
  const missing = Object.keys(table.columns).filter((name) => !block.columns.has(name));
  return { ...block, table, bytes, known, unknown, missing };
}

function checkType(table: string, column: NamedColumn, declared: NativeType, declaredName: string): void {
  if (fits(parseNativeType(column.type), declared)) return;
  throw new BlockError(
    'bad_type',
    `column ${column.name} of a block of ${table} is ${column.type.slice(0, 80)}, the table has ${declaredName.slice(0, 80)}`,
    { next: 'update whichever is older: the agent or the server' },
  );
}

/** Whether values of one type can be stored as another without a change of meaning. */
function fits(from: NativeType, to: NativeType): boolean {
  switch (to.kind) {
    case 'fixed':
      return from.kind === 'fixed' && (from.name === to.name || (isWhole(from.name) && isWhole(to.name)));
    case 'enum':
      // An agent that is newer may know more words; those the engine refuses, so they must not occur.
      return from.kind === 'enum' && [...to.words].every(([number, word]) => (from.words.get(number) ?? word) === word);
    case 'time':
      return from.kind === 'time' && from.scale === to.scale && from.size === to.size;
    case 'bytes':
      return from.kind === 'bytes' && from.size === to.size;
    case 'text':
      return from.kind === 'text' || (from.kind === 'label' && from.of.kind === 'text' && !from.nullable);
    case 'label':
      return from.kind === 'text' || (from.kind === 'label' && from.of.kind === 'text' && !from.nullable);
    case 'array':
      return from.kind === 'array' && fits(from.of, to.of);
    case 'map':
      return from.kind === 'map' && fits(from.key, to.key) && fits(from.value, to.value);
    default:
      return false;
  }
}

function isWhole(name: string): boolean {
  return /^U?Int(8|16|32|64)$/.test(name);
}

/** A column of a block, undefined where the block does not have it. */
export function dataOf<T extends ColumnData>(
  block: Block,
  name: string,
  type: abstract new (...values: never[]) => T,
): T | undefined {
  const data = block.columns.get(name)?.data;
  return data instanceof type ? data : undefined;
}
