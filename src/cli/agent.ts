import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { WirelightError } from '../base/errors.ts';
import type { ServerAddress } from '../wire/transport/connection.ts';
import { addCaptureOptions, agentOptionsOf, type CaptureOptions } from './capture-options.ts';
import { newCommand } from './command.ts';
import type { Io } from './io.ts';
import { bytesOf } from './option-values.ts';
import { stopOnSignals, waitFor } from './stop-signal.ts';
import { placesIn, usualDataDirectory } from './up/data-directory.ts';
import { tellReady, whenAlone } from './up/supervise.ts';
import { version } from './version.ts';

/** Options of the agent, which `up` passes on. */
export interface AgentCommandOptions extends CaptureOptions {
  readonly data?: string;
  readonly server?: string;
  readonly serverTokenFile?: string;
  readonly serverCa?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly cluster?: string;
  readonly spool?: number;
}

/** `wirelight agent`: watches this host and sends what it sees to a server. */
export function agentCommand(io: Io): Command {
  const command = newCommand([
    ['Send to the server of this host', 'sudo wirelight agent'],
    [
      'Send to a server elsewhere',
      'sudo wirelight agent --server https://wirelight.example:7576 --server-token-file token',
    ],
  ])
    .description('Watches this host and sends what it sees to a server. Keeps it on disk while the server is away.')
    .option('--data <dir>', 'directory of everything that is kept (/var/lib/wirelight)')
    .option('--server <address>', 'https://HOST:PORT of a server, or the path of its socket');
  addAgentOptions(command);
  return command.action(async (options: AgentCommandOptions) => {
    await runAgent(options, io);
  });
}

/** Adds the options that `up` has too. */
export function addAgentOptions(command: Command): Command {
  command
    .option('--server-token-file <file>', 'file with the token that the server wants')
    .option('--server-ca <file>', "authority that signed the server's certificate (PEM)")
    .option('--certificate <file>', "the agent's certificate (PEM)")
    .option('--key <file>', 'its key (PEM)')
    .option('--cluster <name>', 'name of the cluster that this host belongs to')
    .option(
      '--spool <size>',
      'bytes on disk for what the server has not taken yet (1GB)',
      bytesOf('--spool', 1_000_000),
    );
  return addCaptureOptions(command);
}

/** Runs the agent until it is stopped. */
export async function runAgent(options: AgentCommandOptions, io: Io): Promise<void> {
  using stop = stopOnSignals();
  whenAlone(() => stop.stop());
  const places = placesIn(options.data ?? usualDataDirectory(io.env));
  const [{ startAgent }, { nextRun }, { Shipper, shipperDefaults }] = await Promise.all([
    import('../agent/agent.ts'),
    import('../agent/agent-state.ts'),
    import('../agent/shipper.ts'),
  ]);
  const state = nextRun(places.agent);
  const server = serverOf(options, places.socket);
  let shipper: InstanceType<typeof Shipper> | undefined;
  const agent = await startAgent(agentOptionsOf(options), ({ clock, names }) => {
    shipper = new Shipper(clock, names, {
      ...shipperDefaults,
      state,
      server,
      directory: places.spool,
      host: hostname(),
      cluster: options.cluster ?? '',
      version: version(),
      ...(options.spool === undefined ? {} : { spoolBytes: options.spool }),
      say: (line) => io.stderr.write(`wirelight agent: ${line}\n`),
    });
    return shipper;
  });
  shipper?.attach(agent);
  tellReady({ id: state.id, run: state.run });
  try {
    await waitFor(stop.signal);
  } finally {
    await agent.stop();
    await shipper?.stop();
  }
}

function serverOf(options: AgentCommandOptions, socket: string): ServerAddress {
  const { server } = options;
  if (server === undefined) return { kind: 'unix', path: socket };
  if (server.startsWith('/') || server.startsWith('unix:')) return { kind: 'unix', path: server.replace(/^unix:/, '') };
  if (!server.startsWith('https://')) {
    throw new WirelightError('bad_option', `${server} is no address of a server`, {
      why: 'what is seen crosses the network only over TLS',
      next: 'write https://HOST:PORT, or the path of a socket',
      exitCode: 2,
    });
  }
  return {
    kind: 'tls',
    url: server,
    token: options.serverTokenFile === undefined ? '' : readFileSync(options.serverTokenFile, 'utf8').trim(),
    ...(options.serverCa === undefined ? {} : { ca: options.serverCa }),
    ...(options.certificate === undefined ? {} : { certificate: options.certificate }),
    ...(options.key === undefined ? {} : { key: options.key }),
  };
}
