import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { WirelightError } from '../../base/errors.ts';

/** Where everything is kept unless somebody says otherwise: /var/lib/wirelight for root, the user's state directory else. */
export function usualDataDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env.WIRELIGHT_DATA !== undefined && env.WIRELIGHT_DATA !== '') return env.WIRELIGHT_DATA;
  if (process.getuid?.() === 0) return '/var/lib/wirelight';
  const state = env.XDG_STATE_HOME;
  return join(state === undefined || state === '' ? join(homedir(), '.local/state') : state, 'wirelight');
}

/** What lies where in a data directory. The server's part belongs to its user, the agent's to root. */
export function placesIn(data: string) {
  return {
    server: join(data, 'server'),
    token: join(data, 'server', 'token'),
    /** Holds the address of the running server. */
    address: join(data, 'server', 'address'),
    socket: join(data, 'server', 'run', 'ingest.sock'),
    agent: join(data, 'agent'),
    spool: join(data, 'agent', 'spool'),
  };
}

/** Somebody whom a process can become. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * As whom the server runs: who was named, else the user `wirelight`, else who called sudo, else nobody. Undefined where
 * this process is not root: then it stays who it is.
 * @throws WirelightError `no_such_user`
 */
export function serverAccount(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readAccounts();
  if (named !== undefined) {
    const account = accounts.find((one) => one.name === named || String(one.uid) === named);
    if (account !== undefined) return account;
    throw new WirelightError('no_such_user', `there is no user ${JSON.stringify(named)} on this host`, {
      next: 'make one with: useradd --system --no-create-home wirelight',
      exitCode: 2,
    });
  }
  const sudo = Number(env.SUDO_UID ?? 0);
  return (
    accounts.find((one) => one.name === 'wirelight') ??
    (sudo > 0 ? accounts.find((one) => one.uid === sudo) : undefined) ??
    accounts.find((one) => one.name === 'nobody') ?? { name: 'nobody', uid: 65_534, gid: 65_534 }
  );
}

/** Makes a directory and gives it, with all that is in it, to an account. The one above it is made so that all may pass. */
export function giveTo(directory: string, account: Account | undefined): void {
  try {
    mkdirSync(dirname(directory), { recursive: true, mode: 0o711 });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new WirelightError('data_directory', `the data directory ${directory} cannot be made`, {
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'run as root (sudo), or choose a directory of your own: --data DIR',
      cause,
    });
  }
  if (account === undefined || lstatSync(directory).uid === account.uid) return;
  chownSync(directory, account.uid, account.gid);
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    if (!lstatSync(path).isSymbolicLink()) chownSync(path, account.uid, account.gid);
  }
}

/** Becomes an account for good. */
export function become(account: Account): void {
  process.chdir('/');
  process.setgroups?.([account.gid]);
  process.setgid?.(account.gid);
  process.setuid?.(account.uid);
}

function readAccounts(): Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((parts) => parts.length >= 4)
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
