import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type Role, roles } from '../../model/api.ts';

/** Somebody who may ask. */
export interface Identified {
  /** `token`, `user:NAME`, `oidc:SUBJECT`. */
  readonly actor: string;
  readonly role: Role;
}

/** A session as its cookie tells it. */
export interface SessionState extends Identified {
  readonly id: string;
  /** What must come with everything that is not only reading. */
  readonly csrf: string;
  /** Epoch milliseconds. */
  readonly expires: number;
}

const stateSchema = z.object({
  id: z.string(),
  actor: z.string(),
  role: z.enum(roles),
  csrf: z.string(),
  expires: z.int(),
});

const endedSchema = z.array(z.tuple([z.string(), z.number()]));

/**
 * Sessions that live in signed cookies: they outlast a restart of the server, and nobody can make one who does not have the
 * key. Ended ones are remembered until they would have expired.
 */
export class Sessions {
  readonly #key: Buffer;
  readonly #now: () => number;
  readonly #path: string | undefined;
  readonly #ended = new Map<string, number>();

  /** @param path of a file that remembers which were ended, beyond a restart */
  constructor(key: string, now: () => number = Date.now, path?: string) {
    this.#key = Buffer.from(key, 'hex');
    this.#now = now;
    this.#path = path;
    if (path !== undefined && existsSync(path))
      for (const [id, expires] of endedSchema.parse(JSON.parse(readFileSync(path, 'utf8'))))
        this.#ended.set(id, expires);
  }

  /** Begins a session. @returns it, and the value of its cookie */
  begin(who: Identified, milliseconds: number): { session: SessionState; cookie: string } {
    const session: SessionState = {
      id: randomBytes(12).toString('base64url'),
      actor: who.actor,
      role: who.role,
      csrf: randomBytes(18).toString('base64url'),
      expires: this.#now() + milliseconds,
    };
    const body = Buffer.from(JSON.stringify(session)).toString('base64url');
    return { session, cookie: `${body}.${this.#sign(body)}` };
  }

  /** The session of a cookie, undefined where it is none, not ours, expired or ended. */
  read(cookie: string): SessionState | undefined {
    const [body, signature, ...rest] = cookie.split('.');
    if (signature === undefined || rest.length > 0) return undefined;
    const wanted = Buffer.from(this.#sign(body));
    const said = Buffer.from(signature);
    if (said.length !== wanted.length || !timingSafeEqual(said, wanted)) return undefined;
    const parsed = stateSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    if (!parsed.success || parsed.data.expires <= this.#now() || this.#ended.has(parsed.data.id)) return undefined;
    return parsed.data;
  }

  /** Ends a session for good. */
  end(session: SessionState): void {
    for (const [id, expires] of this.#ended) if (expires <= this.#now()) this.#ended.delete(id);
    this.#ended.set(session.id, session.expires);
    if (this.#path === undefined) return;
    writeFileSync(`${this.#path}.part`, JSON.stringify([...this.#ended]), { mode: 0o600 });
    renameSync(`${this.#path}.part`, this.#path);
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url');
  }
}
