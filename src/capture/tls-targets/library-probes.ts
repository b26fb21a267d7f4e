import { WirelightError } from '../../base/errors.ts';
import { openElf } from '../../probe/elf/index.ts';
import { type ProbePoint, planProbes } from '../../probe/tls/index.ts';

/** Plans are kept by build, so that the same library in many containers is read once. */
const MOST_PLANS = 1024;
const byBuild = new Map<string, readonly ProbePoint[]>();

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
    // Two files may claim one build id: the size of what is found in them would hardly agree.
    const build = `${sought} ${elf.buildId}`;
    const known = byBuild.get(build);
    if (known !== undefined) return known;
    const points =
      sought === 'cryptography'
        ? planProbes(elf, 'openssl-bio')
        : sought === 'library'
          ? [...planProbes(elf, 'openssl'), ...planProbes(elf, 'gnutls')]
          : elf.isGo
            ? go
              ? planProbes(elf, 'go')
              : []
            : staticOpenSsl(elf);
    if (byBuild.size >= MOST_PLANS) byBuild.clear();
    byBuild.set(build, points);
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
