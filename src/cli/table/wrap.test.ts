import { describe, expect, test } from 'vitest';
import { wrap } from './wrap.ts';

describe('wrapping', () => {
  test.each([
    ['', 10, ['']],
    ['one two three', 8, ['one two', 'three']],
    ['one two three', 7, ['one two', 'three']],
    ['incomprehensibilities are long', 8, ['incomprehensibilities', 'are long']],
    ['why\nwhat next', 80, ['why', 'what next']],
    ['日本 日本', 5, ['日本', '日本']],
  ])('%j in %d columns', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});
