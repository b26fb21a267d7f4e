import type { Command } from 'commander';
import { WirelightError } from '../base/errors.ts';
import { parseDuration, parseMoment } from '../model/api.ts';
import { duration, rate, share } from '../model/format.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { ago } from './map.ts';
import { numberCell, numberColumn, textColumn } from './remote/cells.ts';
import { clientOf } from './remote/client.ts';
import { addRemoteOptions, type RemoteOptions } from './remote/options.ts';
import { showRows } from './show-rows.ts';
import { textCell } from './table/cell.ts';

interface DiffOptions extends RemoteOptions {
  readonly output: OutputFormat;
  readonly before: string;
  readonly after: string;
  readonly span: string;
  readonly all?: boolean;
}

/** `wirelight diff`: what changed between two times. */
export function diffCommand(io: Io): Command {
  const command = newCommand([
    ['What is different from an hour ago', 'wirelight diff --before 1h'],
    ['Before and after a deployment', 'wirelight diff --before 2026-11-22T16:00Z --after 2026-11-22T16:20Z --span 10m'],
  ])
    .description(
      'Compares the service graph of two times: edges that are new, gone, slower, chattier, or fail more often.',
    )
    .argument('[filter...]', 'which traffic to compare')
    .requiredOption('--before <time>', 'end of the earlier span: 1h (ago), or a moment')
    .option('--after <time>', 'end of the later span', 'now')
    .option('--span <time>', 'how long each span is', '15m')
    .option('--all', 'also what did not change')
    .addOption(outputOption());
  addRemoteOptions(command);
  return command.action(async (words: string[], options: DiffOptions) => {
    const now = Date.now();
    const length = parseDuration(options.span);
    const before = parseMoment(ago(options.before), now);
    const after = parseMoment(ago(options.after), now);
    if (length === undefined || before === undefined || after === undefined) {
      throw new WirelightError('bad_option', 'the times are not understood', {
        next: 'write for example --before 1h --after now --span 15m',
        exitCode: 2,
      });
    }
    const diff = await clientOf(options, io).get('graphDiff', {
      before_from: Math.round(before - length),
      before_to: Math.round(before),
      after_from: Math.round(after - length),
      after_to: Math.round(after),
      filter: words.join(' '),
    });
    const names = new Map(diff.nodes.map((node) => [node.id, node.name]));
    const rows = diff.edges
      .filter((edge) => options.all === true || edge.changes.length > 0)
      .map((edge) => ({
        changes: edge.changes.join(' ') || 'same',
        source_name: names.get(edge.source) ?? edge.source,
        destination_name: names.get(edge.destination) ?? edge.destination,
        protocol: edge.protocol,
        port: edge.port,
        rate_before: edge.before?.rate ?? null,
        rate_after: edge.after?.rate ?? null,
        p95_before_ns: edge.before?.p95_ns ?? null,
        p95_after_ns: edge.after?.p95_ns ?? null,
        errors_before:
          edge.before === null || edge.before.requests === 0 ? null : edge.before.errors / edge.before.requests,
        errors_after: edge.after === null || edge.after.requests === 0 ? null : edge.after.errors / edge.after.requests,
      }));
    showRows(
      io,
      options.output,
      {
        rows,
        columns: [
          textColumn('CHANGE', 1, 8, 30),
          textColumn('SOURCE', 1, 10),
          textColumn('DESTINATION', 1, 10),
          textColumn('PROTOCOL', 3),
          numberColumn('RATE', 2),
          numberColumn('→', 2),
          numberColumn('P95', 3),
          numberColumn('→', 3),
          numberColumn('ERRORS', 4),
          numberColumn('→', 4),
        ],
        cells: (row) => [
          textCell(row.changes, row.changes.includes('added') || row.changes.includes('faster') ? 'good' : 'warning'),
          textCell(row.source_name),
          textCell(row.destination_name),
          textCell(row.protocol || String(row.port)),
          numberCell(row.rate_before, rate),
          numberCell(row.rate_after, rate),
          numberCell(row.p95_before_ns, duration),
          numberCell(row.p95_after_ns, duration),
          numberCell(row.errors_before, share),
          numberCell(row.errors_after, share),
        ],
      },
      diff,
    );
  });
}
