import { type Command, InvalidArgumentError } from 'commander';
import { WirelightError } from '../base/errors.ts';
import { newCommand } from './command.ts';
import type { Io } from './io.ts';
import { readPassword } from './password.ts';
import { Client } from './remote/client.ts';
import { readConfig, writeConfig } from './remote/config-file.ts';

interface LoginOptions {
  readonly server?: string;
  readonly user?: string;
}

/** `wirelight login`: makes a server elsewhere the one that commands ask. */
export function loginCommand(io: Io): Command {
  return newCommand([
    ['Ask a server elsewhere from now on', 'wirelight login --server https://wirelight.example --user ada'],
    ['In a script', 'wirelight login --server https://wirelight.example --user ada < password.txt'],
  ])
    .description(
      'Logs in to a server with a name and a password. Commands ask that server from then on, until the login ends (12 h) or wirelight logout.',
    )
    .option('--server <url>', 'the server; the one of the configuration file by default', urlOf)
    .option('--user <name>', 'who you are; the name of your account here by default')
    .action(async (options: LoginOptions) => {
      const config = readConfig(io.env);
      const server = options.server ?? io.env.WIRELIGHT_SERVER ?? config.server;
      if (server === undefined) {
        throw new WirelightError('bad_option', 'it is not said where to log in', {
          next: 'write wirelight login --server https://HOST',
          exitCode: 2,
        });
      }
      const user = options.user ?? io.env.USER ?? '';
      if (user === '') {
        throw new WirelightError('bad_option', 'it is not said who logs in', {
          next: 'write --user NAME',
          exitCode: 2,
        });
      }
      const password = await readPassword(io, `Password of ${user} at ${new URL(server).host}: `);
      const { token, session } = await new Client(server, undefined).login(user, password);
      const path = writeConfig(io.env, { server, token });
      io.stdout.write(
        `You are ${user} (${session.role ?? 'no role'}) at ${server} until ${(session.expires ?? '').slice(0, 16).replace('T', ' ')} UTC. The login is in ${path}.\n`,
      );
    });
}

/** `wirelight logout`: ends the login. */
export function logoutCommand(io: Io): Command {
  return newCommand([['End the login and forget it', 'wirelight logout']])
    .description('Ends the login of wirelight login, at the server too, and forgets it.')
    .action(async () => {
      const { token, ...config } = readConfig(io.env);
      if (token === undefined) {
        io.stdout.write('Nobody is logged in.\n');
        return;
      }
      // First here: a server that is away must not keep a login on this machine.
      writeConfig(io.env, config);
      if (config.server !== undefined) await new Client(config.server, token).post('logout', {});
      io.stdout.write('Logged out.\n');
    });
}

function urlOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('write https://HOST or https://HOST:PORT');
}
