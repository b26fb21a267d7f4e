import type { Command } from 'commander';
import { type Check, diagnose } from '../probe/diagnosis.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { ExitCode } from './run.ts';
import { showRows } from './show-rows.ts';
import { textCell } from './table/cell.ts';
import type { Column } from './table/layout.ts';

const columns: readonly Column[] = [
  { title: 'check', align: 'left', rank: 1, least: 12, most: 36, cut: 'end' },
  { title: 'result', align: 'left', rank: 1, least: 7, most: 7, cut: 'end' },
  { title: 'found', align: 'left', rank: 2, least: 12, most: 60, cut: 'end' },
  { title: 'what follows', align: 'left', rank: 3, least: 20, most: 90, cut: 'end' },
];

const dress = { ok: undefined, limited: 'warning', missing: 'error' } as const;

/** `wirelight doctor`: what this kernel can do, what is used instead where it cannot, and what is lost by it. */
export function doctorCommand(io: Io): Command {
  return newCommand([
    ['What this machine can do', 'sudo wirelight doctor'],
    ['In a script: exit code 0 ready, 3 ready with limits, 1 not ready', 'sudo wirelight doctor --output json'],
  ])
    .description(
      'Looks at the kernel, permissions and mounts, loads and attaches every kernel program once, and says what is used instead or lost where something is missing. Exit code 0: all there; 3: works, with limits; 1: cannot run.',
    )
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => {
      const checks = diagnose();
      const has = (result: Check['result']): boolean => checks.some((check) => check.result === result);
      const verdict = has('missing') ? 'not ready' : has('limited') ? 'ready, with limits' : 'ready';
      showRows(
        io,
        options.output,
        {
          rows: checks,
          columns,
          cells: (c) => [
            textCell(c.check),
            textCell(c.result, dress[c.result]),
            textCell(c.found),
            textCell(c.consequence),
          ],
        },
        { verdict, checks },
      );
      if (options.output === 'table') io.stdout.write(`\nThis machine is ${verdict}.\n`);
      if (has('missing')) throw new ExitCode(1);
      if (has('limited')) throw new ExitCode(3);
    });
}
