import { WirelightError } from '../../base/errors.ts';
import { openElf } from '../../probe/elf/index.ts';
import { type ProbePoint, planProbes } from '../../probe/tls/index.ts';

/**
 * Plans are kept by build and file. Not by build alone, though containers share builds: a file claims its build id itself,
 * and a program made to claim that of a library would have its own offsets used in the library, of all on this host.
 */
const MOST_PLANS = 1024;
const byFile = new Map<string, readonly ProbePoint[]>();

/** What is looked for in a file. */
export type Sought = 'library' | 'program' | 'cryptography';

/**
 * Where to attach what in a file. Empty where it holds no TLS, or nothing that is understood.
 * @param go whether this kernel lets goroutines be told apart
 */
export function probesOf(path: string, sought: Sought, go: boolean): readonly ProbePoint[] {
  try {
    using elf = openElf(path);
    if (elf.machine === 'other') return [];
    const file = `${sought} ${elf.buildId} ${elf.identity}`;
    const known = byFile.get(file);
    if (known !== undefined) return known;
    const points =
      sought === 'cryptography'
        ? planProbes(elf, 'openssl-bio')
        : sought === 'library'
          ? [...planProbes(elf, 'openssl'), ...planProbes(elf, 'gnutls'), ...planProbes(elf, 'nss')]
          : elf.isGo
            ? // Before 1.18 arguments were elsewhere.
              go && elf.goVersion !== undefined
              ? planProbes(elf, 'go')
              : []
            : staticOpenSsl(elf);
    if (byFile.size >= MOST_PLANS) byFile.clear();
    byFile.set(file, points);
    return points;
  } catch (error) {
    if (error instanceof WirelightError) return [];
    throw error;
  }
}

/** A program with OpenSSL in itself may carry the ciphertext itself too, as Node does. */
function staticOpenSsl(elf: Parameters<typeof planProbes>[0]): readonly ProbePoint[] {
  const points = planProbes(elf, 'openssl');
  return points.length === 0 ? [] : [...points, ...planProbes(elf, 'openssl-bio')];
}
