import { BlockList, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressText, inNetwork, networkText, parseAddress, parseNetwork } from './ip-address.ts';

const into = new Uint8Array(16);
const bytesOf = (text: string) => (parseAddress(text, into) ? Uint8Array.from(into) : undefined);

describe('addresses', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ])('%s is written as %s', (text, canonical) => {
    const bytes = bytesOf(text);
    expect(bytes && addressText(bytes)).toBe(canonical);
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.',
    '01.2.3.4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '12345::',
    '1:',
    '::1.2.3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
  ])('%s is no address', (text) => {
    expect(bytesOf(text)).toBeUndefined();
  });

  test('whatever text is given, it is an address here exactly where it is one for Node', () => {
    const soup = fc.string({ unit: fc.constantFrom('0', '1', '25', 'f', 'fe80', ':', '::', '.', '9'), maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(soup, fc.ipV4(), fc.ipV6()), (text) => {
        expect(bytesOf(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
      }),
    );
  });

  test('every address reads back as itself', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(bytesOf(addressText(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('networks', () => {
  test('membership agrees with Node', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.constant('ipv4' as const));
    const v6 = fc.tuple(fc.ipV6(), fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.constant('ipv6' as const));
    fc.assert(
      fc.property(fc.oneof(v4, v6), ([base, other, prefix, family]) => {
        const list = new BlockList();
        list.addSubnet(base, prefix, family);
        const network = parseNetwork(`${base}/${prefix}`);
        if (network === undefined) throw new Error('not parsed');
        expect(parseNetwork(networkText(network))).toEqual(network);
        for (const address of [base, other]) {
          const bytes = bytesOf(address);
          if (bytes === undefined) throw new Error('not parsed');
          const mappedInWide = family === 'ipv6' && prefix < 96 && !addressText(bytes).includes(':');
          if (!mappedInWide) expect(inNetwork(network, bytes)).toBe(list.check(address, family));
        }
      }),
    );
  });

  test('all of IPv6 holds no IPv4 address', () => {
    const all = parseNetwork('::/0');
    expect(all && inNetwork(all, bytesOf('10.0.0.1') ?? into)).toBe(false);
    expect(all && inNetwork(all, bytesOf('fd00::1') ?? into)).toBe(true);
  });

  test.each(['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/-1', 'x/8', '10.0.0.0/8/8'])(
    '%s is no network',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined();
    },
  );
});
