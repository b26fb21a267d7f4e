import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from './proc-file.ts';

const mostDirectories = 20_000;
const deepest = 12;

/**
 * Paths of cgroup v2 by id, for sockets whose process is gone or was never seen: on 64-bit kernels the id that BPF gives is
 * the inode of the directory. The tree is walked when an id is unknown, and never for more than 1 % of the time.
 */
export class CgroupDirectories {
  readonly #mount: string;
  #paths = new Map<number, string>();
  #walkAgainAt = Number.NEGATIVE_INFINITY;

  /** @param mount where the cgroup2 hierarchy is, '' where there is none */
  constructor(mount: string) {
    this.#mount = mount;
  }

  /** The path below the hierarchy's root ('/' for the root itself), undefined where no such cgroup is there. */
  path(id: number, now: number): string | undefined {
    const known = this.#paths.get(id);
    if (known !== undefined || this.#mount === '' || now < this.#walkAgainAt) return known;
    const begin = performance.now();
    this.#walk();
    this.#walkAgainAt = now + Math.max(1000, 100 * (performance.now() - begin));
    return this.#paths.get(id);
  }

  #walk(): void {
    const paths = new Map<number, string>();
    const open: [path: string, depth: number][] = [['/', 0]];
    for (let next = open.pop(); next !== undefined && paths.size < mostDirectories; next = open.pop()) {
      const [path, depth] = next;
      try {
        const directory = join(this.#mount, path);
        paths.set(statSync(directory).ino, path);
        if (depth >= deepest) continue;
        for (const entry of readdirSync(directory, { withFileTypes: true })) {
          if (entry.isDirectory()) open.push([join(path, entry.name), depth + 1]);
        }
      } catch {
        // Removed while it was walked.
      }
    }
    // What was known of cgroups that are gone stays known for late records, while there is room.
    if (this.#paths.size + paths.size < 2 * mostDirectories) {
      for (const [id, path] of this.#paths) if (!paths.has(id)) paths.set(id, path);
    }
    this.#paths = paths;
  }
}

/** Where the cgroup2 hierarchy is mounted, by /proc/self/mountinfo (proc(5)); '' where it is not. */
export function cgroup2Mount(procRoot: string): string {
  for (const line of (readRecord(join(procRoot, 'self/mountinfo'), 4 << 20) ?? '').split('\n')) {
    const [mount, source] = line.split(' - ');
    const fields = mount.split(' ');
    // Root '/' first: a bind mount of one subtree has the ids, but not the paths.
    if (source?.startsWith('cgroup2 ') === true && fields[3] === '/') {
      return fields[4].replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    }
  }
  return '';
}
