import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressLz4 } from './lz4.ts';
import { hex } from './testing.ts';

function opened(block: Uint8Array, limit = 100): string {
  const into = Buffer.alloc(100, 0xee);
  const count = decompressLz4(block, 0, block.length, into, limit);
  expect([...into.subarray(count)].every((byte) => byte === 0xee)).toBe(true);
  return into.toString('latin1', 0, count);
}

describe('an LZ4 block', () => {
  it('is opened: literals, matches that reach into what they write, long lengths', () => {
    expect(opened(hex('50 68656c6c6f'))).toBe('hello');
    // 'ab', then 10 bytes from 2 before, then 'c'.
    expect(opened(hex('26 6162 0200 10 63'))).toBe('ababababababc');
    // 1 + 4 + 15 + 20 bytes of the same.
    expect(opened(hex('1f 7a 0100 14 00'))).toBe('z'.repeat(40));
    expect(opened(Buffer.concat([hex('f0 05'), Buffer.from('x'.repeat(20))]))).toBe('x'.repeat(20));
    expect(opened(hex('00'))).toBe('');
  });

  it('gives what there is of it where it was cut, or room for less', () => {
    expect(opened(hex('50 6865'))).toBe('he');
    expect(opened(hex('26 6162 02'))).toBe('ab');
    expect(opened(hex('26 6162 0200 10 63'), 5)).toBe('ababa');
    expect(opened(hex('1f 7a 0100 ff'))).toBe('z');
  });

  it('ends where a match would reach before its beginning', () => {
    expect(opened(hex('26 6162 0300 10 63'))).toBe('ab');
    expect(opened(hex('26 6162 0000 10 63'))).toBe('ab');
  });

  it('never throws and never writes more than it may, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(100), (block, limit) => {
        expect(opened(block, limit).length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
