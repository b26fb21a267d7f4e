import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable } from './printable.ts';

describe('printable', () => {
  test('leaves ordinary text of any script as it is', () => {
    expect(printable('nginx: worker – Größe 数据 🦀', 80)).toBe('nginx: worker – Größe 数据 🦀');
  });

  test('turns line breaks into spaces, so that one name stays on one line', () => {
    expect(printable('a\nb\r\nc\u2028d', 80)).toBe('a b  c d');
  });

  test('takes the power from escape sequences and direction overrides', () => {
    expect(printable('\x1b[2Jx\u202egpj.exe\u2066', 80)).toBe('\ufffd[2Jx\ufffdgpj.exe\ufffd');
  });

  test('cuts what is too long and says so', () => {
    expect(printable('x'.repeat(100), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  test('never gives more than the limit, nor anything that steers a terminal, nor half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const shown = printable(text, limit);
        expect(shown.length).toBeLessThanOrEqual(limit);
        expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(Buffer.from(shown).toString()).toBe(shown);
      }),
    );
  });
});
