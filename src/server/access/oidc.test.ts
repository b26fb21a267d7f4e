import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { oidcCallbackPath, readOidcSettings } from './oidc-settings.ts';

/** What the provider knows of people: their groups. */
const people: Readonly<Record<string, readonly string[]>> = {
  ada: ['everybody', 'platform'],
  bob: ['everybody', 'sre'],
  eve: ['everybody'],
};

const secret = 'a secret of the client that is long enough';
const directory = mkdtempSync(join(tmpdir(), 'wirelight-oidc-'));
let provider: HttpServer;
let issuer = '';
let it: TestServer;
let port = 0;

const listening = (server: HttpServer): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

/** Settings as a file has them. */
function settingsFile(more: string): string {
  const path = join(directory, 'oidc.yaml');
  writeFileSync(join(directory, 'secret'), `${secret}\n`);
  writeFileSync(path, more);
  return path;
}

beforeAll(async () => {
  // A port that is free just now: the provider has to know where it leads back to.
  const free = createServer();
  port = await listening(free);
  await new Promise((resolve) => free.close(resolve));
  provider = createServer();
  issuer = `http://127.0.0.1:${await listening(provider)}`;
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: 'wirelight',
        client_secret: secret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [`http://127.0.0.1:${port}${oidcCallbackPath}`],
      },
    ],
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'groups'],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: `${id}@example.test`, groups: people[id] ?? [] }),
    }),
    cookies: { keys: ['a key for cookies of the test'] },
  });
  provider.on('request', oidc.callback());
  it = await startTestServer({
    port,
    oidc: readOidcSettings(
      settingsFile(
        `issuer: ${issuer}\nclient_id: wirelight\nclient_secret_file: secret\nurl: http://127.0.0.1:${port}\nscopes: [openid, profile, groups]\nroles: { admin: [platform], operator: [sre] }\n`,
      ),
    ),
  });
}, 60_000);

afterAll(async () => {
  await it[Symbol.asyncDispose]();
  provider.closeAllConnections();
  provider.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A browser: keeps cookies by host and follows where it is sent. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async go(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), accept: 'text/html' },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined) continue;
      if (value === '') jar.delete(name);
      else jar.set(name, value ?? '');
    }
    return answer;
  }

  /** Follows redirects until there is a page, or somewhere that `stop` says. */
  async follow(url: string, stop: (url: string) => boolean = () => false): Promise<{ url: string; answer: Response }> {
    for (let at = url; ; ) {
      const answer = await this.go(at);
      const to = answer.headers.get('location');
      if (to === null) return { url: at, answer };
      at = new URL(to, at).href;
      if (stop(at)) return { url: at, answer };
    }
  }

  /** Logs in at the provider as somebody and agrees. @returns where the provider sends the browser back to */
  async pass(url: string, who: string): Promise<string> {
    const back = (at: string): boolean => at.includes(oidcCallbackPath);
    let { url: at } = await this.follow(url, back);
    for (const form of [{ prompt: 'login', login: who, password: 'x' }, { prompt: 'consent' }]) {
      if (back(at)) return at;
      const answer = await this.go(at, form);
      at = (await this.follow(new URL(answer.headers.get('location') ?? '', at).href, back)).url;
    }
    return at;
  }
}

const ours = (path: string): string => `http://127.0.0.1:${port}${path}`;
const begin = (): string => ours('/api/v1/login/oidc?to=/map%3Fgroup=host');

test('people get the role that their groups stand for, and go on to where they wanted', async () => {
  for (const [who, role] of [
    ['ada', 'admin'],
    ['bob', 'operator'],
  ] as const) {
    const browser = new Browser();
    const answer = await browser.go(await browser.pass(begin(), who));
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/map?group=host']);
    expect(answer.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Strict/);
    const session = await (await browser.go(ours('/api/v1/session'))).json();
    expect(session).toMatchObject({ user: `oidc:${who}@example.test`, role, methods: ['token', 'oidc'] });
    expect((await browser.go(ours('/api/v1/audit'))).status).toBe(role === 'admin' ? 200 : 403);
  }
  const { items } = await it.ask('audit');
  expect(items.filter((one) => one.kind === 'login').map((one) => one.actor)).toEqual([
    'oidc:bob@example.test',
    'oidc:ada@example.test',
  ]);
});

