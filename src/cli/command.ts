import { Command, Option } from 'commander';
import type { Io } from './io.ts';

export { countOf, millisecondsOf } from './option-values.ts';

/** One command: its name and line in the help are known at once, the rest is loaded when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  /** One line, lower case, without a full stop. */
  readonly summary: string;
  /** Builds the command with its options and its action. */
  load(io: Io): Promise<Command>;
}

/** How a command shows what it found. */
export type OutputFormat = 'table' | 'json' | 'csv';

/** A blank command whose help ends in the given examples. */
export function newCommand(examples: readonly (readonly [what: string, line: string])[]): Command {
  const text = examples.map(([what, line]) => `  # ${what}\n  ${line}`).join('\n\n');
  return new Command().addHelpText('after', examples.length === 0 ? '' : `\nExamples:\n${text}`);
}

/** `--output table|json|csv`, which every command that shows data has. */
export function outputOption(formats: readonly OutputFormat[] = ['table', 'json', 'csv']): Option {
  return new Option('-o, --output <format>', 'how to show it').choices([...formats]).default(formats[0]);
}
