import { Command, CommanderError } from 'commander';
import { WirelightError } from '../base/errors.ts';
import { commands } from './commands.ts';
import type { Io } from './io.ts';
import { errorText, exitCodeOf } from './report-error.ts';
import { styleOf } from './style.ts';
import { version } from './version.ts';

/**
 * Runs one command line (without the program's name) to its end.
 * @returns the exit code: 0 done, 1 failed, 2 not understood; commands may have their own
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    const program = await newProgram(args, io);
    if (args.length === 0) {
      io.stdout.write(program.helpInformation());
      return 0;
    }
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return 0; // help or version was shown
    if (!(error instanceof ExitCode)) io.stderr.write(errorText(error, styleOf(io.stderr, io.env)));
    return error instanceof ExitCode ? error.code : exitCodeOf(error);
  }
}

/** Thrown by a command that has said all there is to say and ends with this exit code. */
export class ExitCode extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.code = code;
  }
}

async function newProgram(args: readonly string[], io: Io): Promise<Command> {
  const program = new Command('wirelight')
    .description('Every conversation and every request of this host, from inside the kernel.')
    .usage('<command> [options]')
    .version(version(), '-V, --version', 'print the version')
    // What follows the name of a command belongs to that command.
    .enablePositionalOptions()
    .helpCommand('help [command]', 'show help of a command')
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nExamples:\n  # See every request of this host as it happens\n  sudo wirelight observe\n\n  # What a command can do\n  wirelight observe --help',
    );
  configure(program, io);
  const asked = new Set(args.slice(0, 2));
  for (const entry of commands) {
    // Only what was asked for is loaded: the others are a line in the help.
    const command = asked.has(entry.name) ? await entry.load(io) : new Command();
    command.name(entry.name).summary(entry.summary);
    if (command.description() === '')
      command.description(`${entry.summary[0].toUpperCase()}${entry.summary.slice(1)}.`);
    configure(command, io);
    program.addCommand(command);
  }
  return program;
}

function configure(command: Command, io: Io): void {
  const style = styleOf(io.stdout, io.env);
  command
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : usageError(error, command);
    })
    .helpOption('-h, --help', 'show help')
    .configureHelp({
      styleTitle: style.strong,
      styleOptionTerm: (text) => text,
      helpWidth: Math.min(io.stdout.columns ?? 100, 120),
    })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Said by run(), in the same form as all other errors.
      outputError: () => undefined,
      getOutHasColors: () => style.color,
    });
  for (const child of command.commands) configure(child, io);
}

/** What Commander says, in the form of our other errors. */
function usageError(error: CommanderError, command: Command): WirelightError {
  const [what, suggestion] = error.message.replace(/^error: /, '').split('\n');
  const name = command.parent === null ? 'wirelight' : `wirelight ${command.name()}`;
  const next = suggestion?.replace(/^\(|\)$/g, '').toLowerCase() ?? `see ${name} --help`;
  return new WirelightError('usage', what, { next, exitCode: 2 });
}
