import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiRoute, apiRoutes, roles } from '../model/api.ts';
import { Sessions } from './access/sessions.ts';
import { Users } from './access/users.ts';
import { openApi } from './http/openapi.ts';
import { startTestServer, type TestServer } from './testing/test-server.ts';

let it: TestServer;
const passwords: Record<string, string> = {};

beforeAll(async () => {
  it = await startTestServer();
  const users = new Users(join(it.directory, 'users.json'));
  for (const role of roles) {
    passwords[role] = `a long password of ${role}`;
    await users.set(role, role, passwords[role]);
  }
}, 60_000);
afterAll(async () => {
  await it[Symbol.asyncDispose]();
});

const url = (path: string): string => `http://127.0.0.1:${it.server.port}${path}`;
const cookieOf = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').split(';')[0];
const login = (user: string, password: string): Promise<Response> =>
  fetch(url('/api/v1/login'), {
    method: 'POST',
    body: JSON.stringify({ user, password }),
    headers: { 'content-type': 'application/json' },
  });

describe('who comes without a name', () => {
  test('gets nothing that tells anything, on any route', async () => {
    for (const route of Object.values(apiRoutes) as ApiRoute[]) {
      const path = `/api/v1${route.path.replaceAll(/\{\w+\}/g, '0000000000000000')}`;
      const answer = await fetch(url(path), {
        method: route.method,
        ...(route.method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}),
      });
      expect([path, route.role === undefined ? answer.status !== 401 : answer.status === 401]).toEqual([path, true]);
      await answer.body?.cancel();
    }
    expect((await fetch(url('/metrics'))).status).toBe(401);
  });

  test('gets in with the token once, which then leaves the address bar', async () => {
    const answer = await fetch(url(`/map?token=${it.server.token}&group=host`), { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/map?group=host']);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    const session = await fetch(url('/api/v1/session'), { headers: { cookie: cookieOf(answer) } });
    expect(await session.json()).toMatchObject({ user: 'token', role: 'admin' });
    expect((await fetch(url('/?token=wrong'), { redirect: 'manual' })).status).toBe(401);
    const elsewhere = await fetch(url(`//evil.example/?token=${it.server.token}`), { redirect: 'manual' });
    expect(elsewhere.headers.get('location') ?? '').not.toMatch(/^\/\//);
  });
});

describe('people', () => {
  test('may do what their role may, and no more', async () => {
    const allowed: Record<string, Record<string, number>> = {};
    for (const role of roles) {
      const answer = await login(role, passwords[role]);
      const { csrf } = (await answer.json()) as { csrf: string };
      const headers = { cookie: cookieOf(answer), 'x-csrf-token': csrf, 'content-type': 'application/json' };
      allowed[role] = {
        health: (await fetch(url('/api/v1/health'), { headers })).status,
        config: (await fetch(url('/api/v1/config'), { headers })).status,
        changes: (await fetch(url('/api/v1/changes'), { method: 'POST', headers, body: '{"title":"x"}' })).status,
        audit: (await fetch(url('/api/v1/audit'), { headers })).status,
      };
    }
    expect(allowed).toEqual({
      viewer: { health: 200, config: 403, changes: 403, audit: 403 },
      operator: { health: 200, config: 200, changes: 200, audit: 403 },
      admin: { health: 200, config: 200, changes: 200, audit: 200 },
    });
  });

  test('do not get in with a wrong password, nor by trying many', async () => {
    expect((await login('admin', 'wrong wrong wrong')).status).toBe(401);
    expect((await login('nobody', 'wrong wrong wrong')).status).toBe(401);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await login('viewer', `guess number ${i}`)).status);
    expect(statuses.at(-1)).toBe(429);
    const audit = await it.ask('audit');
    expect(audit.items.some((one) => one.kind === 'login_failed' && one.actor === 'user:admin')).toBe(true);
  });
});

