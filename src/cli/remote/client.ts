import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { WirelightError } from '../../base/errors.ts';
import { apiPrefix, apiRoutes, type BodyOf, problemSchema, type ResponseOf, type RouteName } from '../../model/api.ts';
import type { Io } from '../io.ts';
import { placesIn, usualDataDirectory } from '../up/data-directory.ts';

/** Options of commands that ask a server. */
export interface RemoteOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly data?: string;
}

/** Adds them. */
export function addRemoteOptions(command: Command): Command {
  return command
    .option('--server <url>', 'the server to ask; the one of this host by default')
    .option('--token-file <file>', 'file with the token of that server')
    .option('--data <dir>', 'data directory of the server of this host (/var/lib/wirelight)');
}

const configSchema = z.strictObject({
  server: z.url().optional(),
  token_file: z.string().optional(),
  token: z.string().optional(),
});

/** A server that commands ask. */
export class Client {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token: string | undefined) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Asks a route. @throws WirelightError as the server's problem says, or `no_server` */
  async get<Name extends RouteName>(
    name: Name,
    query: Readonly<Record<string, string | number | undefined>> = {},
    params: Readonly<Record<string, string>> = {},
  ): Promise<ResponseOf<Name>> {
    const answer = await this.open(name, query, params);
    return (await answer.json()) as ResponseOf<Name>;
  }

  /** Asks a route and gives the answer as it comes. */
  async open(
    name: RouteName,
    query: Readonly<Record<string, string | number | undefined>> = {},
    params: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const path = apiRoutes[name].path.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
      encodeURIComponent(params[key] ?? ''),
    );
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
    return await this.#ask(`${apiPrefix}${path}?${search}`, { ...(signal === undefined ? {} : { signal }) });
  }

  async post<Name extends RouteName>(name: Name, body: Partial<BodyOf<Name>>): Promise<ResponseOf<Name>> {
    const answer = await this.#ask(`${apiPrefix}${apiRoutes[name].path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return (await answer.json()) as ResponseOf<Name>;
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(this.url + path, {
        ...init,
        headers: {
          ...(init.headers as Record<string, string> | undefined),
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        },
      });
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause;
      throw new WirelightError('no_server', `no server answers at ${this.url}`, {
        why: cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause),
        next: 'start one with: sudo wirelight up; or say where it is: --server URL',
        cause,
      });
    }
    if (answer.ok) return answer;
    const problem = problemSchema.safeParse(await answer.json().catch(() => undefined));
    if (!problem.success) throw new WirelightError('bad_answer', `the server at ${this.url} answered ${answer.status}`);
    const { code, title, detail, next } = problem.data;
    throw new WirelightError(code, title, {
      ...(detail === undefined ? {} : { why: detail }),
      ...(next === undefined ? {} : { next }),
    });
  }
}

/**
 * The server that a command means: `--server`, `WIRELIGHT_SERVER`, the configuration file, or the one that runs on this
 * host.
 * @throws WirelightError `no_server` where none is named and none runs here
 */
export function clientOf(options: RemoteOptions, io: Pick<Io, 'env'>): Client {
  const config = readConfig(io.env);
  const url = options.server ?? io.env.WIRELIGHT_SERVER ?? config.server;
  const tokenFile = options.tokenFile ?? config.token_file;
  const token =
    io.env.WIRELIGHT_TOKEN ?? (tokenFile === undefined ? config.token : readFileSync(tokenFile, 'utf8').trim());
  if (url !== undefined) return new Client(url, token ?? localToken(options, io));
  const places = placesIn(options.data ?? usualDataDirectory(io.env));
  const address = read(places.address);
  if (address === undefined) {
    throw new WirelightError('no_server', 'no server runs on this host', {
      why: `${places.address} is not there, or you may not read it`,
      next: 'start one with: sudo wirelight up; say where it is with --server URL; or run this with sudo',
    });
  }
  return new Client(address, token ?? read(places.token));
}

/** True where a server was named or runs on this host. */
export function hasServer(options: RemoteOptions, io: Pick<Io, 'env'>): boolean {
  if (options.server !== undefined || io.env.WIRELIGHT_SERVER !== undefined) return true;
  return (
    readConfig(io.env).server !== undefined || existsSync(placesIn(options.data ?? usualDataDirectory(io.env)).address)
  );
}

function localToken(options: RemoteOptions, io: Pick<Io, 'env'>): string | undefined {
  return read(placesIn(options.data ?? usualDataDirectory(io.env)).token);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function readConfig(env: Io['env']): z.infer<typeof configSchema> {
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
