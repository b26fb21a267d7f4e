import { appendFileSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.ts';
import { programOf } from './packages.ts';

/** A database cluster that is ready to be started. */
export interface Cluster {
  readonly directory: string;
  /** Arguments for `postgres`. */
  readonly args: readonly string[];
  /** As whom it has to run: it refuses to be root. */
  readonly account: { readonly uid: number; readonly gid: number };
}

/**
 * Makes a cluster with one database, `shop`, whose owner `shop` needs no password: only the shop's network reaches it.
 *
 * @param statements SQL, each statement followed by an empty line (single-user mode wants it so)
 * @throws WirelightError `command_failed`
 */
export function createCluster(directory: string, statements: string): Cluster {
  const account = accountOf('postgres') ?? accountOf('nobody') ?? { uid: 65_534, gid: 65_534 };
  mkdirSync(directory, { mode: 0o700 });
  chownSync(directory, account.uid, account.gid);
  const run = (args: readonly string[], input?: string): string =>
    command('setpriv', [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--', ...args], input);
  const initdb = programOf('postgresql');
  const postgres = initdb.replace(/initdb$/, 'postgres');
  run([initdb, '-D', directory, '-U', 'shop', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
  const single = [postgres, '--single', '-j', '-D', directory, '-c', 'fsync=off'];
  run([...single, 'postgres'], 'CREATE DATABASE shop;\n\n');
  run([...single, 'shop'], statements);
  const settings = {
    listen_addresses: '*',
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '16MB',
    max_connections: '40',
    autovacuum: 'off',
  };
  appendFileSync(join(directory, 'pg_hba.conf'), 'host all all 10.99.0.0/24 trust\n');
  return {
    directory,
    account,
    args: ['-D', directory, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
  };
}

function accountOf(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}
