import type { Command } from 'commander';
import { newCommand } from './command.ts';
import { addFilterOptions } from './filter-options.ts';
import type { Io } from './io.ts';
import { stopOnSignals } from './stop-signal.ts';
import { addTopOptions, type TopOptions } from './top.ts';

/** `wirelight up`: runs Wirelight on this host, in the foreground, and shows what it sees. */
export function upCommand(io: Io): Command {
  const command = addTopOptions(
    newCommand([
      ['Run Wirelight here and watch the edges; press ? for the keys', 'sudo wirelight up'],
      ['The same for a log: one JSON object an edge, every 10 s', 'sudo wirelight up --interval 10s -o json'],
    ]),
  ).description('Runs Wirelight on this host in the foreground and shows who talks to whom, as top does.');
  const filters = addFilterOptions(command);
  return command.action(async (words: string[], options: TopOptions) => {
    using stop = stopOnSignals();
    const { top } = await import('./top/run.ts');
    await top(filters.build(words), options, io, stop);
  });
}
