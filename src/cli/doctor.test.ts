import { describe, expect, test } from 'vitest';
import { checkLines } from './doctor.ts';
import { newStyle } from './style.ts';

const checks = [
  { check: 'kernel', result: 'ok', found: '6.18.0 x64', consequence: '' },
  {
    check: 'live capture',
    result: 'missing',
    found: 'the kernel refused bpf(): it is locked down and somebody has to decide otherwise',
    consequence: 'use integrity mode, or boot with lockdown=none where you may do that',
  },
] as const;

describe('what doctor shows', () => {
  test('stays in its columns however long the texts are, and loses none of them', () => {
    const lines = checkLines(checks, 60, newStyle(false));
    expect(lines).toEqual([
      'CHECK         RESULT   FOUND, AND WHAT FOLLOWS',
      'kernel        ok       6.18.0 x64',
      'live capture  missing  the kernel refused bpf(): it is',
      '                       locked down and somebody has to',
      '                       decide otherwise',
      '                       → use integrity mode, or boot with',
      '                         lockdown=none where you may do that',
    ]);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  });
});
