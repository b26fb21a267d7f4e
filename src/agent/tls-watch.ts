import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { WirelightError } from '../base/errors.ts';
import type { CaptureTime } from '../base/units.ts';
import type { PlaintextSource } from '../capture/kernel/plaintext.ts';
import { executablePath, TlsTargets } from '../capture/tls-targets/index.ts';
import type { Identity } from '../identity/index.ts';
import { cgroupDirectory, cgroupRoot } from '../probe/cgroup.ts';
import type { Kernel, Missing } from '../probe/kernel.ts';
import type { AgentOptions } from './types.ts';

/** Share of one CPU that looking into one library or program may cost by default. */
const BUDGET = 0.5;

/** Looking into TLS, if it was asked for and this kernel permits it. */
export interface TlsWatch {
  readonly source: PlaintextSource | undefined;
  readonly targets: TlsTargets | undefined;
  readonly missing: readonly Missing[];
}

/** Gets ready to look into TLS. Nothing is attached before {@link TlsTargets.start}. */
export function openTlsWatch(
  kernel: Kernel,
  identity: Identity,
  options: AgentOptions,
  now: () => CaptureTime,
): TlsWatch {
  const { tls } = options;
  if (tls === undefined) return { source: undefined, targets: undefined, missing: [] };
  try {
    const probes = kernel.openTls({ captureBytes: options.captureBytes ?? 512, scope: scopeOf(options.scope) });
    const targets = new TlsTargets({
      probes,
      only: tls === 'all' ? undefined : namedAny(tls, identity),
      budget: options.tlsBudget ?? BUDGET,
      now,
    });
    const source: PlaintextSource = {
      probes,
      attachedBefore: (time) => targets.attachedBefore(time),
      showCiphertext: (pid) => targets.showCiphertext(pid),
    };
    const goes = { concern: 'tls', lost: 'TLS plaintext of Go programs', why: 'kernel older than 5.15' };
    return { source, targets, missing: probes.seesGo ? [] : [goes] };
  } catch (error) {
    if (!(error instanceof WirelightError)) throw error;
    const missing = { concern: 'tls', lost: 'TLS plaintext', why: error.why ?? error.message };
    return { source: undefined, targets: undefined, missing: [missing] };
  }
}

/** Whether a process goes by one of these names: its program, its task, its workload, container, pod or unit. */
function namedAny(wanted: readonly string[], identity: Identity): (pid: number) => boolean {
  const patterns = wanted.map(
    (name) =>
      new RegExp(
        `^${name
          .split('*')
          .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
          .join('.*')}$`,
        'i',
      ),
  );
  return (pid) => {
    const { name, workload, process, container, pod, unit } = identity.nameOf({ ip: '', pid, netns: 0, cgroup: 0 });
    const names = [basename(executablePath(pid)), name, workload, process, container, pod, unit];
    return names.some((one) => one !== '' && patterns.some((pattern) => pattern.test(one)));
  };
}

/** A cgroup by its id, and its depth below the root of the hierarchy. */
function scopeOf(scope: string | undefined): { readonly id: number; readonly level: number } | undefined {
  if (scope === undefined) return undefined;
  const directory = cgroupDirectory(scope);
  const below = directory.slice((cgroupRoot() ?? '').length);
  const level = below.split('/').filter((part) => part !== '').length;
  return level === 0 ? undefined : { id: statSync(directory).ino, level };
}
