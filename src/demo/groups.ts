import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WirelightError } from '../base/errors.ts';
import { cgroupDirectory, cgroupRoot } from '../probe/cgroup.ts';
import { cgroupNames } from './places.ts';

/** Makes a cgroup of the demo. Gives its directory. @throws WirelightError `no_cgroup` */
export function makeGroup(which: keyof typeof cgroupNames): string {
  const path = join(cgroupDirectory(undefined), cgroupNames[which]);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Makes the cgroup of one service: named like a unit of systemd, so that everything that reads such names knows the service. */
export function makeServiceGroup(parent: string, service: string): string {
  const path = join(parent, `${service}.service`);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Cgroups that a demo has made and not removed. */
export function groupsLeft(): string[] {
  const root = cgroupRoot();
  if (root === undefined) return [];
  return Object.values(cgroupNames)
    .map((name) => join(root, name))
    .filter((path) => existsSync(path));
}

/** Ends every process in them and removes them. @throws WirelightError `cgroup_busy` */
export async function removeGroups(): Promise<void> {
  for (const path of groupsLeft()) await removeGroup(path);
}

async function removeGroup(path: string): Promise<void> {
  for (let attempt = 0; existsSync(path); attempt++) {
    for (const pid of processesIn(path)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    try {
      for (const child of childrenOf(path)) rmdirSync(child);
      rmdirSync(path);
      return;
    } catch (cause) {
      if (attempt === 250) {
        throw new WirelightError('cgroup_busy', `the cgroup ${path} cannot be removed`, {
          why: String(cause),
          next: 'see which processes it holds: cat its cgroup.procs',
          cause,
        });
      }
    }
    await sleep(20);
  }
}

function processesIn(path: string): number[] {
  return [path, ...childrenOf(path)].flatMap((directory) => {
    try {
      return readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    } catch {
      return []; // removed meanwhile
    }
  });
}

function childrenOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}
