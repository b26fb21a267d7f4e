import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { bytesOf } from './testing.ts';

describe('a byte reader', () => {
  it('reads numbers as DataView does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
        const reader = new ByteReader();
        const at0 = () => reader.reset(bytes, 0, 8);
        expect(at0().u8()).toBe(view.getUint8(0));
        expect(at0().i8()).toBe(view.getInt8(0));
        expect(at0().u16be()).toBe(view.getUint16(0));
        expect(at0().i16be()).toBe(view.getInt16(0));
        expect(at0().u32be()).toBe(view.getUint32(0));
        expect(at0().i32be()).toBe(view.getInt32(0));
        expect(at0().u16le()).toBe(view.getUint16(0, true));
        expect(at0().u32le()).toBe(view.getUint32(0, true));
        expect(at0().i32le()).toBe(view.getInt32(0, true));
        expect(at0().i64be()).toBe(Number(view.getBigInt64(0)));
        expect(at0().i64le()).toBe(Number(view.getBigInt64(0, true)));
        expect(reader.short).toBe(false);
      }),
    );
  });

  it('says that it was short and stays at the end, and never throws', () => {
    const reader = new ByteReader();
    expect(reader.reset(bytesOf([1, 2, 3]), 0, 3).u32be()).toBe(0);
    expect([reader.short, reader.left]).toEqual([true, 0]);
    expect(reader.reset(bytesOf('ab'), 0, 99).text(3)).toBe('');
    expect(reader.reset(bytesOf('ab'), 5, 9).left).toBe(0);
    expect(reader.reset(bytesOf('ab'), 0, 2).text(-1)).toBe('');
    expect(reader.short).toBe(true);
  });

  it('reads text, with and without a zero at the end', () => {
    const reader = new ByteReader();
    reader.reset(bytesOf('name', 0, 'rest'), 0, 9);
    expect([reader.cstring(), reader.cstring(), reader.short]).toEqual(['name', 'rest', true]);
  });

  it('reads variable-length integers of up to ten bytes', () => {
    const reader = new ByteReader();
    expect(reader.reset(bytesOf([0xac, 0x02]), 0, 2).varint()).toBe(300);
    expect(reader.reset(bytesOf(new Array(11).fill(0x80)), 0, 11).varint()).toBe(0);
    expect(reader.short).toBe(true);
  });
});
