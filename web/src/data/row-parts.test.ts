import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostRows, partOf } from './row-parts.ts';

test('every row of an index is in exactly one part, and no part is larger than one question', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
      let before = 0;
      const marks = sizes.map((size, i) => {
        const mark = { cursor: i === 0 ? '' : `c${i}`, before };
        before += size;
        return mark;
      });
      const index = { total: before, marks };
      let next = 0;
      while (next < index.total) {
        const part = partOf(index, next);
        expect(part?.first).toBe(next);
        expect(part?.count).toBeGreaterThan(0);
        expect(part?.count).toBeLessThanOrEqual(mostRows);
        expect(partOf(index, next + (part?.count ?? 1) - 1)).toEqual(part);
        next += part?.count ?? 1;
      }
      expect(partOf(index, index.total)).toBeUndefined();
      expect(partOf(index, -1)).toBeUndefined();
    }),
  );
});
