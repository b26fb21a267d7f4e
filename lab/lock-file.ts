/**
 * Fails where package-lock.json lacks a package that another of its packages names: `npm ci` refuses such a file, and
 * `npm install` writes one where it could not see a package for another platform. Run by `npm run check`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The `packages` of a lock file, by path. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** Every package that is named and not there, as a sentence. */
export function missingFromLock(packages: LockedPackages): string[] {
  return Object.entries(packages).flatMap(([path, { dependencies, devDependencies, optionalDependencies }]) =>
    Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
      .filter(([name]) => !candidates(path, name).some((candidate) => Object.hasOwn(packages, candidate)))
      .map(([name, version]) => `package-lock.json lacks ${name} ${version}, which ${path || 'package.json'} names`),
  );
}

/** Where Node would look for a package that the one at `path` imports: beside it, and beside each of its parents. */
function candidates(path: string, name: string): string[] {
  const parents = path === '' ? [] : path.split('/node_modules/');
  const folders = parents.map((_, index) => `${parents.slice(0, index + 1).join('/node_modules/')}/`);
  return ['', ...folders].map((folder) => `${folder}node_modules/${name}`);
}

if (process.argv[1] === import.meta.filename) {
  const file = join(import.meta.dirname, '../package-lock.json');
  const missing = missingFromLock(JSON.parse(readFileSync(file, 'utf8')).packages);
  for (const line of missing) console.error(line);
  if (missing.length > 0) {
    console.error('add an entry with version, os, cpu and "optional": true, or take a version that exists everywhere');
    process.exitCode = 1;
  }
}
