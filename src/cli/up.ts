import type { Command } from 'commander';
import { type AgentCommandOptions, addAgentOptions } from './agent.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import { addFilterOptions } from './filter-options.ts';
import type { Io } from './io.ts';
import { ExitCode } from './run.ts';
import { addServeOptions, type ServeOptions } from './serve.ts';
import { stopOnSignals, waitFor } from './stop-signal.ts';
import type { TopOptions } from './top.ts';
import { usualDataDirectory } from './up/data-directory.ts';
import { startHere } from './up/run.ts';
import { NeverReady } from './up/supervise.ts';

type AgentPart = Omit<AgentCommandOptions, 'server'>;
type UpOptions = ServeOptions &
  AgentPart & {
    readonly output: OutputFormat;
    readonly top?: boolean;
    readonly agent: boolean;
    readonly server: boolean;
  };

/** `wirelight up`: an agent and a server on this host, supervised together. */
export function upCommand(io: Io): Command {
  const command = newCommand([
    ['Watch this host, remember, and serve the pages at the address that it prints', 'sudo wirelight up'],
    [
      'Keep everything elsewhere, and at most 20 GB of it',
      'sudo wirelight up --data /srv/wirelight --disk-budget 20GB',
    ],
    ['Nothing but a live table in this terminal, nothing kept', 'sudo wirelight up --top'],
  ])
    .description(
      'Runs Wirelight on this host: an agent that watches and a server that remembers and shows, each started again when it ends.',
    )
    .argument('[filter...]', 'with --top: what to count')
    .option('--top', 'only show who talks to whom in this terminal, as top does')
    .option('--no-agent', 'the server alone')
    .option('--no-server', 'the agent alone')
    .addOption(outputOption());
  addServeOptions(command);
  addAgentOptions(command);
  const filters = addFilterOptions(command);
  return command.action(async (words: string[], options: UpOptions) => {
    if (options.top === true) {
      using stop = stopOnSignals();
      const { top } = await import('./top/run.ts');
      const usual: TopOptions = { ...options, sort: 'rate', window: 10_000, interval: 1_000 };
      await top(filters.build(words), usual, io, stop);
      return;
    }
    await up(options, io);
  });
}

async function up(options: UpOptions, io: Io): Promise<void> {
  using stop = stopOnSignals();
  const say = (line: string): void => void io.stderr.write(`wirelight: ${line}\n`);
  const data = options.data ?? usualDataDirectory(io.env);
  try {
    const running = await startHere(
      {
        server: options.server ? ['--data', data, ...serveArguments(options)] : undefined,
        agent: options.agent ? ['--data', data, ...agentArguments(options)] : undefined,
      },
      stop,
      say,
      (url) =>
        io.stdout.write(options.output === 'table' ? `Wirelight runs. Open ${url}\n` : `${JSON.stringify({ url })}\n`),
    );
    await waitFor(stop.signal);
    await running.stop();
  } catch (error) {
    // What ended has said why.
    if (error instanceof NeverReady) throw new ExitCode(error.code);
    throw error;
  }
}

/** The options of the server as its command line has them, but for the data directory. */
export function serveArguments(options: ServeOptions): string[] {
  const { host, port } = options.listen;
  return [
    '--listen',
    host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    ...said('--user', options.user),
    ...options.name.flatMap((name) => ['--name', name]),
    ...said('--store', options.store),
    ...said('--store-user', options.storeUser),
    ...said('--store-password-file', options.storePasswordFile),
    ...said('--store-cluster', options.storeCluster),
    ...said('--disk-budget', options.diskBudget),
    ...said('--memory', options.memory),
    ...Object.entries(options.retention).flatMap(([table, days]) => ['--retention', `${table}=${days}`]),
    ...said('--tls-cert', options.tlsCert),
    ...said('--tls-key', options.tlsKey),
    ...said('--oidc', options.oidc),
    ...(options.behindTls === true ? ['--behind-tls'] : []),
    ...(options.ingestListen === undefined
      ? []
      : ['--ingest-listen', `${options.ingestListen.host}:${options.ingestListen.port}`]),
    ...said('--ingest-token-file', options.ingestTokenFile),
    ...said('--ingest-client-ca', options.ingestClientCa),
  ];
}

/** The options of the agent as its command line has them. */
export function agentArguments(options: AgentPart): string[] {
  return [
    ...said('--server-token-file', options.serverTokenFile),
    ...said('--server-ca', options.serverCa),
    ...said('--certificate', options.certificate),
    ...said('--key', options.key),
    ...said('--cluster', options.cluster),
    ...said('--spool', options.spool),
    ...said('--cgroup', options.cgroup),
    ...said('--capture-bytes', options.captureBytes),
    ...said('--tls', typeof options.tls === 'object' ? options.tls.join(',') : options.tls),
    ...said('--poll', options.poll === undefined ? undefined : `${options.poll}ms`),
    ...(options.raw === true ? ['--raw'] : []),
  ];
}

function said(option: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [option, String(value)];
}
