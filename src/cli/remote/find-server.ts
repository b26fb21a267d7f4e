import { existsSync, readFileSync } from 'node:fs';
import type { Io } from '../io.ts';
import { placesIn, usualDataDirectory } from '../up/data-directory.ts';
import { readConfig } from './config-file.ts';
import type { RemoteOptions } from './options.ts';

/** True where a server was named or runs on this host. */
export function hasServer(options: RemoteOptions, io: Pick<Io, 'env'>): boolean {
  if (options.server !== undefined || io.env.WIRELIGHT_SERVER !== undefined) return true;
  return (
    readConfig(io.env).server !== undefined || existsSync(placesIn(options.data ?? usualDataDirectory(io.env)).address)
  );
}

/** The text of a file, undefined where it cannot be read. */
export function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
