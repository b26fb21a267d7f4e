import { expect, it } from 'vitest';
import { openElf } from '../elf/index.ts';
import { tlsFunctions } from './functions.ts';
import { planProbes } from './plan.ts';

/** Node as it is distributed has OpenSSL in itself; some distributions take the shared library instead. */
function ownOpenSsl(): boolean {
  using elf = openElf(process.execPath);
  return elf.symbol('SSL_read') !== undefined;
}

it.runIf(ownOpenSsl())('finds every function of OpenSSL in Node, and an end for every beginning', () => {
  using elf = openElf(process.execPath);
  const points = planProbes(elf, 'openssl');
  for (const { symbol, enters, leaves } of tlsFunctions.openssl) {
    const found = elf.symbol(symbol);
    if (found === undefined) throw new Error(`Node has no ${symbol}`);
    const within = points.filter(
      ({ fileOffset }) => fileOffset >= found.fileOffset && fileOffset < found.fileOffset + found.size,
    );
    expect(within.filter((point) => point.program === enters)).toHaveLength(1);
    if (leaves !== undefined) expect(within.some((point) => point.program === leaves)).toBe(true);
    // A return probe anywhere else takes something else for the return address.
    for (const point of within) if (point.onReturn) expect(point.fileOffset).toBe(found.fileOffset);
  }
});

it('finds nothing in a program that holds no TLS', () => {
  using elf = openElf('/bin/true');
  for (const library of ['openssl', 'openssl-bio', 'gnutls', 'go'] as const)
    expect(planProbes(elf, library)).toEqual([]);
});
