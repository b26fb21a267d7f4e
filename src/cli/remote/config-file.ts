import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { WirelightError } from '../../base/errors.ts';
import type { Io } from '../io.ts';

const configSchema = z.strictObject({
  /** The server that commands ask where nothing else is said. */
  server: z.url().optional(),
  /** What gets in there, and in there only: `wirelight login` puts it here. */
  token: z.string().optional(),
  /** The same in a file of its own. */
  token_file: z.string().optional(),
});

/** What a person's configuration file says. */
export type Config = z.infer<typeof configSchema>;

/** Where it is: `WIRELIGHT_CONFIG`, or `wirelight/config.yaml` in the user's configuration directory. */
export function configPath(env: Io['env']): string {
  const { WIRELIGHT_CONFIG: named, XDG_CONFIG_HOME: home } = env;
  if (named !== undefined && named !== '') return named;
  return join(home === undefined || home === '' ? join(homedir(), '.config') : home, 'wirelight', 'config.yaml');
}

/** Reads it; empty where there is none. @throws WirelightError `bad_config` */
export function readConfig(env: Io['env']): Config {
  const path = configPath(env);
  if (!existsSync(path)) return {};
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

/** Writes it so that its owner alone can read it: whole or not at all. */
export function writeConfig(env: Io['env'], config: Config): string {
  const path = configPath(env);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.part`, stringify(config), { mode: 0o600 });
  // One that lay there already keeps its mode otherwise.
  chmodSync(`${path}.part`, 0o600);
  renameSync(`${path}.part`, path);
  return path;
}
