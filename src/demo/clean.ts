import { existsSync, readFileSync, rmSync } from 'node:fs';
import { groupsLeft, removeGroups } from './groups.ts';
import { namespacesLeft, removeNamespaces } from './network.ts';
import { demoDirectory, places } from './places.ts';

/** What a demo has left on this host: namespaces, cgroups, files. */
export function leftovers(): string[] {
  return [
    ...groupsLeft().map((path) => `cgroup ${path}`),
    ...namespacesLeft().map((name) => `network namespace ${name}`),
    ...(existsSync(demoDirectory) ? [`directory ${demoDirectory}`] : []),
  ];
}

/** Ends what is left of a demo and removes all that it has made. The demo itself must have ended. */
export async function clean(): Promise<void> {
  await removeGroups();
  removeNamespaces();
  rmSync(demoDirectory, { recursive: true, force: true });
}

/** Process id of the demo that runs on this host, undefined where none does. */
export function runningDemo(): number | undefined {
  try {
    const [pid, start] = readFileSync(places.pid, 'utf8').split(' ');
    return startTime(Number(pid)) === start ? Number(pid) : undefined;
  } catch {
    return undefined; // none has begun, or it has ended
  }
}

/** What stands in the file that says which process the demo is: its id and when it began, since ids are used again. */
export function ownMark(): string {
  return `${process.pid} ${startTime(process.pid)}`;
}

/** Clock ticks after boot at which a process began (proc(5), stat field 22). @throws where there is no such process */
function startTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
