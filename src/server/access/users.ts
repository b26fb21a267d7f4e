import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { WirelightError } from '../../base/errors.ts';
import { type Role, roles } from '../../model/api.ts';

const userSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._@-]{1,64}$/),
  role: z.enum(roles),
  /** `scrypt$N$r$p$salt$hash`, base64url. */
  password: z.string().regex(/^scrypt\$\d+\$\d+\$\d+\$[\w-]+\$[\w-]+$/),
});
const fileSchema = z.strictObject({ users: z.array(userSchema) });
type User = z.infer<typeof userSchema>;

/** Cost of a guess: about 60 ms and 32 MiB. */
const cost = { N: 32_768, r: 8, p: 1 } as const;
const memory = 128 * 1024 * 1024;

/** People with passwords, in a file that only the server can read. Read again when it is asked. */
export class Users {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  get any(): boolean {
    return this.#read().length > 0;
  }

  /** The role of who gives the right password; undefined otherwise, after the same time. */
  async check(name: string, password: string): Promise<Role | undefined> {
    const user = this.#read().find((one) => one.name === name);
    const right = await matches(password, user?.password ?? nobody);
    return right && user !== undefined ? user.role : undefined;
  }

  /** Adds somebody, or gives them another password and role. */
  async set(name: string, role: Role, password: string): Promise<void> {
    if (password.length < 10) {
      throw new WirelightError('weak_password', 'the password is too short', { next: 'use at least ten characters' });
    }
    const user = userSchema.safeParse({ name, role, password: await hash(password) });
    if (!user.success) {
      throw new WirelightError('bad_user', `"${name}" is no name for a user`, {
        next: 'use up to 64 letters, digits and . _ @ -',
        exitCode: 2,
      });
    }
    this.#write([...this.#read().filter((one) => one.name !== name), user.data]);
  }

  /** @returns whether there was one of this name */
  remove(name: string): boolean {
    const before = this.#read();
    const after = before.filter((one) => one.name !== name);
    if (after.length === before.length) return false;
    this.#write(after);
    return true;
  }

  list(): { name: string; role: Role }[] {
    return this.#read().map(({ name, role }) => ({ name, role }));
  }

  #read(): User[] {
    if (!existsSync(this.#path)) return [];
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8'))).users;
    } catch (cause) {
      throw new WirelightError('bad_users_file', `the file of users ${this.#path} cannot be read`, {
        why: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
        next: 'restore it, or remove it and add the users again with: wirelight user add NAME',
        cause,
      });
    }
  }

  #write(users: readonly User[]): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#path}.part`, `${JSON.stringify({ users }, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.#path}.part`, this.#path);
  }
}

/** A hash that no password has: so that a name that does not exist takes as long as one that does. */
const nobody = `scrypt$${cost.N}$${cost.r}$${cost.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16);
  const derived = await derive(password, salt, cost);
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64url')}$${derived.toString('base64url')}`;
}

async function matches(password: string, stored: string): Promise<boolean> {
  const [, N, r, p, salt, wanted] = stored.split('$');
  const expected = Buffer.from(wanted, 'base64url');
  const derived = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return expected.length === derived.length && timingSafeEqual(derived, expected);
}

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, 32, { ...options, maxmem: memory }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
