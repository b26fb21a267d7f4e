import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Everything of the demo that lies on disk is below this directory. One demo runs on a host at a time. */
export const demoDirectory = '/var/lib/wirelight-demo';

/** What lies where below it. */
export const places = {
  /** Holds the process id of the running demo. */
  pid: join(demoDirectory, 'pid'),
  /** Where a running demo takes orders from other terminals. */
  control: join(demoDirectory, 'control.sock'),
  /** Data directory of the demo's own Wirelight. */
  data: join(demoDirectory, 'wirelight'),
  /** What that Wirelight had to say. */
  log: join(demoDirectory, 'wirelight.log'),
  /** What the shop's services write: a directory each, and a log each. */
  shop: join(demoDirectory, 'shop'),
} as const;

/** The programs of the shop, as they are shipped. */
export const programs = join(import.meta.dirname, '../../demo');

/** Cgroups below the root of the cgroup v2 hierarchy: the shop's, and that of those outside whom it depends on. */
export const cgroupNames = { shop: 'wirelight-demo', outside: 'wirelight-demo-outside' } as const;

/** Makes a directory that others may pass through but not look into: some services give up root's rights. */
export function passable(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  return directory;
}
