import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { WirelightError } from '../base/errors.ts';
import { type Role, roles } from '../model/api.ts';
import { Users } from '../server/access/users.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { readPassword } from './password.ts';
import { placesIn, serverAccount, usualDataDirectory } from './up/data-directory.ts';

interface UserOptions {
  readonly data?: string;
  readonly role: Role;
  readonly user?: string;
  readonly output: OutputFormat;
}

/** `wirelight user`: who may log in with a password. Works on the data directory of this host's server. */
export function userCommand(io: Io): Command {
  const command = newCommand([
    ['Add somebody; the password is read from standard input', 'sudo wirelight user add ada --role operator'],
    ['Who there is', 'sudo wirelight user list'],
  ]).description('Adds, lists and removes the people who may log in with a password.');
  const options = (one: Command): Command =>
    one
      .option('--data <dir>', 'data directory of the server (/var/lib/wirelight)')
      .addOption(outputOption(['table', 'json']));
  const usersIn = (data: string | undefined): Users =>
    new Users(`${placesIn(data ?? usualDataDirectory(io.env)).server}/users.json`);
  options(
    command
      .command('add <name>')
      .summary('add somebody, or change role and password')
      .addOption(new Option('--role <role>', 'what they may do').choices([...roles]).default('viewer'))
      .option('--user <name>', 'user that the server runs as'),
  ).action(async (name: string, given: UserOptions) => {
    const password = await readPassword(io);
    await usersIn(given.data).set(name, given.role, password);
    const account = serverAccount(given.user, io.env);
    const { server } = placesIn(given.data ?? usualDataDirectory(io.env));
    if (account !== undefined) chownSync(join(server, 'users.json'), account.uid, account.gid);
    if (given.output === 'json') io.stdout.write(`${JSON.stringify({ name, role: given.role })}\n`);
    else io.stdout.write(`${name} may log in as ${given.role}.\n`);
  });
  options(command.command('list').summary('who there is')).action((given: UserOptions) => {
    const users = usersIn(given.data).list();
    if (given.output === 'json') {
      io.stdout.write(`${JSON.stringify(users.map(({ name, role }) => ({ name, role })))}\n`);
    } else for (const { name, role } of users) io.stdout.write(`${name}\t${role}\n`);
  });
  options(command.command('remove <name>').summary('remove somebody')).action((name: string, given: UserOptions) => {
    if (usersIn(given.data).remove(name)) {
      io.stdout.write(
        given.output === 'json' ? `${JSON.stringify({ removed: name })}\n` : `${name} may not log in any more.\n`,
      );
      return;
    }
    throw new WirelightError('no_such_user', `there is no user ${JSON.stringify(name)}`);
  });
  return command;
}
