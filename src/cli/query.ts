import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { SqlValue } from '../model/api.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { countOf } from './option-values.ts';
import { csvLine } from './records/csv.ts';
import { textColumn } from './remote/cells.ts';
import { clientOf } from './remote/client.ts';
import { addRemoteOptions, type RemoteOptions } from './remote/options.ts';
import { showRows } from './show-rows.ts';
import { textCell } from './table/cell.ts';

interface QueryCommandOptions extends RemoteOptions {
  readonly output: OutputFormat;
  readonly limit: number;
}

/** `wirelight query SQL`. */
export function queryCommand(io: Io): Command {
  const command = newCommand([
    [
      'Which operations fail most',
      'wirelight query "SELECT operation, count() AS n FROM requests WHERE error AND time > now() - INTERVAL 1 HOUR GROUP BY operation ORDER BY n DESC LIMIT 10"',
    ],
    ['A statement from a file, as CSV', 'wirelight query -o csv - < statement.sql'],
  ])
    .description('Runs a statement of SQL (ClickHouse) that reads: requests, flows, events, edges_1m, entities, ...')
    .argument('<sql>', 'the statement; - reads it from standard input')
    .addOption(outputOption())
    .option('-n, --limit <n>', 'rows at most', countOf('--limit'), 10_000);
  addRemoteOptions(command);
  return command.action(async (sql: string, options: QueryCommandOptions) => {
    const statement = sql === '-' ? readFileSync(0, 'utf8') : sql;
    const answer = await clientOf(options, io).post('query', { sql: statement, limit: options.limit });
    const names = answer.columns.map(({ name }) => name);
    if (options.output === 'csv') {
      io.stdout.write(csvLine(names));
      for (const row of answer.rows) io.stdout.write(csvLine(row.map(plain)));
    } else if (options.output === 'json') {
      for (const row of answer.rows) {
        io.stdout.write(`${JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]])))}\n`);
      }
    } else {
      showRows(io, 'table', {
        rows: answer.rows,
        columns: names.map((name, i) => textColumn(name, i + 1, 4, 80)),
        cells: (row) => row.map((value) => textCell(String(plain(value)))),
      });
    }
    if (answer.truncated)
      io.stderr.write(`wirelight: there are more rows than ${options.limit}; ask for more with --limit\n`);
  });
}

function plain(value: SqlValue): string | number {
  if (typeof value === 'number' || typeof value === 'string') return value;
  return value === null ? '' : typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}
