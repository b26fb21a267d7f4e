import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

describe('the pace of reading the ring', () => {
  it('slows down step by step when nothing comes, up to the longest pause', () => {
    const pace = new Pace(20);
    expect(pace.next(5, 0.01)).toBe(10);
    expect(pace.next(0, 0)).toBe(12);
    for (let i = 0; i < 10; i++) pace.next(0, 0);
    expect(pace.next(0, 0)).toBe(20);
  });

  it('reads more often while the ring fills fast, and returns to its pace after', () => {
    const pace = new Pace(20);
    for (let i = 0; i < 10; i++) pace.next(20_000, 0.5);
    expect(pace.next(20_000, 0.5)).toBe(1);
    for (let i = 0; i < 10; i++) pace.next(100, 0.001);
    expect(pace.next(100, 0.001)).toBe(10);
  });

  it('never pauses longer than it was told', () => {
    const pace = new Pace(3);
    expect(pace.next(1, 0)).toBe(3);
    expect(pace.next(0, 0)).toBe(3);
  });
});
