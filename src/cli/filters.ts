import type { Command } from 'commander';
import { type Field, fields } from '../model/filter/index.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import { type Io, widthOf } from './io.ts';
import { csvLine } from './records/csv.ts';
import { styleOf } from './style.ts';
import { textCell } from './table/cell.ts';
import type { Column } from './table/layout.ts';
import { Table } from './table/table.ts';

const columns: readonly Column[] = [
  { title: 'TERM', align: 'left', cut: 'end', rank: 1, least: 20, most: 44 },
  { title: 'MEANING', align: 'left', cut: 'end', rank: 2, least: 20, most: 56 },
  { title: 'VALUES', align: 'left', cut: 'end', rank: 3, least: 20, most: 120 },
];

const grammar = `A filter is terms with spaces between, all of which must hold:

  from:web to:checkout protocol:http status:5xx 'latency:>200ms' not port:53

  a,b          one of several values:        status:404,5xx
  *            any characters:               path:/api/*
  ..           a range, open at either end:  port:8000..8999  latency:200ms..
  < <= > >=    a comparison (quote it, the shell takes < and > for itself)
  not -        the term that follows must not hold
  or ( )       alternatives:                 (from:web or from:admin) is:failure
  "..."        text with spaces or colons:   path:"/a b"
  word         stands anywhere in the names, the operation or the status

Upper and lower case are alike. A value that is not known passes no term; x:* means that x is known.
Fields of one end (ip, port, name, process, ...) mean either end; from.ip and to.ip mean that end.
`;

/** `wirelight filters`: the filter language and its fields. */
export function filtersCommand(io: Io): Command {
  return newCommand([
    ['Every field with its values', 'wirelight filters'],
    ['For programs', 'wirelight filters -o json'],
  ])
    .description('Describes the filter language, which observe, top, read, the API and the web UI share.')
    .addOption(outputOption())
    .addHelpText('after', () => `\n${describe('table', io)}`)
    .action(({ output }: { output: OutputFormat }) => {
      io.stdout.write(describe(output, io));
    });
}

function describe(output: OutputFormat, io: Io): string {
  if (output === 'json') return `${JSON.stringify(fields.map(plain))}\n`;
  if (output === 'csv') return [...header(), ...fields.map((field) => csvLine(Object.values(plain(field))))].join('');
  const style = styleOf(io.stdout, io.env);
  // Those that begin with from. and to. are told by one sentence rather than by two dozen lines.
  const rows = fields
    .filter(({ name }) => !/^(from|to)\./.test(name))
    .map((field) => [
      textCell(`${field.name}:${field.example}`),
      textCell(field.summary),
      textCell(Object.keys(field.choices).join(', '), 'dim'),
    ]);
  const table = new Table(columns, widthOf(io.stdout), style, rows);
  return `${grammar}\n${[table.header(), ...rows.map((row) => table.row(row))].join('\n')}\n`;
}

function header(): string[] {
  return [csvLine(Object.keys(plain(fields[0])))];
}

function plain({ name, kind, aliases, summary, example, unit, choices }: Field): object {
  return { name, kind, aliases, summary, example, unit, choices: Object.keys(choices) };
}
