import type { Command } from 'commander';

/** Options of commands that ask a server. */
export interface RemoteOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly data?: string;
}

/** Adds them. */
export function addRemoteOptions(command: Command): Command {
  return command
    .option('--server <url>', 'the server to ask; the one of this host by default')
    .option('--token-file <file>', 'file with the token of that server')
    .option('--data <dir>', 'data directory of the server of this host (/var/lib/wirelight)');
}
