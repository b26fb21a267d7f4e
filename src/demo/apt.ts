import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Runs apt-get; the end of its output where it failed. */
export function aptGet(...args: string[]): string | undefined {
  const run = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return run.status === 0 ? undefined : `${run.stdout}${run.stderr}`.trim().split('\n').slice(-5).join('\n');
}

/** Debian asks this file whether a package may start its service: 101 says no. */
export function withoutStartingServices(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    work();
    return;
  }
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => rmSync(policy, { force: true });
  process.once('exit', remove);
  try {
    work();
  } finally {
    remove();
    process.off('exit', remove);
  }
}
