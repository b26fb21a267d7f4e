import { readFileSync } from 'node:fs';
import { WirelightError } from '../../base/errors.ts';
import { apiPrefix, apiRoutes, type BodyOf, problemSchema, type ResponseOf, type RouteName } from '../../model/api.ts';
import type { Io } from '../io.ts';
import { placesIn, usualDataDirectory } from '../up/data-directory.ts';
import { read, readConfig } from './find-server.ts';
import type { RemoteOptions } from './options.ts';

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

function localToken(options: RemoteOptions, io: Pick<Io, 'env'>): string | undefined {
  return read(placesIn(options.data ?? usualDataDirectory(io.env)).token);
}
