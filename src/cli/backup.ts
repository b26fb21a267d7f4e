import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { WirelightError } from '../base/errors.ts';
import { quantityText, size } from '../model/format.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { become, giveTo, placesIn, serverAccount, usualDataDirectory } from './up/data-directory.ts';
import { version } from './version.ts';

interface BackupOptions {
  readonly data?: string;
  readonly user?: string;
  readonly output: OutputFormat;
}

/** `wirelight backup DIR`: copies all that is remembered. The server of this host must not run meanwhile. */
export function backupCommand(io: Io): Command {
  return withOptions(
    newCommand([['Everything that is remembered, into a directory', 'sudo wirelight backup /srv/backup']]),
  )
    .description('Writes everything that is remembered to a directory. Stop the server of this host first.')
    .argument('<directory>', 'a directory that is empty or not there yet')
    .action(async (directory: string, options: BackupOptions) => {
      const to = resolve(directory);
      const { server } = placesIn(options.data ?? usualDataDirectory(io.env));
      if (!existsSync(server)) {
        throw new WirelightError('no_data', `nothing is remembered in ${server}`, {
          why: 'there is no such directory',
          next: 'name the data directory of the server: --data DIR',
        });
      }
      await using store = await openStopped(options, io, to);
      const { bytes, tables } = await store.backup(to);
      if (options.output === 'json') io.stdout.write(`${JSON.stringify({ directory: to, tables, bytes })}\n`);
      else io.stdout.write(`${tables} tables, ${quantityText(size(bytes))}, are in ${to}.\n`);
    });
}

/** `wirelight restore DIR`: brings back what a backup holds, into an empty data directory. */
export function restoreCommand(io: Io): Command {
  return withOptions(newCommand([['Bring it back on a new machine', 'sudo wirelight restore /srv/backup']]))
    .description(
      'Brings back what a backup holds, into a data directory that is empty. Stop the server of this host first.',
    )
    .argument('<directory>', 'where the backup is')
    .action(async (directory: string, options: BackupOptions) => {
      const from = resolve(directory);
      await using store = await openStopped(options, io, from);
      const { tables } = await store.restore(from);
      if (options.output === 'json') io.stdout.write(`${JSON.stringify({ directory: from, tables })}\n`);
      else io.stdout.write(`${tables} tables were brought back from ${from}.\n`);
    });
}

function withOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory of the server (/var/lib/wirelight)')
    .option('--user <name>', 'user that the server runs as')
    .addOption(outputOption(['table', 'json']));
}

/** Opens the store as the server's user, so that nothing in it belongs to root afterwards. */
async function openStopped(options: BackupOptions, io: Io, directory: string) {
  const places = placesIn(options.data ?? usualDataDirectory(io.env));
  const [{ openStore }, { loadChdb }] = await Promise.all([
    import('../store/index.ts'),
    import('../store/embedded/chdb-library.ts'),
    import('../store/embedded/embedded-engine.ts'),
  ]);
  loadChdb();
  const running = version();
  const account = serverAccount(options.user, io.env);
  giveTo(places.server, account);
  mkdirSync(directory, { recursive: true });
  if (account !== undefined) {
    for (const path of [
      directory,
      ...readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name)),
    ]) {
      if (!lstatSync(path).isSymbolicLink()) chownSync(path, account.uid, account.gid);
    }
    become(account);
  }
  return await openStore({ kind: 'embedded', directory: places.server, version: running });
}
