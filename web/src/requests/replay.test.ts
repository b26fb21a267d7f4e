import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredRequest } from '../../../src/model/api.ts';
import { replayOf, shellWord } from './replay.ts';

const request = (more: Partial<StoredRequest>): StoredRequest =>
  ({
    protocol: 'http',
    method: 'GET',
    target: '/orders/{id}',
    operation: 'GET /orders/{id}',
    flags: [],
    destination: { ip: '10.0.0.2', port: 80, name: 'shop' },
    ...more,
  }) as StoredRequest;

test('an HTTP request becomes a call of curl with its path, host and trace', () => {
  expect(
    replayOf(
      request({
        method: 'POST',
        resource: '/orders/7?x=1&y=$(reboot)',
        authority: 'shop.test',
        trace_id: 'a'.repeat(32),
        parent_span_id: 'b'.repeat(16),
      }),
    ),
  ).toBe(
    `curl -sv --path-as-is -X POST -H 'Host: shop.test' -H 'traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01' 'http://10.0.0.2:80/orders/7?x=1&y=$(reboot)'`,
  );
});

test('statements and questions become calls of their own clients', () => {
  expect(replayOf(request({ protocol: 'dns', method: 'AAAA', target: 'shop.test' }))).toBe(
    'dig @10.0.0.2 -p 80 shop.test AAAA',
  );
  expect(replayOf(request({ protocol: 'postgresql', resource: "SELECT 'a'" }))).toBe(
    `psql -h 10.0.0.2 -p 80 -c 'SELECT '\\''a'\\'''`,
  );
  expect(replayOf(request({ protocol: 'kafka', operation: 'produce\norders' }))).toBe(
    '# kafka to 10.0.0.2:80: produce orders',
  );
});

test('a shell reads a quoted text as it was, whatever is in it', () => {
  const texts = ["a'b", '$(id)', '`id`', 'a\nb', '\u001b[2J', '😀', '"; rm -rf /', '\u202e', "\\'"];
  for (const text of [...texts, ...fc.sample(fc.string({ unit: 'binary' }), 40)]) {
    const clean = text.replaceAll('\0', '').replaceAll(/[\ud800-\udfff]/g, '?');
    const read = execFileSync('bash', ['-c', `printf %s ${shellWord(clean)}`], { encoding: 'utf8' });
    expect(read).toBe(clean);
  }
});
