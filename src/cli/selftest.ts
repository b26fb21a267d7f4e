import type { Command } from 'commander';
import { type SelftestRow, selftest } from '../agent/selftest/selftest.ts';
import { count } from '../model/format.ts';
import { countOf, newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { ExitCode } from './run.ts';
import { showRows } from './show-rows.ts';
import { stopOnSignals } from './stop-signal.ts';
import { styleOf } from './style.ts';
import { quantityCell, textCell } from './table/cell.ts';
import type { Column } from './table/layout.ts';

const column = (title: string, rank: number, align: 'left' | 'right' = 'right'): Column => ({
  title,
  align,
  rank,
  least: title.length,
  most: 40,
  cut: 'end',
});

/** `wirelight selftest`: makes traffic whose amount is known and compares it with what was seen. */
export function selftestCommand(io: Io): Command {
  return newCommand([
    ['Prove on this machine that nothing is missed', 'sudo wirelight selftest'],
    ['In a script: exit code 1 where something was missed', 'sudo wirelight selftest --output json'],
  ])
    .description(
      'Makes HTTP and DNS traffic on the loopback device whose amount is known, and compares it with what the live capture shows of it. Exit code 1 where they differ by more than the loss counters say. Takes less than 30 seconds.',
    )
    .addOption(outputOption())
    .option('--requests <n>', 'requests of each kind', countOf('--requests'), 20_000)
    .action(async (options: { output: OutputFormat; requests: number }) => {
      using stop = stopOnSignals();
      const style = styleOf(io.stderr, io.env);
      const rows = await selftest({
        requests: options.requests,
        signal: stop.signal,
        progress: (scenario) => {
          if (io.stderr.isTTY === true) io.stderr.write(`\r\x1b[K${style.dim(`making ${scenario} ...`)}`);
        },
      });
      if (io.stderr.isTTY === true) io.stderr.write('\r\x1b[K');
      const ok = rows.length > 0 && rows.every((row) => row.ok);
      const sum = (of: (row: SelftestRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
      const document = {
        ok,
        made: sum((row) => row.made),
        seen_client: sum((row) => row.seen_client),
        seen_server: sum((row) => row.seen_server),
        correct: sum((row) => row.correct),
        lost_counted: sum((row) => row.lost_counted),
        scenarios: rows,
      };
      showRows(
        io,
        options.output,
        {
          rows,
          columns: [
            column('scenario', 1, 'left'),
            column('made', 1),
            column('seen by client', 1),
            column('seen by server', 1),
            column('correct', 2),
            column('lost, counted', 2),
            column('verdict', 1, 'left'),
          ],
          cells: (row) => [
            textCell(row.scenario),
            ...[row.made, row.seen_client, row.seen_server, row.correct, row.lost_counted].map((n) =>
              quantityCell({ number: n.toLocaleString('en-US'), unit: '', gap: '' }),
            ),
            row.ok ? textCell('complete', 'good') : textCell('differs', 'error'),
          ],
        },
        document,
      );
      if (options.output === 'table') {
        const all = count(document.made);
        io.stdout.write(
          ok
            ? `\nAll ${all.number}${all.unit} requests were seen, each once, on both sides.\n`
            : '\nWhat was seen is not what was made. Is the machine short of CPU? wirelight doctor shows what this kernel lacks.\n',
        );
      }
      if (!ok) throw new ExitCode(1);
    });
}
