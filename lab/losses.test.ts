import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isKnownLoss, lossMeaning } from '../src/model/losses.ts';
import { Loss } from '../src/probe/layout.ts';

const src = join(import.meta.dirname, '../src');

/** Names that sessions of protocols count by, read out of their source. */
function countedByProtocols(): string[] {
  const folder = join(src, 'protocols');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/test/.test(name),
  );
  return files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\.count\('([a-z0-9_]+)'\)/g)].map((match) => match[1]),
  );
}

test('every counter of the kernel side and of each protocol is explained', () => {
  const kernel = Object.keys(Loss)
    .filter((name) => name !== 'count')
    .map((name) => name.replaceAll(/[A-Z]/g, (sign) => `_${sign.toLowerCase()}`));
  const capture = [
    ...readFileSync(join(src, 'capture/kernel/kernel-capture.ts'), 'utf8').matchAll(
      /^\s+\['([a-z_]+)', (?:this|Math|unshown)/gm,
    ),
  ].map((match) => match[1]);
  const names = new Set([...kernel, ...capture, ...countedByProtocols(), 'spool_full_rows', 'refused_rows']);
  expect(capture.length).toBeGreaterThan(4);
  expect(countedByProtocols().length).toBeGreaterThan(20);
  expect([...names].filter((name) => !isKnownLoss(name))).toEqual([]);
});

test('an explanation is a sentence that names the protocol', () => {
  expect(lossMeaning('http2_bytes_lost').what).toBe(
    'HTTP/2: bytes of a message were not captured: what stood in them is not known.',
  );
  expect(lossMeaning('no_such_thing').what).toMatch(/\.$/);
});
