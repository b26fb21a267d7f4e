import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, duration, quantityText, rate, share, size, sizeRate, threeDigits } from './format.ts';

describe('quantities', () => {
  test.each([
    [0, '0 ns'],
    [812, '812 ns'],
    [999.7, '1 µs'],
    [1_500, '1.5 µs'],
    [312_400_000, '312 ms'],
    [999_600_000, '1 s'],
    [1_400_000_000, '1.4 s'],
    [119_000_000_000, '119 s'],
    [180_000_000_000, '3 min'],
    [86_400_000_000_000, '24 h'],
    [-1_500, '-1.5 µs'],
    [Number.NaN, '-'],
    [Number.POSITIVE_INFINITY, '-'],
  ])('%d ns read as %s', (nanoseconds, text) => {
    expect(quantityText(duration(nanoseconds))).toBe(text);
  });

  test.each([
    [rate(1_400), '1.4k/s'],
    [rate(0.2), '0.2/s'],
    [rate(0), '0/s'],
    [sizeRate(8_100_000), '8.1 MB/s'],
    [size(812), '812 B'],
    [size(1_000), '1 kB'],
    [size(999_999), '1 MB'],
    [count(312), '312'],
    [count(3_000_000), '3M'],
    [share(0.0002), '0.02 %'],
    [share(1), '100 %'],
    [share(1e-9), '<0.001 %'],
    [share(Number.NaN), '-'],
  ])('$0.number$0.unit reads as %s', (quantity, text) => {
    expect(quantityText(quantity)).toBe(text);
  });

  test('a number keeps three significant digits, no exponent and no useless zero', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 999, noNaN: true }), (value) => {
        const text = threeDigits(value);
        expect(text).toMatch(/^\d+(\.\d*[1-9])?$/);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(value * 0.005 + 1e-9);
        expect(text.replace('.', '').replace(/^0+/, '').length).toBeLessThanOrEqual(3);
      }),
    );
  });
});
