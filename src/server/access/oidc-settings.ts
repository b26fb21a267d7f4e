import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { WirelightError } from '../../base/errors.ts';

const values = z.array(z.string().min(1)).default([]);

/** The file of `--oidc`: docs/server.md describes it. */
const fileSchema = z.strictObject({
  /** Address of the provider, as its discovery document has it. */
  issuer: z.url({ protocol: /^https?$/ }),
  client_id: z.string().min(1),
  /** Without one the client is public: PKCE alone protects the code. */
  client_secret_file: z.string().optional(),
  /** Address under which browsers know this server, without a path. */
  url: z.url({ protocol: /^https?$/ }),
  scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'email']),
  /** Claim that people are called by. */
  name_claim: z.string().min(1).default('preferred_username'),
  /** Claim that says what somebody may: a text or a list; dots lead into objects (`realm_access.roles`). */
  role_claim: z.string().min(1).default('groups'),
  /** Values of that claim for each role; the highest counts. */
  roles: z.strictObject({ viewer: values, operator: values, admin: values }),
  /** Role of everybody else whom the provider knows; nobody else gets in where absent. */
  default_role: z.literal('viewer').optional(),
});

/** How people log in with OpenID Connect. */
export interface OidcSettings {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Where the provider sends people back to. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly nameClaim: string;
  readonly roleClaim: string;
  readonly roles: Readonly<Record<'viewer' | 'operator' | 'admin', readonly string[]>>;
  readonly defaultRole: 'viewer' | undefined;
}

/** Path, below the server's address, that the provider must know as redirect URI. */
export const oidcCallbackPath = '/api/v1/login/oidc/callback';

/** Reads the file of `--oidc`. @throws WirelightError `bad_oidc` */
export function readOidcSettings(path: string): OidcSettings {
  try {
    const file = fileSchema.parse(parse(readFileSync(path, 'utf8')) ?? {});
    const issuer = new URL(file.issuer);
    const url = new URL(file.url);
    for (const [name, address] of [
      ['issuer', issuer],
      ['url', url],
    ] as const) {
      if (address.protocol !== 'https:' && !isLoopback(address))
        throw new Error(
          `${name} must begin with https://: passwords and codes must not cross the network in the clear`,
        );
    }
    if (!file.scopes.includes('openid')) throw new Error('scopes lack openid');
    const secretFile = file.client_secret_file;
    return {
      issuer,
      clientId: file.client_id,
      clientSecret:
        secretFile === undefined ? undefined : readFileSync(resolve(dirname(path), secretFile), 'utf8').trim(),
      redirectUri: new URL(oidcCallbackPath, url).href,
      scopes: file.scopes,
      nameClaim: file.name_claim,
      roleClaim: file.role_claim,
      roles: file.roles,
      defaultRole: file.default_role,
    };
  } catch (cause) {
    throw new WirelightError('bad_oidc', `the settings of OpenID Connect in ${path} are not understood`, {
      why:
        cause instanceof z.ZodError
          ? cause.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')
          : String(cause instanceof Error ? cause.message : cause),
      next: 'docs/server.md shows such a file',
      exitCode: 2,
      cause,
    });
  }
}

function isLoopback(address: URL): boolean {
  return address.hostname === 'localhost' || address.hostname === '[::1]' || address.hostname.startsWith('127.');
}
