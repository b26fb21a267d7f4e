import type { Cgroup } from './cgroup.ts';
import type { Namespace } from './namespace.ts';

/** Where a program runs: in this process's own namespace and control group where nothing else is said. */
export interface Place {
  readonly namespace?: Namespace | undefined;
  readonly cgroup?: Cgroup | undefined;
}

/** The command line that runs a program at a place, under the process id that is started. */
export function inside(place: Place, command: string, args: readonly string[]): [string, ...string[]] {
  let line: [string, ...string[]] = [command, ...args];
  if (place.cgroup) line = place.cgroup.enter(line[0], line.slice(1));
  if (place.namespace) line = place.namespace.enter(line[0], line.slice(1));
  return line;
}
