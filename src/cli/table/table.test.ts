import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duration, rate } from '../../model/format.ts';
import { newStyle } from '../style.ts';
import { quantityCell, textCell } from './cell.ts';
import { type Column, gap, layOut } from './layout.ts';
import { Table } from './table.ts';
import { cutEnd, cutMiddle, pad, textWidth } from './text-width.ts';

const plain = newStyle(false);
const someText = fc.string({ unit: fc.constantFrom('a', 'b', '-', 'ä', '漢', '👩‍👩‍👧', 'é', ' '), maxLength: 40 });

describe('cutting text', () => {
  test('keeps both ends', () => {
    expect(cutMiddle('checkout-7d9f8b6c5d-x2x9k', 14)).toBe('checkou…-x2x9k');
    expect(cutEnd('GET /a/long/path', 8)).toBe('GET /a/…');
  });

  test('never gives more columns than there are, and all of a text that fits', () => {
    fc.assert(
      fc.property(someText, fc.nat(30), (text, width) => {
        for (const cut of [cutMiddle, cutEnd]) {
          expect(textWidth(cut(text, width))).toBeLessThanOrEqual(width);
          if (textWidth(text) <= width) expect(cut(text, width)).toBe(text);
        }
        expect(textWidth(pad(cutMiddle(text, width), width, 'left'))).toBe(width);
      }),
    );
  });
});

describe('the layout of columns', () => {
  const anyColumn: fc.Arbitrary<Column> = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 20 }), fc.nat(40))
    .map(([rank, least, more]) => ({ title: 't', align: 'left', cut: 'middle', rank, least, most: least + more }));
  const columns = fc.array(anyColumn, { minLength: 1, maxLength: 8 });

  test('fits, keeps to the bounds of each column and drops the least important first', () => {
    fc.assert(
      fc.property(columns, fc.integer({ min: 1, max: 200 }), fc.array(fc.nat(80)), (all, total, wanted) => {
        const widths = layOut(
          all,
          total,
          all.map((_, i) => wanted[i] ?? 5),
        );
        const shown = widths.filter((width) => width > 0);
        if (shown.length > 0) expect(shown.reduce((a, b) => a + b + gap, -gap)).toBeLessThanOrEqual(total);
        widths.forEach((width, i) => {
          if (width === 0) return;
          expect(width).toBeGreaterThanOrEqual(all[i].least);
          expect(width).toBeLessThanOrEqual(all[i].most);
        });
        const dropped = all.filter((_, i) => widths[i] === 0).map((column) => column.rank);
        const kept = all.filter((_, i) => widths[i] > 0).map((column) => column.rank);
        if (dropped.length > 0 && kept.length > 0)
          expect(Math.min(...dropped)).toBeGreaterThanOrEqual(Math.max(...kept));
      }),
    );
  });

  test('gives every column what it wants where there is room', () => {
    const column: Column = { title: 't', align: 'left', cut: 'middle', rank: 1, least: 2, most: 30 };
    expect(layOut([column, column], 100, [10, 50])).toEqual([10, 30]);
    expect(layOut([column, column], Number.POSITIVE_INFINITY, [10, 50])).toEqual([10, 30]);
  });
});

describe('a table', () => {
  const columns: readonly Column[] = [
    { title: 'NAME', align: 'left', cut: 'middle', rank: 1, least: 8, most: 12 },
    { title: 'TIME', align: 'right', cut: 'end', rank: 1, least: 8, most: 8 },
    { title: 'RATE', align: 'right', cut: 'end', rank: 2, least: 8, most: 8 },
  ];
  const row = (name: string, nanoseconds: number, perSecond: number) => [
    textCell(name),
    quantityCell(duration(nanoseconds)),
    quantityCell(rate(perSecond), undefined, 3),
  ];
  const rows = [row('web', 312e6, 1400), row('checkout-7d9f8b6c5d', 1.4e9, 2), row('漢字', 12, 0.5)];

  test('has numbers under each other and names cut in the middle', () => {
    const table = new Table(columns, 60, plain);
    const lines = [table.header(), ...rows.map((cells) => table.row(cells))];
    expect(lines).toEqual([
      'NAME              TIME      RATE',
      'web             312 ms    1.4k/s',
      'checko…b6c5d    1.4 s       2/s',
      '漢字             12 ns    0.5/s',
    ]);
  });

  test('drops a column rather than cut a number when the terminal is narrow', () => {
    const table = new Table(columns, 20, plain);
    expect(table.header()).toBe('NAME            TIME');
    expect(table.row(rows[0])).not.toMatch(/1\.4k/);
  });

  test('cuts nothing in a file', () => {
    const table = new Table(columns, Number.POSITIVE_INFINITY, plain);
    expect(table.row(rows[1])).toMatch(/^checkout-7d9f8b6c5d /);
  });

  test('shows control characters of strangers as harmless signs', () => {
    const table = new Table(columns, 60, plain);
    const line = table.row(row('a\x1b[2J\r\nb\u202e', 1, 1));
    expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test('dims units and takes no room for colour', () => {
    const coloured = new Table(columns, 60, newStyle(true)).row(rows[0]);
    expect(coloured).toContain('\x1b[2mms\x1b[22m');
    expect(stripVTControlCharacters(coloured)).toBe(new Table(columns, 60, plain).row(rows[0]));
  });

  test('is never wider than the terminal, whatever stands in it', () => {
    fc.assert(
      fc.property(
        someText,
        fc.double({ min: 0, max: 1e15, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        (name, n, width) => {
          const table = new Table(columns, width, plain);
          expect(textWidth(table.row(row(name, n, n)))).toBeLessThanOrEqual(width);
          expect(textWidth(table.header())).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
