import { describe, expect, it } from 'vitest';
import { missingFromLock } from './lock-file.ts';

describe('checking the lock file', () => {
  it('finds nothing where all that is named is there, beside or above', () => {
    expect(
      missingFromLock({
        '': { dependencies: { a: '1.0.0' }, devDependencies: { '@s/b': '2.0.0' } },
        'node_modules/a': { version: '1.0.0', dependencies: { c: '^3.0.0', '@s/b': '1.0.0' } },
        'node_modules/a/node_modules/@s/b': { version: '1.0.0', dependencies: { c: '3.1.0' } },
        'node_modules/@s/b': { version: '2.0.0' },
        'node_modules/c': { version: '3.1.0' },
      }),
    ).toEqual([]);
  });

  it('names a package for another platform that was left out', () => {
    expect(
      missingFromLock({
        '': { dependencies: { a: '1.0.0' } },
        'node_modules/a': { version: '1.0.0', optionalDependencies: { 'a-darwin': '1.0.0', 'a-linux': '1.0.0' } },
        'node_modules/a-linux': { version: '1.0.0' },
      }),
    ).toEqual(['package-lock.json lacks a-darwin 1.0.0, which node_modules/a names']);
  });

  it('does not take a package that lies deeper for one that can be found', () => {
    expect(
      missingFromLock({
        '': { dependencies: { a: '1.0.0', b: '1.0.0' } },
        'node_modules/a': { version: '1.0.0' },
        'node_modules/a/node_modules/b': { version: '1.0.0' },
      }),
    ).toEqual(['package-lock.json lacks b 1.0.0, which package.json names']);
  });
});
