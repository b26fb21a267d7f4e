import { describe, expect, it } from 'vitest';
import { setServer, splitAuthority } from './authority.ts';

describe('splitAuthority', () => {
  it.each([
    ['shop.example:8080', 'shop.example', 8080],
    ['shop.example', 'shop.example', -1],
    ['10.0.0.1:80', '10.0.0.1', 80],
    ['[::1]:8080', '::1', 8080],
    ['[2001:db8::1]', '2001:db8::1', -1],
    ['2001:db8::1', '2001:db8::1', -1],
    ['shop.example:', 'shop.example:', -1],
    ['shop.example:99999', 'shop.example:99999', -1],
    [':80', ':80', -1],
    ['', '', -1],
  ])('divides %s', (authority, host, port) => {
    expect(splitAuthority(authority)).toEqual({ host, port });
  });
});

describe('setServer', () => {
  it('leaves the port of the connection where the authority has none', () => {
    const attributes = { 'server.address': '10.0.0.1', 'server.port': 8443 };
    setServer(attributes, 'shop.example');
    expect(attributes).toEqual({ 'server.address': 'shop.example', 'server.port': 8443 });
    setServer(attributes, 'shop.example:443');
    expect(attributes).toEqual({ 'server.address': 'shop.example', 'server.port': 443 });
  });
});
