import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { WirelightError } from '../../base/errors.ts';
import type { Io } from '../io.ts';
import { placesIn, usualDataDirectory } from '../up/data-directory.ts';
import type { RemoteOptions } from './options.ts';

const configSchema = z.strictObject({
  server: z.url().optional(),
  token_file: z.string().optional(),
  token: z.string().optional(),
});

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

/** What the configuration file says. */
export function readConfig(env: Io['env']): z.infer<typeof configSchema> {
  const named = env.WIRELIGHT_CONFIG;
  const home = env.XDG_CONFIG_HOME;
  const path =
    named ?? join(home === undefined || home === '' ? join(homedir(), '.config') : home, 'wirelight', 'config.yaml');
  if (named === undefined && !existsSync(path)) return {};
  try {
    return configSchema.parse(parse(readFileSync(path, 'utf8')) ?? {});
  } catch (cause) {
    throw new WirelightError('bad_config', `the configuration file ${path} is not understood`, {
      why:
        cause instanceof z.ZodError
          ? cause.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')
          : String(cause instanceof Error ? cause.message : cause),
      next: 'it takes: server, token_file, token',
      exitCode: 2,
      cause,
    });
  }
}
