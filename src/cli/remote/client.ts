import { readFileSync } from 'node:fs';
import { WirelightError } from '../../base/errors.ts';
import {
  apiPrefix,
  apiRoutes,
  type BodyOf,
  problemSchema,
  type ResponseOf,
  type RouteName,
  type Session,
} from '../../model/api.ts';
import type { Io } from '../io.ts';
import { placesIn, usualDataDirectory } from '../up/data-directory.ts';
import { readConfig } from './config-file.ts';
import { read } from './find-server.ts';
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

  /**
   * Begins a session with a name and a password.
   * @returns what to send as token from then on
   */
  async login(user: string, password: string): Promise<{ token: string; session: Session }> {
    const answer = await this.#ask(`${apiPrefix}${apiRoutes.login.path}`, {
      method: 'POST',
      body: JSON.stringify({ user, password }),
      headers: { 'content-type': 'application/json' },
    });
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('wirelight_session='));
    const token = /^wirelight_session=([^;]+)/.exec(cookie ?? '')?.[1];
    if (token === undefined) throw new WirelightError('bad_answer', `the server at ${this.url} began no session`);
    return { token, session: (await answer.json()) as Session };
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    let answer: Response;
    checkSecrecy(this.url, this.#token !== undefined || path.endsWith(apiRoutes.login.path));
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
 * host. A token goes to the server that it is of, and to no other.
 * @throws WirelightError `no_server` where none is named and none runs here
 */
export function clientOf(options: RemoteOptions, io: Pick<Io, 'env'>): Client {
  const config = readConfig(io.env);
  const url = options.server ?? io.env.WIRELIGHT_SERVER ?? config.server;
  const said =
    io.env.WIRELIGHT_TOKEN ??
    (options.tokenFile === undefined ? undefined : readFileSync(options.tokenFile, 'utf8').trim());
  const places = placesIn(options.data ?? usualDataDirectory(io.env));
  if (url !== undefined) {
    const configured = config.token ?? (config.token_file === undefined ? undefined : read(config.token_file));
    const own = config.server !== undefined && hasSameOrigin(url, config.server) ? configured : undefined;
    return new Client(url, said ?? own ?? (isLoopback(url) ? read(places.token) : undefined));
  }
  const address = read(places.address);
  if (address === undefined) {
    throw new WirelightError('no_server', 'no server runs on this host', {
      why: `${places.address} is not there, or you may not read it`,
      next: 'start one with: sudo wirelight up; say where it is with --server URL; or run this with sudo',
    });
  }
  return new Client(address, said ?? read(places.token));
}

/** Whether two addresses are of one server. */
export function hasSameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** @throws WirelightError `no_tls` where a secret would cross the network in the clear, `bad_option` for what is no address */
function checkSecrecy(url: string, secret: boolean): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new WirelightError('bad_option', `${url} is no address of a server`, {
      next: 'write https://HOST or https://HOST:PORT',
      exitCode: 2,
    });
  }
  if (!secret || new URL(url).protocol === 'https:' || isLoopback(url)) return;
  throw new WirelightError('no_tls', `neither password nor token is sent to ${url}`, {
    why: 'it would cross the network in the clear',
    next: 'write https://, or go through a tunnel to 127.0.0.1',
  });
}
