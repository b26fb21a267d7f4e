import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteCache, fromText, isAt } from './byte-cache.ts';
import { Interner } from './interner.ts';
import { bytesOf } from './testing.ts';

describe('a byte cache', () => {
  it('gives each byte string what was made of it, and makes it once while it stays', () => {
    let made = 0;
    const cache = new ByteCache(
      64,
      fromText((text) => {
        made++;
        return text.toUpperCase();
      }),
    );
    const bytes = bytesOf('..hello..hello..');
    const first = cache.entry(bytes, 2, 7);
    expect(first.value).toBe('HELLO');
    expect(cache.entry(bytes, 9, 14)).toBe(first);
    expect(made).toBe(1);
  });

  it('never gives what belongs to other bytes, however full it is', () => {
    const cache = new ByteCache(
      4,
      fromText((text) => text),
    );
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 12 }), { minLength: 1, maxLength: 60 }), (keys) => {
        for (const key of keys) {
          const { bytes } = cache.entry(bytesOf([9, 9], key, [9]), 2, 2 + key.length);
          expect([...bytes]).toEqual([...key]);
        }
      }),
    );
  });

  it('does not keep what is too long', () => {
    const cache = new ByteCache(
      4,
      fromText((text) => text.length),
      8,
    );
    const long = bytesOf('123456789');
    expect(cache.entry(long, 0, 9)).not.toBe(cache.entry(long, 0, 9));
    expect(cache.entry(long, 0, 9).value).toBe(9);
  });

  it('keeps its own copy of the bytes', () => {
    const cache = new ByteCache(
      4,
      fromText((text) => text),
    );
    const bytes = Buffer.from('abc');
    const entry = cache.entry(bytes, 0, 3);
    bytes.fill(0);
    expect(isAt(entry, bytesOf('xabc'), 1, 4)).toBe(true);
    expect(isAt(entry, bytesOf('xabc'), 1, 3)).toBe(false);
  });
});

describe('an interner', () => {
  it('gives the same string and what is derived from it', () => {
    const interner = new Interner(16, { derive: (text) => text.toUpperCase() });
    expect(interner.text(bytesOf('orders'), 0, 6)).toBe('orders');
    expect(interner.derived).toBe('ORDERS');
    expect(interner.text(bytesOf('x'), 1, 1)).toBe('');
    expect(interner.derived).toBe('');
    expect(interner.text(bytesOf('größe', [0xff]), 0, 8)).toBe('größe\ufffd');
  });
});
