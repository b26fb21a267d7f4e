import { describe, expect, it } from 'vitest';
import { hex } from '../testing.ts';
import { Block } from './block.ts';
import { Hpack } from './hpack.ts';
import { decodedBound, decodeHuffman } from './huffman.ts';

function huffman(digits: string): string | undefined {
  const bytes = hex(digits);
  const into = new Uint8Array(decodedBound(bytes.length));
  const length = decodeHuffman(bytes, 0, bytes.length, into);
  return length < 0 ? undefined : Buffer.from(into.subarray(0, length)).toString('latin1');
}

describe('the Huffman code', () => {
  it('decodes the examples of RFC 7541, appendix C', () => {
    expect(huffman('f1e3c2e5f23a6ba0ab90f4ff')).toBe('www.example.com');
    expect(huffman('a8eb10649cbf')).toBe('no-cache');
    expect(huffman('25a849e95ba97d7f')).toBe('custom-key');
    expect(huffman('d07abe941054d444a8200595040b8166e082a62d1bff')).toBe('Mon, 21 Oct 2013 20:13:21 GMT');
    expect(huffman('94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007')).toBe(
      'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    );
  });

  it('refuses padding that is none', () => {
    expect(huffman('1f')).toBe('a');
    expect(huffman('18')).toBeUndefined();
    expect(huffman('ffffffff')).toBeUndefined();
  });
});

describe('HPACK', () => {
  const read = (table: Hpack, digits: string) => {
    const block = new Block();
    const bytes = hex(digits);
    const whole = table.decode(bytes, 0, bytes.length, block);
    return [whole, block.method, block.path, block.authority, block.status, block.partial];
  };

  it('decodes the requests of RFC 7541, appendix C.4, one after another', () => {
    const table = new Hpack(true);
    expect(read(table, '828684418cf1e3c2e5f23a6ba0ab90f4ff')).toEqual([true, 'GET', '/', 'www.example.com', -1, false]);
    expect(read(table, '828684be5886a8eb10649cbf')).toEqual([true, 'GET', '/', 'www.example.com', -1, false]);
    expect(read(table, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf')).toEqual([
      true,
      'GET',
      '/index.html',
      'www.example.com',
      -1,
      false,
    ]);
  });

  it('says of what it did not see that it does not know it, and goes on with what comes', () => {
    const table = new Hpack(false);
    expect(read(table, '828684be')).toEqual([true, 'GET', '/', '', -1, true]);
    expect(read(table, '828684418cf1e3c2e5f23a6ba0ab90f4ff')).toEqual([true, 'GET', '/', 'www.example.com', -1, false]);
    expect(read(table, '828684be')).toEqual([true, 'GET', '/', 'www.example.com', -1, false]);
    expect(read(table, '828684bf')).toEqual([true, 'GET', '/', '', -1, true]);
  });

  it('refuses indexes that cannot be, where it saw all', () => {
    expect(read(new Hpack(true), '82be')).toEqual([false, 'GET', '', '', -1, false]);
    expect(read(new Hpack(true), '80')).toEqual([false, '', '', '', -1, false]);
  });

  it('forgets its table where the encoder empties it', () => {
    const table = new Hpack(false);
    read(table, '828684418cf1e3c2e5f23a6ba0ab90f4ff');
    expect(read(table, '2082be')[0]).toBe(false);
  });
});
