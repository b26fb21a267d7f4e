import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';

/** A network namespace of a test's own. */
export interface Namespace {
  readonly name: string;
  /** The file that holds it, for setns. */
  readonly path: string;
  /** Its inode number, which is how the kernel's records name it. */
  readonly inode: number;
  /**
   * The command line that runs a program inside. The program keeps the process id that was started. (`ip netns exec` would
   * mount another /sys over it and so hide tracefs and the cgroups.)
   */
  enter(command: string, args: readonly string[]): [string, ...string[]];
  /** Runs `ip` inside, e.g. `ip('link', 'set', 'eth0', 'up')`. Throws with what it complained about. */
  ip(...args: string[]): string;
  /** Removes the name; the namespace goes with its last process. */
  remove(): void;
}

const folder = '/run/netns';
let made = 0;

/** Makes a network namespace with its loopback device up, and removes those that dead test runs left behind. */
export function createNamespace(): Namespace {
  removeAbandoned();
  const name = `wirelight-${process.pid}-${made++}`;
  ip('netns', 'add', name);
  const path = `${folder}/${name}`;
  const namespace: Namespace = {
    name,
    path,
    inode: statSync(path).ino,
    enter: (command, args) => ['nsenter', `--net=${path}`, '--', command, ...args],
    ip: (...args) => ip('-n', name, ...args),
    remove: () => {
      if (existsSync(path)) ip('netns', 'delete', name);
    },
  };
  namespace.ip('link', 'set', 'lo', 'up');
  return namespace;
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The name holds the process that made it. */
function removeAbandoned(): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const owner = /^wirelight-(\d+)-\d+$/.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) ip('netns', 'delete', name);
  }
}
