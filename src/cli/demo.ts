import type { Command } from 'commander';
import { type DemoStatus, faultNames, faults, order } from '../demo/index.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import { demoLines } from './demo/view.ts';
import { type Io, widthOf } from './io.ts';
import { addressOf } from './serve.ts';
import { styleOf } from './style.ts';

/** Options of `wirelight demo`. */
export interface DemoOptions {
  readonly server?: string;
  readonly listen?: { readonly host: string; readonly port: number };
  readonly all?: boolean;
  readonly output: OutputFormat;
}

interface Answer {
  readonly output: OutputFormat;
}

/** `wirelight demo`: a small shop of real services to look at and to break. */
export function demoCommand(io: Io): Command {
  const command = newCommand([
    ['Start a shop and Wirelight, and see the map of it within a minute', 'sudo wirelight demo'],
    [
      'Break something, from another terminal, and heal it',
      'sudo wirelight demo break slow-database\n  sudo wirelight demo heal',
    ],
    ['Remove what a demo that was killed has left', 'sudo wirelight demo clean'],
  ])
    .description(
      'Runs a small shop of real services (nginx, node, Python, PostgreSQL, Redis, NATS, dnsmasq) with steady load, each in a network namespace and a cgroup of its own, and Wirelight to watch it where none runs yet. Keys, or the commands below from another terminal, break and heal it. Nothing is left when it ends.',
    )
    .enablePositionalOptions()
    .option('--server <url>', 'a Wirelight that watches this host already, where it is not the one with the usual data')
    .option('--listen <host:port>', 'where pages and API are served (127.0.0.1:7575, or any free port)', addressOf)
    .option('--all', 'watch everything on this host, not the shop alone')
    .addOption(outputOption(['table', 'json']))
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./demo/run.ts');
      await demo(options, io);
    });
  const show = (status: DemoStatus, { output }: Answer): void => {
    if (output === 'json') io.stdout.write(`${JSON.stringify(status)}\n`);
    else io.stdout.write(`${demoLines(status, [], widthOf(io.stdout), styleOf(io.stdout, io.env)).join('\n')}\n`);
  };
  const told = (name: string, examples: [string, string][]): Command => {
    const one = newCommand(examples)
      .name(name)
      .addOption(outputOption(['table', 'json']));
    command.addCommand(one);
    return one;
  };
  const list = faults.map(({ name, what }) => `  ${name.padEnd(15)} ${what}`).join('\n');
  told('break', [['Make the database slow', 'sudo wirelight demo break slow-database']])
    .summary('break something in the shop of the running demo')
    .description('Breaks something in the shop of the demo that runs on this host.')
    .argument('<what>', faultNames.join(', '))
    .addHelpText('after', `\nWhat can be broken:\n${list}`)
    .action(async (what: string, options: Answer) => show(await order('break', what), options));
  told('heal', [['Heal everything', 'sudo wirelight demo heal']])
    .summary('heal it, or everything where nothing is named')
    .description('Heals what is broken in the shop of the demo that runs on this host.')
    .argument('[what]', faultNames.join(', '))
    .action(async (what: string | undefined, options: Answer) => show(await order('heal', what), options));
  told('status', [['For a script', 'sudo wirelight demo status --output json']])
    .summary('show what runs and what is broken')
    .description('Shows the services of the running demo, their load, and what is broken.')
    .action(async (options: Answer) => show(await order(), options));
  command.addCommand(
    newCommand([['After a demo was killed', 'sudo wirelight demo clean']])
      .name('clean')
      .summary('remove what a demo that was killed has left')
      .description('Ends the processes of a demo that was killed, and removes its namespaces, cgroups and files.')
      .addOption(outputOption(['table', 'json']))
      .action(async (options: Answer) => {
        const { removeLeftovers } = await import('./demo/run.ts');
        const removed = await removeLeftovers();
        if (options.output === 'json') io.stdout.write(`${JSON.stringify({ removed })}\n`);
        else if (removed.length === 0) io.stdout.write('Nothing was left.\n');
        else io.stdout.write(`Removed:\n${removed.map((one) => `  ${one}`).join('\n')}\n`);
      }),
  );
  return command;
}
