import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementHeight, type ScrollState, scrolled, scrolledTo, tallest, topOf } from './scroll-scale.ts';

const viewport = 600;

test('what fits into an element scrolls as it is', () => {
  expect(scrolled({ scrollTop: 0, offset: 0 }, 5000, 28_000, viewport)).toEqual({ scrollTop: 5000, offset: 0 });
});

test('both ends of ten million rows are reached, by the bar and by jumping', () => {
  const whole = 280_000_000;
  const bottom = elementHeight(whole) - viewport;
  expect(elementHeight(whole)).toBe(tallest);
  expect(topOf(scrolled({ scrollTop: 0, offset: 0 }, bottom, whole, viewport))).toBe(whole - viewport);
  expect(topOf(scrolledTo(Number.MAX_SAFE_INTEGER, whole, viewport))).toBe(whole - viewport);
  expect(topOf(scrolled({ scrollTop: bottom, offset: whole - viewport - bottom }, 0, whole, viewport))).toBe(0);
});

test('small movements go pixel by pixel wherever one is, and never leave the rows', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 13_000_000, max: 2_000_000_000 }),
      fc.integer({ min: 0, max: 2_000_000_000 }),
      fc.array(fc.integer({ min: -900, max: 900 }), { maxLength: 60 }),
      (whole, start, steps) => {
        let state: ScrollState = scrolledTo(start, whole, viewport);
        for (const step of steps) {
          const room = elementHeight(whole) - viewport;
          // The browser stops at the ends of the element.
          const moved = Math.min(Math.max(state.scrollTop + step, 0), room);
          const wanted = Math.min(Math.max(topOf(state) + moved - state.scrollTop, 0), whole - viewport);
          state = scrolled(state, moved, whole, viewport);
          expect(topOf(state)).toBe(wanted);
          expect(state.scrollTop).toBeGreaterThanOrEqual(0);
          expect(state.scrollTop).toBeLessThanOrEqual(room);
          // One can go on in every direction in which there are rows.
          if (topOf(state) > 0) expect(state.scrollTop).toBeGreaterThan(0);
          if (topOf(state) < whole - viewport) expect(state.scrollTop).toBeLessThan(room);
        }
      },
    ),
  );
});
