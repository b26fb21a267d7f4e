import { describe, expect, test } from 'vitest';
import { otherTarget, Targets } from './targets.ts';

describe('targets', () => {
  test('keep their names up to a bound, and get them again in the next hour', () => {
    let now = 5 * 3_600_000;
    const targets = new Targets(() => now);
    for (let i = 0; i < 20_000; i++) expect(targets.of(`/page-${i}-about-cats`)).toBe(`/page-${i}-about-cats`);
    expect(targets.of('/one-more')).toBe(otherTarget);
    expect(targets.of('/page-7-about-cats')).toBe('/page-7-about-cats');
    expect(targets.folded).toBe(1);
    now += 3_600_000;
    expect(targets.of('/one-more')).toBe('/one-more');
    expect(targets.folded).toBe(1);
  });
});