describe('other sites', () => {
  test('cannot make a browser change anything', async () => {
    const entry = await fetch(url(`/?token=${it.server.token}`), { redirect: 'manual' });
    const cookie = cookieOf(entry);
    const change = (headers: Record<string, string>): Promise<Response> =>
      fetch(url('/api/v1/changes'), {
        method: 'POST',
        body: '{"title":"x"}',
        headers: { cookie, 'content-type': 'application/json', ...headers },
      });
    expect((await change({})).status).toBe(403);
    const { csrf } = (await (await fetch(url('/api/v1/session'), { headers: { cookie } })).json()) as { csrf: string };
    expect((await change({ 'x-csrf-token': csrf, origin: 'http://evil.example' })).status).toBe(403);
    expect((await change({ 'x-csrf-token': csrf })).status).toBe(200);
  });

  test('cannot reach the server under a name of theirs', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(
        { host: '127.0.0.1', port: it.server.port, path: '/api/v1/session', headers: { host: 'evil.example' } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      ).end();
    });
    expect(status).toBe(421);
  });

  test('may neither frame nor sniff, and scripts come from us alone', async () => {
    const { headers } = await fetch(url('/api/v1/session'));
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('sessions', () => {
  test('end when people leave, when time is up, and cannot be forged', async () => {
    let now = 1_000_000;
    const sessions = new Sessions('ab'.repeat(32), () => now);
    const { session, cookie } = sessions.begin({ actor: 'user:ada', role: 'viewer' }, 60_000);
    expect(sessions.read(cookie)).toEqual(session);
    const [body, signature] = cookie.split('.');
    const forged = Buffer.from(JSON.stringify({ ...session, role: 'admin' })).toString('base64url');
    for (const bad of [`${forged}.${signature}`, body, `${body}.`, '', 'x.y.z'])
      expect(sessions.read(bad)).toBeUndefined();
    expect(new Sessions('cd'.repeat(32), () => now).read(cookie)).toBeUndefined();
    sessions.end(session);
    expect(sessions.read(cookie)).toBeUndefined();
    // Also after a restart.
    const path = join(it.directory, 'ended.json');
    const kept = new Sessions('ab'.repeat(32), () => now, path);
    expect(kept.read(cookie)).toEqual(session);
    kept.end(session);
    expect(new Sessions('ab'.repeat(32), () => now, path).read(cookie)).toBeUndefined();
    const other = sessions.begin({ actor: 'user:ada', role: 'viewer' }, 60_000).cookie;
    now += 60_001;
    expect(sessions.read(other)).toBeUndefined();
  });
});

describe('a server that others can reach', () => {
  test('does not start without users or a provider of identities, nor without TLS', async () => {
    await expect(startTestServer({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'no_authentication' });
    const users = new Users(join(it.directory, 'elsewhere', 'users.json'));
    await users.set('ada', 'viewer', 'a long password of ada');
    const known = { host: '0.0.0.0', data: join(it.directory, 'elsewhere') };
    await expect(startTestServer(known)).rejects.toMatchObject({ code: 'no_tls' });
  });
});

describe('the description of the API', () => {
  test('is of what the server really serves, but for pages, metrics and itself', async () => {
    const served: string[] = [];
    const { newApp } = await import('./http/app.ts');
    const { newHandlers, newStreamHandlers } = await import('./api/handlers.ts');
    const { parts } = it.server;
    await using app = await newApp({
      gate: parts.gate,
      oidc: new (await import('./access/oidc.ts')).Oidc({
        issuer: new URL('https://id.example'),
        clientId: 'x',
        clientSecret: undefined,
        redirectUri: 'https://w.example/',
        scopes: ['openid'],
        nameClaim: 'sub',
        roleClaim: 'groups',
        roles: { viewer: [], operator: [], admin: [] },
        defaultRole: undefined,
      }),
      handlers: newHandlers(parts),
      streams: newStreamHandlers(parts),
      metrics: () => Promise.resolve(''),
      files: new Map(),
      version: '1.0.0',
      tls: undefined,
      stopping: new AbortController().signal,
      log: () => undefined,
      route: (method, path) => served.push(`${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    });
    expect(typeof app.listen).toBe('function');
    const { paths } = openApi('1.0.0') as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const besides = [
      'get /api/v1/openapi.json',
      'get /metrics',
      'get /api/v1/login/oidc',
      'get /api/v1/login/oidc/callback',
    ];
    expect(served.filter((one) => !one.startsWith('head ')).toSorted()).toEqual([...described, ...besides].toSorted());
  });

  test('names every route, and refers to nothing that is not in it', () => {
    const api = openApi('1.0.0') as {
      openapi: string;
      paths: Record<
        string,
        Record<string, { responses: object; parameters: { name: string; in: string; schema: object }[] }>
      >;
    };
    expect(api.openapi).toBe('3.0.3');
    const listed = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(listed.toSorted()).toEqual(
      (Object.values(apiRoutes) as ApiRoute[])
        .map((route) => `${route.method.toLowerCase()} /api/v1${route.path}`)
        .toSorted(),
    );
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const operation of Object.values(methods)) {
        expect(Object.keys(operation.responses)).toEqual(['200', 'default']);
        const inPath = operation.parameters.filter((one) => one.in === 'path').map((one) => `{${one.name}}`);
        expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath);
      }
    }
    const references = JSON.stringify(api).match(/"\$ref":"[^"]+"/g) ?? [];
    expect(new Set(references)).toEqual(new Set(['"$ref":"#/components/schemas/Problem"']));
    expect(JSON.stringify(api)).not.toContain('$schema');
  });
});
