import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupRoot } from '../../src/probe/cgroup.ts';

let made = 0;

/** A control group of a test's own, so that an agent can be told to watch nothing else. */
export interface Cgroup {
  /** Its directory in the cgroup v2 hierarchy. */
  readonly path: string;
  /** The command line that runs a program in it. The program keeps the process id that was started. */
  enter(command: string, args: readonly string[]): [string, ...string[]];
  /** Moves this process into it, so that sockets which it and its children make from now on belong to it. Gives the way back. */
  join(): () => void;
  /** Removes it, once its last process is gone. */
  remove(): Promise<void>;
}

/** Makes a control group directly below the root. */
export function createCgroup(): Cgroup {
  const root = cgroupRoot();
  if (root === undefined) throw new Error('no cgroup v2 hierarchy is mounted');
  let path: string;
  // One of that name may have been left behind by a test that was killed.
  do path = join(root, `wirelight-${process.pid}-${made++}`);
  while (existsSync(path));
  mkdirSync(path);
  return {
    path,
    enter: (command, args) => ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', path, command, ...args],
    join() {
      const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
      writeFileSync(join(path, 'cgroup.procs'), String(process.pid));
      return () => writeFileSync(join(root, own, 'cgroup.procs'), String(process.pid));
    },
    async remove() {
      try {
        writeFileSync(join(path, 'cgroup.kill'), '1');
      } catch {
        // Before Linux 5.14: it empties itself when the programs of the lab end.
      }
      for (let attempt = 0; ; attempt++) {
        try {
          rmdirSync(path);
          return;
        } catch (error) {
          if (attempt === 100) throw error;
          await sleep(20);
        }
      }
    },
  };
}
