import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PendingQueue, PendingTable } from './pending.ts';

const entry = () => ({ value: -1 });

describe('a queue of pending requests', () => {
  it('behaves as an array does, up to its limit', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('add', 'shift', 'pop', 'look'), { maxLength: 200 }), (steps) => {
        const queue = new PendingQueue(entry, 7);
        const model: number[] = [];
        steps.forEach((step, i) => {
          if (step === 'add') {
            const added = queue.add();
            expect(added === undefined).toBe(model.length === 7);
            if (added !== undefined) {
              added.value = i;
              model.push(i);
            }
          } else if (step === 'shift') expect(queue.shift()?.value).toBe(model.shift());
          else if (step === 'pop') expect(queue.pop()?.value).toBe(model.pop());
          expect(queue.length).toBe(model.length);
          expect(model.map((_, k) => queue.at(k)?.value)).toEqual(model);
          expect([queue.first()?.value, queue.last()?.value]).toEqual([model[0], model.at(-1)]);
        });
      }),
    );
  });

  it('leaves an entry that was taken out alone until the next one is added', () => {
    const queue = new PendingQueue(entry);
    const a = queue.add();
    if (a !== undefined) a.value = 5;
    const taken = queue.shift();
    expect(taken?.value).toBe(5);
    expect(queue.add()).toBe(taken);
  });
});

describe('a table of pending requests', () => {
  it('finds by id, knows the oldest, and stays within its limit', () => {
    const table = new PendingTable(entry, 2);
    const a = table.add(7);
    const b = table.add(9);
    expect(table.add(11)).toBeUndefined();
    expect([table.length, table.full, table.oldest()]).toEqual([2, true, 7]);
    expect(table.get(9)).toBe(b);
    expect(table.take(7)).toBe(a);
    expect(table.take(7)).toBeUndefined();
    expect([...table.entries()]).toEqual([[9, b]]);
    table.clear();
    expect([table.length, table.oldest()]).toEqual([0, -1]);
  });

  it('makes an id that is asked again the newest', () => {
    const table = new PendingTable(entry);
    table.add(1);
    table.add(2);
    table.add(1);
    expect(table.oldest()).toBe(2);
    expect(table.length).toBe(2);
  });
});
