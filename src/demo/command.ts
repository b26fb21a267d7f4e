import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WirelightError } from '../base/errors.ts';

const searched = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'])];

/**
 * Where a program is, also where only root looks for it; undefined where it is not installed. Servers that a distribution
 * keeps apart by version (PostgreSQL) are found too, the newest first.
 */
export function findProgram(name: string): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined;
  const found = searched.map((directory) => join(directory, name)).find((path) => existsSync(path));
  return found ?? versions('/usr/lib/postgresql', `bin/${name}`) ?? versions('/usr', `bin/${name}`, /^pgsql-\d+$/);
}

function versions(directory: string, rest: string, pattern = /^\d+$/): string | undefined {
  if (!existsSync(directory)) return undefined;
  return readdirSync(directory)
    .filter((name) => pattern.test(name))
    .sort((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')))
    .map((version) => join(directory, version, rest))
    .find((path) => existsSync(path));
}

/** Runs a program to its end and gives what it printed. @throws WirelightError `command_failed` with what it complained about */
export function command(name: string, args: readonly string[], input?: string): string {
  try {
    return execFileSync(findProgram(name) ?? name, args, {
      encoding: 'utf8',
      cwd: '/',
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new WirelightError('command_failed', `${[name, ...args].join(' ').slice(0, 200)} failed`, {
      why: said === '' ? String(cause) : said,
      cause,
    });
  }
}
