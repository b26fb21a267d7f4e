import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberTable } from './number-table.ts';

describe('NumberTable', () => {
  it('holds what a Map holds after any sequence of settings and deletions', () => {
    const key = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.double({ min: 0, max: 2 ** 53, noNaN: true }).map(Math.floor),
    );
    const step = fc.record({ key, deletes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const table = new NumberTable<{ n: number }>();
        const map = new Map<number, { n: number }>();
        steps.forEach(({ key, deletes }, n) => {
          if (deletes) expect(table.delete(key)).toBe(map.delete(key));
          else {
            const value = { n };
            table.set(key, value);
            map.set(key, value);
          }
        });
        expect(table.size).toBe(map.size);
        for (const { key } of steps) expect(table.get(key)).toBe(map.get(key));
        expect([...table.entries()].sort(([a], [b]) => a - b)).toEqual([...map].sort(([a], [b]) => a - b));
      }),
    );
  });

  it('grows and lets go of everything again', () => {
    const table = new NumberTable<object>();
    for (let i = 0; i < 10_000; i++) table.set(i * 65_536, {});
    expect(table.size).toBe(10_000);
    for (let i = 0; i < 10_000; i++) expect(table.delete(i * 65_536)).toBe(true);
    expect([...table.entries()]).toEqual([]);
  });
});
