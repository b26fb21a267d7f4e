import fastifyCompress from '@fastify/compress';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type ApiRoute, apiPrefix, apiRoutes, type QueryOf, type RouteName } from '../../model/api.ts';
import { parseFilter } from '../../model/filter/index.ts';
import type { Oidc } from '../access/oidc.ts';
import { HttpError, problemOf } from '../problem.ts';
import { openEventStream } from './event-stream.ts';
import type { Gate } from './gate.ts';
import type { Call, Handlers, StreamHandlers, StreamName } from './handlers.ts';
import { addOidcRoutes } from './oidc-routes.ts';
import { openApi } from './openapi.ts';
import type { StaticFile } from './static-files.ts';

/** What the HTTP side is made of. */
export interface AppOptions {
  readonly gate: Gate;
  /** Where people can log in with OpenID Connect. */
  readonly oidc?: Oidc | undefined;
  readonly handlers: Handlers;
  readonly streams: StreamHandlers;
  /** Our own numbers for Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly version: string;
  /** PEMs where we speak TLS ourselves. */
  readonly tls: { readonly cert: Uint8Array; readonly key: Uint8Array } | undefined;
  /** Aborted when the server stops: streams end. */
  readonly stopping: AbortSignal;
  readonly log: (line: string) => void;
  /** Is told of every route that is added. */
  readonly route?: (method: string, path: string) => void;
}

/** Routes that run long statements. */
const costly: ReadonlySet<RouteName> = new Set(['query', 'graphDiff', 'requestFacets', 'requestHeatmap']);

const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The HTTP side: API, UI, metrics. Call `listen` on what it gives. */
export async function newApp(options: AppOptions): Promise<FastifyInstance> {
  const app = (
    options.tls === undefined
      ? fastify({ bodyLimit: 1 << 20, forceCloseConnections: true, routerOptions: { maxParamLength: 1024 } })
      : fastify({
          bodyLimit: 1 << 20,
          forceCloseConnections: true,
          routerOptions: { maxParamLength: 1024 },
          https: { cert: Buffer.from(options.tls.cert), key: Buffer.from(options.tls.key), minVersion: 'TLSv1.2' },
        })
  ) as FastifyInstance;
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) options.route?.(one, url);
  });
  await app.register(fastifyCompress, {
    threshold: 2048,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { 1: 4 } },
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      'cache-control': 'no-store',
      ...(options.tls === undefined ? {} : { 'strict-transport-security': 'max-age=31536000' }),
    });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    // Whoever has gone away waits for no answer: that is no failure.
    if (problem.status >= 500 && !reply.raw.destroyed) {
      options.log(
        `${request.method} ${request.url.split('?')[0]}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    if (error instanceof HttpError) reply.headers(error.headers);
    return reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  for (const [name, route] of Object.entries(apiRoutes) as [RouteName, ApiRoute][]) addRoute(app, options, name, route);
  if (options.oidc !== undefined) addOidcRoutes(app, options.oidc, options.gate);
  const description = JSON.stringify(openApi(options.version));
  app.get(`${apiPrefix}/openapi.json`, async (request, reply) => {
    options.gate.identify(request.headers, request.ip);
    return reply.type('application/json').send(description);
  });
  app.get('/metrics', async (request, reply) => {
    const asker = options.gate.identify(request.headers, request.ip);
    options.gate.allow(asker, 'viewer', false, request.headers);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics());
  });
  app.setNotFoundHandler((request, reply) => servePage(options, request, reply));
  return app;
}

function addRoute(app: FastifyInstance, options: AppOptions, name: RouteName, route: ApiRoute): void {
  app.route({
    method: route.method,
    url: apiPrefix + route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    handler: async (request, reply) => {
      const { gate } = options;
      const asker = gate.identify(request.headers, request.ip);
      gate.allow(asker, route.role, route.method !== 'GET', request.headers);
      if (costly.has(name)) gate.costly(asker);
      const aborted = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) aborted.abort();
      });
      const call = {
        query: checked(route.query, request.query, 'query'),
        params: checked(route.params, request.params, 'path'),
        body: route.body === undefined ? undefined : checked(route.body, request.body ?? {}, 'body'),
        asker,
        signal: AbortSignal.any([aborted.signal, options.stopping]),
        lastEventId: oneOf(request.headers['last-event-id']),
        header: (header: string, value: string) => void reply.header(header, value),
      };
      if (isStream(name)) {
        // Before the answer begins: afterwards its status is said.
        if (name === 'live') parseFilter((call.query as QueryOf<'live'>).filter ?? '');
        const serve = options.streams[name] as (call: unknown, stream: unknown) => Promise<void>;
        await openEventStream(reply, call.signal, (stream) => serve(call, stream));
        return reply;
      }
      const handle = options.handlers[name] as (call: unknown) => Promise<unknown>;
      const answer = await handle(call satisfies Omit<Call<RouteName>, 'query' | 'params' | 'body'>);
      return reply.type('application/json').send(JSON.stringify(answer));
    },
  });
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function isStream(name: RouteName): name is StreamName {
  return name === 'live' || name === 'liveGraph';
}

function checked(schema: z.ZodType, value: unknown, where: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    path: [where, ...issue.path].join('.'),
    message: issue.message,
  }));
  throw new HttpError(400, 'bad_request', `the request is not understood: ${errors[0].path} ${errors[0].message}`, {
    errors,
    next: 'GET /api/v1/openapi.json says what is',
  });
}

/** Everything that is no route: the UI's files, its pages (which are all one file), and the entry with the token. */
async function servePage(options: AppOptions, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname.startsWith('/api/') || (request.method !== 'GET' && request.method !== 'HEAD')) {
    throw new HttpError(404, 'not_found', 'there is nothing here', {
      next: 'GET /api/v1/openapi.json lists what there is',
    });
  }
  options.gate.identify(request.headers, request.ip);
  const token = searchParams.get('token');
  if (token !== null) {
    options.gate.identify({ ...request.headers, authorization: `Bearer ${token}` }, request.ip);
    searchParams.delete('token');
    const rest = searchParams.size === 0 ? '' : `?${searchParams}`;
    // The token does not stay in the address bar, nor in the history.
    return reply
      .header('set-cookie', options.gate.enterByToken(request.ip))
      .redirect(pathname.replace(/^\/+/, '/') + rest, 303);
  }
  const file = options.files.get(pathname) ?? (/\.\w+$/.test(pathname) ? undefined : options.files.get('/index.html'));
  if (file === undefined) {
    if (options.files.size > 0) throw new HttpError(404, 'not_found', 'there is no such page');
    return reply
      .type('text/plain; charset=utf-8')
      .send('Wirelight runs. Its pages were not built here; the API is at /api/v1/openapi.json.\n');
  }
  if (request.headers['if-none-match'] === file.etag) return reply.status(304).send();
  reply.type(file.type).header('etag', file.etag).header('vary', 'accept-encoding');
  reply.header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  const accepted = request.headers['accept-encoding'] ?? '';
  if (file.brotli !== undefined && /\bbr\b/.test(accepted))
    return reply.header('content-encoding', 'br').send(file.brotli);
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted))
    return reply.header('content-encoding', 'gzip').send(file.gzip);
  return reply.send(file.bytes);
}