test('who has no group that stands for a role does not get in, and is told why', async () => {
  const browser = new Browser();
  const answer = await browser.go(await browser.pass(begin(), 'eve'));
  expect(answer.status).toBe(403);
  expect(await answer.text()).toMatch(
    /eve@example.test may not use Wirelight.*no value of groups stands for a role.*ask who runs/s,
  );
  expect(await (await browser.go(ours('/api/v1/session'))).json()).toMatchObject({ user: null });
  const { items } = await it.ask('audit');
  expect(items[0]).toMatchObject({ kind: 'login_failed', actor: 'oidc' });
});

test('a login ends once, in the browser that began it, and as the provider said', async () => {
  const [mine, other] = [new Browser(), new Browser()];
  const back = await mine.pass(begin(), 'ada');
  // Somebody else's browser that is led there.
  expect((await other.go(back)).status).toBe(400);
  const forged = new URL(back);
  forged.searchParams.set('state', 'x');
  expect((await mine.go(forged.href)).status).toBe(403);
  // It was used up.
  const again = await mine.go(back);
  expect(again.status).toBe(400);
  expect(await again.text()).toMatch(/not begun here, or too long ago.*log in again/s);
  const refused = new Browser();
  const { url } = await refused.follow(begin(), (at) => at.startsWith(issuer));
  const state = new URL(url).searchParams.get('state');
  const answer = await refused.go(
    ours(
      `${oidcCallbackPath}?error=access_denied&error_description=%3Cb%3Eno&state=${state}&iss=${encodeURIComponent(issuer)}`,
    ),
  );
  expect(answer.status).toBe(403);
  expect(await answer.text()).toMatch(/refused the login.*&lt;b&gt;no/s);
});

test('nobody is led to another site afterwards', async () => {
  for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example/', '']) {
    const browser = new Browser();
    const answer = await browser.go(await browser.pass(ours(`/api/v1/login/oidc?to=${encodeURIComponent(to)}`), 'ada'));
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
  }
});

test('the provider asks for proof of the code, and codes do not travel without it', async () => {
  const { url } = await new Browser().follow(begin(), (at) => at.startsWith(issuer));
  const { searchParams } = new URL(url);
  expect(searchParams.get('code_challenge_method')).toBe('S256');
  expect(searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
  expect(searchParams.get('nonce')).not.toBeNull();
});

test('settings that are not safe or not understood are refused with a sentence', () => {
  const wrong = (text: string): string => {
    try {
      readOidcSettings(settingsFile(text));
      return '';
    } catch (error) {
      return (error as { why?: string }).why ?? '';
    }
  };
  const good = 'client_id: x\nurl: https://w.example\nroles: {}\n';
  expect(wrong(`issuer: http://idp.example\n${good}`)).toMatch(/issuer must begin with https/);
  expect(wrong(`issuer: https://idp.example\nscopes: [email]\n${good}`)).toMatch(/scopes lack openid/);
  expect(wrong(`issuer: https://idp.example\nclient_secret_file: nowhere\n${good}`)).toMatch(/ENOENT/);
  expect(wrong(`issuer: https://idp.example\nsecrets: 1\n${good}`)).toMatch(/secrets/);
  expect(wrong(`issuer: https://idp.example\n${good}`)).toBe('');
});

test('a provider that is away is named, and who runs the server knows where to look', async () => {
  const settings = {
    ...readOidcSettings(
      settingsFile(`issuer: http://127.0.0.1:9\nclient_id: x\nurl: http://127.0.0.1:${port}\nroles: {}\n`),
    ),
  };
  const { Oidc } = await import('./oidc.ts');
  await expect(new Oidc(settings).begin('/')).rejects.toMatchObject({ status: 503, code: 'oidc_unreachable' });
});
