import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactPath, templateOf } from './template.ts';

describe('templateOf', () => {
  it.each([
    ['/', '/'],
    ['/users', '/users'],
    ['/users/123', '/users/{id}'],
    ['/users/123/orders/9f1c7d52-8a3b-4f7e-9d55-0c2f1e6a7b11', '/users/{id}/orders/{uuid}'],
    ['/commit/3f9a8b7c', '/commit/{hash}'],
    ['/static/app.3f9a8b7c.js', '/static/app.{hash}.js'],
    ['/days/2024-05-17/report', '/days/{date}/report'],
    ['/at/2024-05-17T10:00:00Z', '/at/{date}'],
    ['/hosts/10.1.2.3', '/hosts/{ip}'],
    ['/mail/anna@example.com', '/mail/{email}'],
    ['/search/blue%20shoes', '/search/{text}'],
    ['/files/dGhpcyBpcyBhIGxvbmcgYmFzZTY0IHN0cmluZw==', '/files/{token}'],
    ['/i/i0abcd12ef34', '/i/{id}'],
    ['/orders/order-12345', '/orders/order-{id}'],
    ['/download/report.42.pdf', '/download/report.42.pdf'],
    ['/download/1234.pdf', '/download/{id}.pdf'],
  ])('makes %s to %s', (path, template) => {
    expect(templateOf(path)).toBe(template);
  });

  it.each([
    '/api/v1/health',
    '/v1.2/items',
    '/oauth2/token',
    '/.well-known/openid-configuration',
    '/sha256/base64',
    '/how-to-make-a-cake',
    '/internationalisation',
  ])('leaves names with digits and long words alone: %s', (path) => {
    expect(templateOf(path)).toBe(path);
  });

  it('bounds what it gives', () => {
    expect(templateOf(`/a${'/b'.repeat(100)}`)).toBe(`/a${'/b'.repeat(10)}/{...}`);
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (path) => templateOf(path).length <= path.length + 200));
  });

  it('gives a template that is its own template, but for text that it cannot read', () => {
    const segment = fc.oneof(fc.constantFrom('users', 'orders', 'v1'), fc.nat().map(String), fc.uuid());
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
        const once = templateOf(`/${segments.join('/')}`);
        expect(templateOf(once)).toBe(once);
      }),
    );
  });
});

describe('redactPath', () => {
  it('takes out credentials and what follows names of secrets', () => {
    expect(redactPath('/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe')).toBe('/{secret}/getMe');
    expect(redactPath('/reset/token/a8f5f167f44f4964e6c998dee827110c')).toBe('/reset/token/{secret}');
    expect(redactPath('/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.abc')).toBe('/x/{secret}');
    expect(redactPath('/token/refresh-session')).toBe('/token/refresh-session');
  });
});
