import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { addressClass } from './address-class.ts';

describe('addressClass', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['172.15.0.1', 'public'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['192.169.0.1', 'public'],
    ['100.64.0.1', 'private'],
    ['100.128.0.1', 'public'],
    ['198.51.100.7', 'private'],
    ['fd00::1', 'private'],
    ['2001:db8::1', 'private'],
    ['169.254.169.254', 'link_local'],
    ['fe80::1%eth0', 'link_local'],
    ['224.0.0.251', 'multicast'],
    ['255.255.255.255', 'multicast'],
    ['ff02::fb', 'multicast'],
    ['8.8.8.8', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['::ffff:a00:1', 'private'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['64:ff9b::a00:1', 'private'],
    ['2002:a00:1::1', 'private'],
  ])('puts %s into %s', (ip, expected) => {
    expect(addressClass(ip)).toBe(expected);
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1..2.3',
    'localhost',
    ':::',
    '1::2::3',
    ':1.2.3.4',
    'fe80',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
  ])('calls text that is no address unspecified: %j', (text) => {
    expect(addressClass(text)).toBe('unspecified');
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:%') })), (text) => {
        expect(typeof addressClass(text)).toBe('string');
      }),
    );
  });

  test('agrees with an independent reading of the registries for every IPv6 and IPv4 address', () => {
    const classes: Record<string, string> = {
      unicast: 'public',
      loopback: 'loopback',
      private: 'private',
      uniqueLocal: 'private',
      linkLocal: 'link_local',
      multicast: 'multicast',
      carrierGradeNat: 'private',
    };
    const agree = (ip: string): void => {
      const expected = classes[ipaddr.process(ip).range()];
      if (expected !== undefined) expect(`${ip} ${addressClass(ip)}`).toBe(`${ip} ${expected}`);
    };
    fc.assert(fc.property(fc.ipV4(), agree));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
        if (groups[0] > 0xff) agree(groups.map((g) => g.toString(16)).join(':'));
      }),
    );
  });
});
