import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Column, type Table, tables } from '../../model/tables/index.ts';
import { BlockBuilder } from './block-builder.ts';
import { BlockError } from './block-error.ts';
import type { ColumnValue } from './column-data.ts';
import { readTableBlock } from './validate.ts';

const ingested = Object.values<Table>(tables).filter((table) => table.ingested);
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));
const word = fc.string({ maxLength: 40, unit: 'binary' });

/** Any value that a column can hold, as a row has it. */
function anyValue({ type }: Column): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'u8':
      return fc.integer({ min: 0, max: 255 });
    case 'u16':
      return fc.integer({ min: 0, max: 65_535 });
    case 'u32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case 'i32':
      return fc.integer();
    case 'n64':
      return fc.maxSafeNat();
    case 's64':
      return fc.maxSafeInteger();
    case 'f64':
      return fc.double({ noNaN: true });
    case 'bool':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...type.choices);
    case 'id':
      return hex(16);
    case 'time':
      return fc.bigInt({ min: 0n, max: 2n ** 62n });
    case 'ip':
      return fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::5', 'fe80::1'));
    case 'hex16':
      return hex(32);
    case 'hex8':
      return hex(16);
    case 'text':
    case 'label':
      return word;
    case 'texts':
      return fc.array(word, { maxLength: 4 });
    case 'ids':
      return fc.array(hex(16), { maxLength: 4 });
    case 'labels':
      return fc.dictionary(word, word, { maxKeys: 4 });
    case 'histogram':
      throw new Error('histograms are not sent');
  }
}

/** What is read of a value that was written. */
function asRead({ type }: Column, value: unknown): unknown {
  switch (type.kind) {
    case 'n64':
    case 's64':
      return BigInt(value as number);
    case 'id':
      return BigInt(`0x${value as string}`);
    case 'ids':
      return (value as string[]).map((one) => BigInt(`0x${one}`));
    // All zeros stand for nothing.
    case 'hex16':
    case 'hex8':
      return /^0+$/.test(value as string) ? '' : value;
    case 'text':
    case 'label':
      return utf8(value as string);
    case 'texts':
      return (value as string[]).map(utf8);
    case 'labels':
      return new Map(Object.entries(value as Record<string, string>).map(([key, one]) => [utf8(key), utf8(one)]));
    default:
      return value;
  }
}

/** Half of a surrogate pair is no text: it becomes the sign that stands for what cannot be shown. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

const anyRows = (table: Table): fc.Arbitrary<Record<string, unknown>[]> =>
  fc.array(
    fc.record(Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, anyValue(column)]))),
    { maxLength: 12 },
  );

describe.each(ingested.map((table) => [table.name, table] as const))('a block of %s', (name, table) => {
  test('reads back as it was written, and again when the builder is used again', () => {
    const builder = new BlockBuilder(table);
    fc.assert(
      fc.property(anyRows(table), (rows) => {
        builder.clear();
        for (const row of rows) builder.append(row);
        const block = readTableBlock(name, builder.encode());
        expect([block.rows, block.unknown, block.missing]).toEqual([rows.length, [], []]);
        for (const [column, declared] of Object.entries(table.columns)) {
          const data = block.columns.get(column)?.data;
          const read: (ColumnValue | undefined)[] = rows.map((_, row) => data?.get(row));
          expect([column, read]).toEqual([column, rows.map((row) => asRead(declared, row[column]))]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('that was damaged anywhere is refused, or is a block all the same; nothing else happens', () => {
    const [rows] = fc.sample(anyRows(table), { numRuns: 1, seed: 5 });
    const builder = new BlockBuilder(table);
    for (const row of rows) builder.append(row);
    const bytes = builder.encode();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const damaged = Uint8Array.from(cut ? bytes.subarray(0, at) : bytes);
        if (!cut) damaged[at] = value;
        try {
          readTableBlock(name, damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(BlockError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
