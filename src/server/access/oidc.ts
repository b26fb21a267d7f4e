/**
 * Logins with OpenID Connect: authorization code with PKCE (RFC 7636), state and nonce, tied to the browser that began. The
 * protocol is openid-client's; here is only who gets which role.
 */
import { randomBytes } from 'node:crypto';
import * as client from 'openid-client';
import { type Role, roles } from '../../model/api.ts';
import { HttpError } from '../problem.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** Somebody whom the provider knows. */
export interface KnownPerson {
  readonly name: string;
  readonly subject: string;
  readonly role: Role;
}

/** A login that was begun. */
interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  /** Path to go to afterwards. */
  readonly to: string;
  readonly expires: number;
}

/** Milliseconds in which somebody has to be back from the provider. */
export const loginPatience = 600_000;
const mostBegun = 10_000;

export class Oidc {
  readonly #settings: OidcSettings;
  readonly #begun = new Map<string, Begun>();
  #configuration: Promise<client.Configuration> | undefined;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  /** Whether the browser comes back over TLS. */
  get secure(): boolean {
    return this.#settings.redirectUri.startsWith('https:');
  }

  /**
   * Begins a login.
   * @param to path of ours to go to afterwards
   * @returns where to send the browser, and what it has to bring back in a cookie
   * @throws HttpError `oidc_unreachable`
   */
  async begin(to: string): Promise<{ location: string; key: string }> {
    const configuration = await this.#discover();
    const begun: Begun = {
      verifier: client.randomPKCECodeVerifier(),
      state: client.randomState(),
      nonce: client.randomNonce(),
      // Nowhere but here: '//host' and '/\host' are other places for browsers.
      to: /^\/(?![/\\])/.test(to) ? to : '/',
      expires: Date.now() + loginPatience,
    };
    const key = randomBytes(18).toString('base64url');
    this.#remember(key, begun);
    const location = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#settings.redirectUri,
      scope: this.#settings.scopes.join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
      state: begun.state,
      nonce: begun.nonce,
    });
    return { location: location.href, key };
  }

  /**
   * Ends a login.
   * @param key what the browser's cookie says
   * @param search the query that the provider sent it back with, with its '?'
   * @throws HttpError `oidc_expired`, `oidc_refused`, `oidc_no_role`, `oidc_unreachable`
   */
  async finish(key: string | undefined, search: string): Promise<KnownPerson & { to: string }> {
    const begun = key === undefined ? undefined : this.#begun.get(key);
    // Once, whatever comes of it.
    if (key !== undefined) this.#begun.delete(key);
    if (begun === undefined || begun.expires < Date.now()) {
      throw new HttpError(400, 'oidc_expired', 'this login was not begun here, or too long ago', {
        next: 'log in again',
      });
    }
    const configuration = await this.#discover();
    const url = new URL(this.#settings.redirectUri);
    url.search = search;
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      const claims: Readonly<Record<string, unknown>> = tokens.claims() ?? {};
      const subject = String(claims.sub);
      const more = await this.#userInfo(configuration, claims, tokens.access_token, subject);
      return { ...this.#person({ ...more, ...claims }, subject), to: begun.to };
    } catch (cause) {
      if (cause instanceof HttpError) throw cause;
      throw refusal(cause, this.#settings.issuer);
    }
  }

  #person(claims: Readonly<Record<string, unknown>>, subject: string): KnownPerson {
    const { nameClaim, roleClaim, roles: wanted, defaultRole } = this.#settings;
    const said = claims[nameClaim] ?? claims.email;
    const name = (typeof said === 'string' && said !== '' ? said : subject).slice(0, 200);
    const has = textsAt(claims, roleClaim);
    const role = roles.toReversed().find((one) => wanted[one].some((value) => has.includes(value))) ?? defaultRole;
    if (role === undefined) {
      throw new HttpError(403, 'oidc_no_role', `${name} may not use Wirelight`, {
        why: has.length === 0 ? `there is no claim ${roleClaim}` : `no value of ${roleClaim} stands for a role`,
        next: 'ask who runs this server to map a group of yours to a role',
      });
    }
    return { name, subject, role };
  }

  /** What the provider tells besides, where the token leaves out what we need. */
  async #userInfo(
    configuration: client.Configuration,
    claims: Readonly<Record<string, unknown>>,
    accessToken: string,
    subject: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { nameClaim, roleClaim } = this.#settings;
    const known = textsAt(claims, roleClaim).length > 0 && claims[nameClaim] !== undefined;
    if (known || configuration.serverMetadata().userinfo_endpoint === undefined) return {};
    return await client.fetchUserInfo(configuration, accessToken, subject);
  }

  /** The provider's addresses and keys, looked up when first wanted and again after a failure. */
  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    this.#configuration ??= client.discovery(
      issuer,
      clientId,
      undefined,
      clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret),
      {
        timeout: 10,
        // Signatures are checked although the token comes from the provider itself.
        execute: [
          client.enableNonRepudiationChecks,
          // Settings allow plain HTTP on the loopback only.
          ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
        ],
      },
    );
    try {
      return await this.#configuration;
    } catch (cause) {
      this.#configuration = undefined;
      throw refusal(cause, issuer);
    }
  }

  #remember(key: string, begun: Begun): void {
    const now = Date.now();
    for (const [old, { expires }] of this.#begun) {
      if (expires >= now && this.#begun.size < mostBegun) break;
      this.#begun.delete(old);
    }
    this.#begun.set(key, begun);
  }
}

/** The texts of a claim: one, a list, or none; dots lead into objects. */
function textsAt(claims: Readonly<Record<string, unknown>>, path: string): string[] {
  let value: unknown = claims[path];
  if (value === undefined) {
    value = claims;
    for (const name of path.split('.')) {
      value =
        typeof value === 'object' && value !== null
          ? Object.entries(value).find(([key]) => key === name)?.[1]
          : undefined;
    }
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === 'string');
}

function refusal(cause: unknown, issuer: URL): HttpError {
  const why = messageOf(cause);
  if (cause instanceof client.AuthorizationResponseError || cause instanceof client.ResponseBodyError) {
    return new HttpError(403, 'oidc_refused', 'the identity provider refused the login', {
      why: cause.error_description ?? cause.error,
      next: 'log in again, or ask who runs the identity provider',
      cause,
    });
  }
  if (cause instanceof TypeError || (cause instanceof Error && cause.name === 'TimeoutError')) {
    return new HttpError(503, 'oidc_unreachable', `the identity provider at ${issuer.host} does not answer`, {
      why,
      next: 'try again later; who runs this server finds its address in the file of --oidc',
      cause,
    });
  }
  return new HttpError(403, 'oidc_refused', 'what the identity provider said does not hold', {
    why,
    next: 'log in again',
    cause,
  });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
