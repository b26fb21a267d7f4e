import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteMap } from './byte-map.ts';

describe('a map from bytes', () => {
  it('gives what was kept for the same bytes, wherever they stand', () => {
    const map = new ByteMap<string>(16, 32);
    const one = Buffer.from('xxSELECT 1yy');
    const two = Buffer.from('SELECT 1');
    expect(map.get(one, 2, 10)).toBeUndefined();
    expect(map.set(one, 2, 10, 'a')).toBe('a');
    expect(map.get(two, 0, 8)).toBe('a');
    expect(map.get(two, 0, 7)).toBeUndefined();
    map.set(two, 0, 8, 'b');
    expect(map.get(one, 2, 10)).toBe('b');
  });

  it('does not depend on bytes that change after they were kept', () => {
    const map = new ByteMap<string>(16, 32);
    const bytes = Buffer.from('abc');
    map.set(bytes, 0, 3, 'abc');
    bytes.fill(0x7a);
    expect(map.get(Buffer.from('abc'), 0, 3)).toBe('abc');
    expect(map.get(bytes, 0, 3)).toBeUndefined();
  });

  it('keeps nothing that is too long, or empty', () => {
    const map = new ByteMap<string>(16, 4);
    const bytes = Buffer.from('abcde');
    expect(map.set(bytes, 0, 5, 'long')).toBe('long');
    expect(map.get(bytes, 0, 5)).toBeUndefined();
    map.set(bytes, 2, 2, 'empty');
    expect(map.get(bytes, 2, 2)).toBeUndefined();
  });

  it('never gives what belongs to other bytes, however many push each other out', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 200 }), (keys) => {
        const map = new ByteMap<string>(8, 64);
        for (const key of keys) map.set(key, 0, key.length, Buffer.from(key).toString('hex'));
        for (const key of keys) {
          const found = map.get(key, 0, key.length);
          if (found !== undefined) expect(found).toBe(Buffer.from(key).toString('hex'));
        }
      }),
    );
  });
});
