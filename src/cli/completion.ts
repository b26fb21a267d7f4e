import { Argument, type Command } from 'commander';
import { newCommand } from './command.ts';
import { commands } from './commands.ts';
import type { Io } from './io.ts';

/** `wirelight completion SHELL`: what makes the tab key complete commands and options. */
export function completionCommand(io: Io): Command {
  return newCommand([
    ['For this shell', 'source <(wirelight completion bash)'],
    ['For good', 'wirelight completion fish > ~/.config/fish/completions/wirelight.fish'],
  ])
    .description('Prints what makes the tab key complete commands and options.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const all = await describe(io);
      io.stdout.write(shell === 'fish' ? fishText(all) : shell === 'zsh' ? zshText(all) : bashText(all));
    });
}

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly {
    readonly long: string;
    readonly description: string;
    readonly choices: readonly string[];
  }[];
}

async function describe(io: Io): Promise<Described[]> {
  return await Promise.all(
    commands.map(async ({ name, summary, load }) => ({
      name,
      summary,
      options:
        name === 'completion'
          ? []
          : (await load(io)).options.map((option) => ({
              long: option.long ?? '',
              description: option.description,
              choices: option.argChoices ?? [],
            })),
    })),
  );
}

function bashText(all: readonly Described[]): string {
  const cases = all.map(
    ({ name, options }) => `    ${name}) options="${options.map(({ long }) => long).join(' ')} --help" ;;`,
  );
  const choices = new Map(
    all.flatMap(({ options }) =>
      options.filter(({ choices }) => choices.length > 0).map(({ long, choices }) => [long, choices] as const),
    ),
  );
  return `# bash completion of wirelight
_wirelight() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} options=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${all.map(({ name }) => name).join(' ')} help" -- "$word"))
    return
  fi
  case "$before" in
${[...choices].map(([long, words]) => `    ${long}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word")); return ;;`).join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -F _wirelight wirelight
`;
}

function zshText(all: readonly Described[]): string {
  const safe = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&');
  return `#compdef wirelight
_wirelight() {
  local -a commands
  commands=(
${all.map(({ name, summary }) => `    '${name}:${safe(summary)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${all
  .map(
    ({ name, options }) =>
      `    ${name}) _arguments ${options.map(({ long, description, choices }) => `'${long}[${safe(description)}]${choices.length > 0 ? `:value:(${choices.join(' ')})` : ''}'`).join(' ')} '*:file:_files' ;;`,
  )
  .join('\n')}
  esac
}
compdef _wirelight wirelight
`;
}

function fishText(all: readonly Described[]): string {
  const safe = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return `${[
    '# fish completion of wirelight',
    ...all.map(
      ({ name, summary }) => `complete -c wirelight -n __fish_use_subcommand -a ${name} -d '${safe(summary)}'`,
    ),
    ...all.flatMap(({ name, options }) =>
      options.map(
        ({ long, description, choices }) =>
          `complete -c wirelight -n '__fish_seen_subcommand_from ${name}' -l ${long.replace(/^--/, '')} -d '${safe(description)}'${choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : ''}`,
      ),
    ),
  ].join('\n')}\n`;
}
