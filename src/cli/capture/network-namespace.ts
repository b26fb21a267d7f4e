import { existsSync, readdirSync, statSync } from 'node:fs';
import { WirelightError } from '../../base/errors.ts';

/** A network namespace that somebody named. */
export interface NamedNamespace {
  readonly path: string;
  /** What the kernel calls it. */
  readonly inode: number;
  /** A process that lives in it, undefined where none does. */
  readonly pid: number | undefined;
}

/**
 * Finds a network namespace by the name that `ip netns` gave it, by a path, or by the pid of a process in it.
 * @throws WirelightError `no_namespace`
 */
export function networkNamespaceOf(who: string): NamedNamespace {
  const pid = /^\d+$/.test(who) ? Number(who) : undefined;
  const path = pid === undefined ? (who.includes('/') ? who : `/run/netns/${who}`) : `/proc/${pid}/ns/net`;
  if (!existsSync(path)) {
    throw new WirelightError('no_namespace', `there is no network namespace ${who}`, {
      why: `${path} is not there`,
      next: 'name one that ip netns lists, a path, or the pid of a process in it',
      exitCode: 2,
    });
  }
  const inode = statSync(path).ino;
  return { path, pid: pid ?? processIn(inode), inode };
}

function processIn(inode: number): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (statSync(`/proc/${name}/ns/net`).ino === inode) return Number(name);
    } catch {
      // it has ended meanwhile, or is not ours to look at
    }
  }
  return undefined;
}
