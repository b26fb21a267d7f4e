import { describe } from 'vitest';
import { isInstalled, type PackageName } from './packages.ts';

/** What a suite cannot do without. */
export interface Requirements {
  /** Namespaces, BPF and the like. */
  readonly root?: boolean;
  /** Debian packages; `./wirelight test` reads this list out of the source and installs them beforehand. */
  readonly packages?: readonly PackageName[];
  /** Anything else: why the suite cannot run, or undefined where it can. */
  readonly unless?: string | undefined;
}

/** Why a suite cannot run here, or undefined where it can. */
export function obstacle(requirements: Requirements): string | undefined {
  if (requirements.root && process.getuid?.() !== 0) return 'needs root';
  const missing = (requirements.packages ?? []).filter((name) => !isInstalled(name));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  return requirements.unless;
}

/**
 * A suite that needs more than Node. Where it cannot run it is skipped and its name says why, which `./wirelight test`
 * repeats at the end.
 *
 * @example
 * suite('HTTP through nginx', { root: true, packages: ['nginx', 'wrk'] }, () => { it(...) });
 */
export function suite(title: string, requirements: Requirements, body: () => void): void {
  const reason = obstacle(requirements);
  if (reason === undefined) describe(title, body);
  else describe.skip(`${title} [skipped: ${reason}]`, body);
}
