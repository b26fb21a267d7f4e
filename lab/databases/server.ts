import { spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

/** A database server that runs until its lab closes. */
export interface DatabaseServer {
  /** Port on 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** The arguments of `setpriv` that run a command as another user, where we are root; the command itself otherwise. */
export function asUser(user: string, command: string, args: readonly string[]): [command: string, args: string[]] {
  if (process.getuid?.() !== 0) return [command, [...args]];
  return [
    'setpriv',
    [`--reuid=${user}`, `--regid=${user}`, '--init-groups', '--pdeathsig', 'KILL', '--', command, ...args],
  ];
}

/** Gives a folder to another user, where we are root. */
export function giveTo(user: string, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const id = (flag: string) => Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout);
  chownSync(folder, id('-u'), id('-g'));
}
