import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WirelightError } from '../base/errors.ts';

/** Where the cgroup v2 hierarchy is mounted, as /proc/self/mountinfo says (it may be unified or hybrid); undefined: nowhere. */
export function cgroupRoot(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    if (right.startsWith('cgroup2 ')) return unescapeMount(left.split(' ')[4] ?? '');
  }
  return undefined;
}

/**
 * The cgroup directory to watch: the one asked for (absolute, or below the root), or the whole host.
 * @throws WirelightError `no_cgroup`
 */
export function cgroupDirectory(scope: string | undefined): string {
  const root = cgroupRoot();
  if (root === undefined)
    throw new WirelightError('no_cgroup', 'no cgroup v2 hierarchy is mounted', {
      why: 'messages are captured at the sockets of a cgroup',
      next: 'mount one: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified',
    });
  if (scope === undefined || scope === '' || scope === '/') return root;
  const path = scope.startsWith(root) ? scope : `${root}/${scope.replace(/^\/+/, '')}`;
  try {
    if (statSync(path).isDirectory()) return path;
  } catch {
    // Said below.
  }
  throw new WirelightError('no_cgroup', `there is no cgroup ${scope}`, {
    why: `${path} is not a directory`,
    next: `choose one of: ls ${root}`,
  });
}

/** Answers for cgroup ids, as the kernel gives them, whether they are of a directory or below it. */
export function cgroupsBelow(directory: string): (id: number) => boolean {
  let known = new Map<number, boolean>();
  return (id) => {
    let inside = known.get(id);
    if (inside !== undefined) return inside;
    // Groups come and go, and their ids are used anew.
    if (known.size > 10_000) known = new Map();
    for (const one of idsBelow(directory)) known.set(one, true);
    inside = known.get(id) ?? false;
    known.set(id, inside);
    return inside;
  };
}

/** A cgroup's id is the inode of its directory. */
function* idsBelow(directory: string): Generator<number> {
  let entries: string[] = [];
  try {
    yield statSync(directory).ino;
    entries = readdirSync(directory, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []));
  } catch {
    return; // gone meanwhile
  }
  for (const entry of entries) yield* idsBelow(join(directory, entry));
}

/** Mount points are written with octal escapes. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}
