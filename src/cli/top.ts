import { type Command, Option } from 'commander';
import { addCaptureOptions, type CaptureOptions } from './capture-options.ts';
import { countOf, millisecondsOf, newCommand, type OutputFormat, outputOption } from './command.ts';
import { addFilterOptions } from './filter-options.ts';
import type { Io } from './io.ts';
import { addRemoteOptions, type RemoteOptions } from './remote/options.ts';
import { stopOnSignals } from './stop-signal.ts';
import { type SortKey, sortKeys } from './top/sort-keys.ts';

export interface TopOptions extends CaptureOptions {
  readonly output: OutputFormat;
  readonly sort: SortKey;
  /** Length of the window in milliseconds, whole seconds. */
  readonly window: number;
  readonly interval: number;
  /** Milliseconds back from now: what a server remembers instead of what happens. */
  readonly since?: number;
  readonly limit?: number;
  readonly duration?: number;
  readonly once?: boolean;
  readonly quiet?: boolean;
}

/** `wirelight top`: who talks to whom, how much, how fast, how reliably, now. */
export function topCommand(io: Io): Command {
  const command = addTopOptions(
    newCommand([
      ['Who talks to whom now, live; press ? for the keys', 'sudo wirelight top'],
      ['The slowest of what checkout asks', 'sudo wirelight top from:checkout --sort p95'],
      ['The slowest edges of the last two hours, from what is remembered', 'wirelight top --since 2h --sort p99 -n 20'],
      ['One look for a script: 30 s, then JSON, one edge a line', 'sudo wirelight top --once --window 30s -o json'],
      ['Every 10 s as CSV', 'sudo wirelight top --interval 10s -o csv > edges.csv'],
    ]),
  ).description(
    'Shows the edges between workloads, hosts and domains with their rate, failures, latency, bytes, retransmits and open connections over the last seconds, in place.',
  );
  command.option(
    '--since <time>',
    'what the server remembers of this last stretch of time; OPEN is then what was opened in it',
    millisecondsOf('--since'),
  );
  addRemoteOptions(command);
  const filters = addFilterOptions(command);
  return command.action(async (words: string[], options: TopOptions & RemoteOptions) => {
    if (options.since !== undefined || options.server !== undefined) {
      const { topPast } = await import('./top/past.ts');
      await topPast(filters.build(words), options, io);
      return;
    }
    using stop = stopOnSignals();
    const { top } = await import('./top/run.ts');
    await top(filters.build(words), options, io, stop);
  });
}

/** The options of `top`, which `up` has too. */
export function addTopOptions(command: Command): Command {
  command
    .argument('[filter...]', "what to count: to:checkout 'latency:>200ms' not port:53")
    .addOption(outputOption())
    .addOption(new Option('--sort <column>', 'what comes first').choices([...sortKeys]).default('rate'))
    .addOption(
      new Option('-w, --window <time>', 'how far back the numbers reach, at most 5m')
        .argParser(windowOf)
        .default(10_000, '10s'),
    )
    .addOption(
      new Option('-i, --interval <time>', 'how often they are shown')
        .argParser(millisecondsOf('--interval'))
        .default(1_000, '1s'),
    )
    .option('-n, --limit <n>', 'at most n edges', countOf('--limit'))
    .option('-d, --duration <time>', 'end after this time', millisecondsOf('--duration'))
    .option('--once', 'show it once, after one window (or --duration), and end')
    .option('-q, --quiet', 'no summary at the end');
  return addCaptureOptions(command);
}

function windowOf(text: string): number {
  return Math.min(300, Math.max(1, Math.round(millisecondsOf('--window')(text) / 1000))) * 1000;
}
