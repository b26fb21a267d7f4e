import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Role, roles, type Session } from '../../model/api.ts';
import type { Audit } from '../access/audit.ts';
import { RateLimit } from '../access/rate-limit.ts';
import type { SessionState, Sessions } from '../access/sessions.ts';
import type { Users } from '../access/users.ts';
import { HttpError } from '../problem.ts';
import type { Asker } from './request-context.ts';

/** How people get in. */
export interface GateOptions {
  /** Who has it is admin. Undefined where only people with a name may enter. */
  readonly token: string | undefined;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly audit: Audit;
  /** Names (without port) under which the server may be addressed; undefined for any. */
  readonly hosts: ReadonlySet<string> | undefined;
  /** Whether the browser reaches us over TLS, by ourselves or a proxy before us. */
  readonly secure: boolean;
  /** Whether people may log in with OpenID Connect. */
  readonly oidc: boolean;
}

export const cookieName = 'wirelight_session';
const tokenSession = 30 * 86_400_000;
const userSession = 12 * 3_600_000;

/** Decides who gets in and what they may do. */
export class Gate {
  readonly #options: GateOptions;
  readonly #logins = new RateLimit(10, 60_000);
  readonly #anyone = new RateLimit(600, 10_000);
  readonly #costly = new RateLimit(120, 60_000);

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Who asks. Throws where the request is not meant for us, or comes too often. */
  identify(headers: IncomingHttpHeaders, address: string): Asker {
    this.#checkHost(headers.host);
    this.#limit(this.#anyone, address);
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) {
      const session = this.#options.sessions.read(bearer);
      // Programs send what a login gave them; no browser adds it by itself, so there is nothing to forge.
      if (session !== undefined) return { who: session, session, byCookie: false, address };
      if (!this.isToken(bearer)) {
        this.#limit(this.#logins, address);
        throw new HttpError(401, 'bad_token', 'the token is not the one of this server, or its login has ended', {
          next: 'log in again with: wirelight login; or use the token in the file "token" of the data directory',
        });
      }
      return { who: { actor: 'token', role: 'admin' }, session: undefined, byCookie: false, address };
    }
    const cookie = cookieOf(headers.cookie, cookieName);
    const session = cookie === undefined ? undefined : this.#options.sessions.read(cookie);
    return { who: session, session, byCookie: true, address };
  }

  /** Throws unless who asks has the role. @param changes whether the request does more than read */
  allow(asker: Asker, role: Role | undefined, changes: boolean, headers: IncomingHttpHeaders): void {
    if (changes) this.#checkOrigin(headers);
    if (role === undefined) return;
    if (asker.who === undefined) {
      throw new HttpError(401, 'not_logged_in', 'nobody is logged in', {
        next: 'open the address with the token that `wirelight up` printed, or log in',
      });
    }
    if (roles.indexOf(asker.who.role) < roles.indexOf(role)) {
      throw new HttpError(403, 'not_allowed', `this takes the role ${role}`, {
        why: `${asker.who.actor} has the role ${asker.who.role}`,
      });
    }
    if (changes && asker.byCookie && asker.session !== undefined && headers['x-csrf-token'] !== asker.session.csrf) {
      throw new HttpError(403, 'csrf', 'the request does not come from our own pages', {
        next: 'send the header x-csrf-token with what GET /api/v1/session says',
      });
    }
  }

  /** Counts something that costs much. */
  costly(asker: Asker): void {
    this.#limit(this.#costly, asker.who?.actor ?? asker.address);
  }

  isToken(said: string): boolean {
    const { token } = this.#options;
    if (token === undefined) return false;
    // Hashed, so that both are of one length.
    const digest = (text: string) => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(said), digest(token));
  }

  /** Begins a session for who has the token. @returns the header Set-Cookie */
  enterByToken(address: string): string {
    void this.#options.audit.note('token', 'login', 'opened the address with the token', { address });
    return this.#cookie(
      this.#options.sessions.begin({ actor: 'token', role: 'admin' }, tokenSession).cookie,
      tokenSession,
    );
  }

  async enterByPassword(
    name: string,
    password: string,
    address: string,
  ): Promise<{ session: Session; cookie: string }> {
    this.#limit(this.#logins, `${address}/${name}`);
    this.#limit(this.#logins, address);
    const role = await this.#options.users.check(name, password);
    if (role === undefined) {
      void this.#options.audit.note(`user:${name.slice(0, 64)}`, 'login_failed', 'gave a wrong name or password', {
        address,
      });
      throw new HttpError(401, 'bad_password', 'the name or the password is wrong');
    }
    return this.enter({ actor: `user:${name}`, role }, address);
  }

  /** Notes a login that came to nothing. */
  refused(actor: string, error: HttpError, address: string): void {
    void this.#options.audit.note(actor, 'login_failed', error.message, { address, code: error.code, why: error.why });
  }

  /** Begins a session for somebody whose name was proven. @param more what the audit should know besides */
  enter(
    who: { actor: string; role: Role },
    address: string,
    more: Readonly<Record<string, string>> = {},
  ): { session: Session; cookie: string } {
    void this.#options.audit.note(who.actor, 'login', 'logged in', { address, role: who.role, ...more });
    const { session, cookie } = this.#options.sessions.begin(who, userSession);
    return {
      session: this.describe({ who: session, session, byCookie: true, address }),
      cookie: this.#cookie(cookie, userSession),
    };
  }

  /** Ends the session of who asks. @returns the header Set-Cookie that takes the cookie away */
  leave(asker: Asker): string {
    if (asker.session !== undefined) {
      this.#options.sessions.end(asker.session);
      void this.#options.audit.note(asker.session.actor, 'logout', 'logged out', { address: asker.address });
    }
    return this.#cookie('', 0);
  }

  /** What the browser may know of the session. */
  describe(asker: Asker): Session {
    const { token, users, oidc } = this.#options;
    const session: SessionState | undefined = asker.session;
    return {
      user: asker.who?.actor ?? null,
      role: asker.who?.role ?? null,
      csrf: session?.csrf ?? null,
      methods: [
        ...(token === undefined ? [] : (['token'] as const)),
        ...(users.any ? (['password'] as const) : []),
        ...(oidc ? (['oidc'] as const) : []),
      ],
      expires: session === undefined ? null : new Date(session.expires).toISOString(),
    };
  }

  #cookie(value: string, milliseconds: number): string {
    const parts = [
      `${cookieName}=${value}`,
      'Path=/',
      'HttpOnly',
      'SameSite=Strict',
      `Max-Age=${Math.floor(milliseconds / 1000)}`,
    ];
    if (this.#options.secure) parts.push('Secure');
    return parts.join('; ');
  }

  /** A page of somebody else's whose name leads to us (DNS rebinding) does not know our name. */
  #checkHost(host: string | undefined): void {
    const { hosts } = this.#options;
    if (hosts === undefined) return;
    const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (hosts.has(name)) return;
    throw new HttpError(421, 'wrong_host', `this server is not called ${JSON.stringify(name.slice(0, 100))}`, {
      next: 'use the address that `wirelight up` printed',
    });
  }

  #checkOrigin(headers: IncomingHttpHeaders): void {
    const { origin, host } = headers;
    if (origin === undefined) return;
    let from = '';
    try {
      from = new URL(origin).host;
    } catch {
      // 'null' and the like are not ours.
    }
    if (from === host) return;
    throw new HttpError(403, 'csrf', 'the request comes from another site');
  }

  #limit(limit: RateLimit, who: string): void {
    const wait = limit.take(who);
    if (wait === 0) return;
    const seconds = Math.ceil(wait / 1000);
    throw new HttpError(429, 'too_many', 'too many requests', {
      next: `wait ${seconds} s`,
      headers: { 'retry-after': String(seconds) },
    });
  }
}

/** A cookie's value in the header Cookie. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
