import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TupleTable, TupleTransport } from './tuple-table.ts';

function addresses(source: number, destination: number): Uint32Array {
  return Uint32Array.from([0, 0, 0xffff, source, 0, 0, 0xffff, destination]);
}

describe('the table of tuples', () => {
  test('finds the same entry for both directions and says which end sent', () => {
    const table = new TupleTable<string>(10);
    expect(table.find(addresses(1, 2), 40_000, 80, TupleTransport.tcp)).toBeUndefined();
    table.add('a');
    expect(table.find(addresses(1, 2), 40_000, 80, TupleTransport.tcp)).toBe('a');
    const sender = table.end;
    expect(table.find(addresses(2, 1), 80, 40_000, TupleTransport.tcp)).toBe('a');
    expect(table.end).toBe(1 - sender);
    expect(table.find(addresses(1, 2), 40_000, 80, TupleTransport.udp)).toBeUndefined();
    expect(table.find(addresses(1, 2), 80, 40_000, TupleTransport.tcp)).toBeUndefined();
  });

  test('tells the ends of one address talking to itself apart by port', () => {
    const table = new TupleTable<string>(10);
    table.find(addresses(7, 7), 5000, 80, TupleTransport.tcp);
    table.add('self');
    const client = table.end;
    expect(table.find(addresses(7, 7), 80, 5000, TupleTransport.tcp)).toBe('self');
    expect(table.end).not.toBe(client);
  });

  test('agrees with a plain map through growing, sweeping and evicting', () => {
    const operation = fc.record({ id: fc.nat(300), sweep: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 2000, size: 'max' }), fc.nat(0xffffffff), (operations, seed) => {
        const table = new TupleTable<{ id: number; round: number }>(128, seed);
        const map = new Map<number, { id: number; round: number }>();
        let round = 0;
        for (const { id, sweep } of operations) {
          round++;
          const found = table.find(addresses(id, id ^ 1), id, 80, TupleTransport.tcp);
          const key = Math.min(id, id ^ 1) * 1000 + id;
          expect(found).toBe(map.get(key));
          if (found === undefined) {
            const value = { id, round };
            const evicted = table.add(value);
            if (evicted !== undefined) map.delete(Math.min(evicted.id, evicted.id ^ 1) * 1000 + evicted.id);
            map.set(key, value);
          }
          if (sweep) {
            table.sweep(5, (value) => {
              const over = round - value.round > 50;
              if (over) map.delete(Math.min(value.id, value.id ^ 1) * 1000 + value.id);
              return over;
            });
          }
          expect(table.size).toBe(map.size);
          expect(table.size).toBeLessThanOrEqual(128);
        }
        expect([...table.values()].map((value) => value.id).sort()).toEqual(
          [...map.values()].map((value) => value.id).sort(),
        );
      }),
      { numRuns: 30 },
    );
  });
});
