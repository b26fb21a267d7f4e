import type { Command } from 'commander';
import { type Check, diagnose } from '../probe/diagnosis.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import { type Io, widthOf } from './io.ts';
import { ExitCode } from './run.ts';
import { showData } from './show-rows.ts';
import { type Style, styleOf } from './style.ts';
import { pad } from './table/text-width.ts';
import { wrap } from './table/wrap.ts';

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
      if (options.output === 'table') {
        const style = styleOf(io.stdout, io.env);
        const lines = checkLines(checks, Math.min(widthOf(io.stdout), widest), style);
        io.stdout.write(`${lines.join('\n')}\n\nThis machine is ${verdict}.\n`);
      } else {
        showData(io, options.output, checks, { verdict, checks });
      }
      if (has('missing')) throw new ExitCode(1);
      if (has('limited')) throw new ExitCode(3);
    });
}

/** Lines that are longer are hard to read. */
const widest = 120;
const gap = '  ';

/**
 * Checks in columns, of which the last is broken into lines: what was found, and below it what follows from that.
 *
 * @param width columns of the terminal
 */
export function checkLines(checks: readonly Check[], width: number, style: Style): string[] {
  const titles = ['CHECK', 'RESULT', 'FOUND, AND WHAT FOLLOWS'] as const;
  const first = Math.max(...checks.map(({ check }) => check.length), titles[0].length);
  const second = 'limited'.length;
  const room = Math.max(20, width - first - second - 2 * gap.length);
  const indent = ' '.repeat(first + second + 2 * gap.length);
  const lines = [
    style.strong(`${pad(titles[0], first, 'left')}${gap}${pad(titles[1], second, 'left')}${gap}${titles[2]}`),
  ];
  for (const { check, result, found, consequence } of checks) {
    const role = dress[result];
    const shown = role === undefined ? pad(result, second, 'left') : style[role](pad(result, second, 'left'));
    const [head = '', ...more] = wrap(found, room);
    lines.push(`${pad(check, first, 'left')}${gap}${shown}${gap}${head}`.trimEnd());
    const rest =
      consequence === '' ? [] : wrap(consequence, room - 2).map((line, i) => `${i === 0 ? '→ ' : '  '}${line}`);
    for (const line of [...more, ...rest]) lines.push(`${indent}${line}`);
  }
  return lines;
}
