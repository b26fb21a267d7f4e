import { type Command, Option } from 'commander';
import { addCaptureOptions, type CaptureOptions } from './capture-options.ts';
import { countOf, millisecondsOf, newCommand, type OutputFormat, outputOption } from './command.ts';
import { addFilterOptions } from './filter-options.ts';
import type { Io } from './io.ts';
import type { Shown } from './records/record-lines.ts';
import { shownOf } from './records/shown.ts';
import { addRemoteOptions, type RemoteOptions } from './remote/options.ts';
import { stopOnSignals } from './stop-signal.ts';

export interface ObserveOptions extends CaptureOptions {
  readonly output: OutputFormat;
  readonly show: Shown;
  readonly follow?: boolean;
  readonly last?: number;
  readonly since?: number;
  readonly limit?: number;
  readonly duration?: number;
  readonly quiet?: boolean;
}

/** `wirelight observe`: requests, connections and events of this host as they happen. */
export function observeCommand(io: Io): Command {
  const command = newCommand([
    ['Every request of this host as it happens', 'sudo wirelight observe'],
    [
      'What fails or is slow on the way to checkout',
      "sudo wirelight observe to:checkout 'status:error or latency:>200ms'",
    ],
    [
      'The same with options, as with Hubble',
      'sudo wirelight observe --to checkout --http-status 5xx --not --port 8080',
    ],
    ['DNS queries that fail, as JSON lines', 'sudo wirelight observe protocol:dns status:error -o json'],
    [
      'Connections that could not be made, and drops with the reason',
      'sudo wirelight observe --show connections,events is:failure',
    ],
    [
      'What fails in the whole cluster, as it happens',
      'wirelight observe --server https://wirelight.example is:failure',
    ],
    [
      'The last 100 requests of the coming minute, slow ones only',
      'sudo wirelight observe --duration 1m --last 100 --latency-over 50ms',
    ],
  ])
    .description(
      'Shows requests, connections and events of this host as they happen; with --server those that a server sees, with --since those that it remembers. FILTER is written in the filter language (see wirelight filters).',
    )
    .argument('[filter...]', "which records to show: from:web 'latency:>200ms' not port:53")
    .addOption(
      new Option('-s, --show <kinds>', 'requests, connections, events, all; several with commas')
        .argParser(shownOf)
        .default(shownOf('requests'), 'requests'),
    )
    .addOption(outputOption())
    .option('-f, --follow', 'show each record as it comes; this is so unless --last or --since is given')
    .option('--last <n>', 'when it ends, show the last n that were seen', countOf('--last'))
    .option(
      '--since <time>',
      'what the server remembers of this last stretch of time; where none runs, what is seen until it ends',
      millisecondsOf('--since'),
    )
    .option('-n, --limit <n>', 'end after n records', countOf('--limit'))
    .option('-d, --duration <time>', 'end after this time', millisecondsOf('--duration'))
    .option('-q, --quiet', 'no summary at the end');
  addCaptureOptions(command);
  addRemoteOptions(command);
  const filters = addFilterOptions(command);
  return command.action(async (words: string[], options: ObserveOptions & RemoteOptions) => {
    const { hasServer } = await import('./remote/find-server.ts');
    const past = options.follow !== true && (options.since !== undefined || options.last !== undefined);
    // Who may not look into the kernel asks the server of this host, or the one that they logged in to.
    const elsewhere = options.server !== undefined || (process.getuid?.() !== 0 && hasServer(options, io));
    if (past && (elsewhere || (options.since !== undefined && hasServer(options, io)))) {
      const { observePast } = await import('./observe/past.ts');
      await observePast(filters.build(words), options, io);
      return;
    }
    using stop = stopOnSignals();
    if (elsewhere) {
      const [{ observeRemote }, { clientOf }] = await Promise.all([
        import('./observe/remote.ts'),
        import('./remote/client.ts'),
      ]);
      await observeRemote(filters.build(words), options, io, clientOf(options, io), stop);
      return;
    }
    const { observe } = await import('./observe/run.ts');
    await observe(filters.build(words), options, io, stop);
  });
}
