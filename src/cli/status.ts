import type { Command } from 'commander';
import { quantityText, rate, share, size } from '../model/format.ts';
import { newCommand, type OutputFormat, outputOption } from './command.ts';
import type { Io } from './io.ts';
import { numberCell, numberColumn, textColumn } from './remote/cells.ts';
import { clientOf } from './remote/client.ts';
import { addRemoteOptions, type RemoteOptions } from './remote/options.ts';
import { ExitCode } from './run.ts';
import { showRows } from './show-rows.ts';
import { styleOf } from './style.ts';
import { textCell } from './table/cell.ts';

interface StatusOptions extends RemoteOptions {
  readonly output: OutputFormat;
}

/** `wirelight status`: how the server and its agents are. Exit code 1 where something is wrong. */
export function statusCommand(io: Io): Command {
  const command = newCommand([
    ['How the server of this host is', 'sudo wirelight status'],
    ['The same for a script', 'wirelight status -o json --server https://wirelight.example'],
  ])
    .description('Shows the server, its agents, how far behind they are, what was lost, and how much room is left.')
    .addOption(outputOption(['table', 'json']));
  addRemoteOptions(command);
  return command.action(async (options: StatusOptions) => {
    const client = clientOf(options, io);
    const [health, { items }, losses] = [
      await client.get('health'),
      await client.get('agents'),
      await client.get('losses', { from: '-1h' }),
    ];
    if (options.output === 'json') io.stdout.write(`${JSON.stringify({ ...health, agents: items, losses })}\n`);
    else {
      const style = styleOf(io.stdout, io.env);
      const word =
        health.status === 'ok'
          ? style.good('ok')
          : health.status === 'degraded'
            ? style.warning('degraded')
            : style.error('failing');
      const { store, ingest } = health;
      io.stdout.write(
        `${style.strong('server')}  ${word}, version ${health.version}, since ${health.started.slice(0, 19)}Z, ${quantityText(size(health.memory.rss))} of memory\n` +
          `${style.strong('store')}   ${quantityText(size(store.bytes))} in ${store.rows.toLocaleString('en')} rows, ${store.disk_free === null ? 'unknown' : quantityText(size(store.disk_free))} free, oldest ${store.oldest?.slice(0, 19) ?? 'nothing'}\n` +
          `${style.strong('ingest')}  ${quantityText(rate(ingest.rate))} rows, ${ingest.blocks} blocks, ${ingest.repeated} repeated, ${ingest.quarantined} refused\n` +
          `${style.strong('lost')}    ${losses.total} in the last hour\n\n`,
      );
      showRows(io, 'table', {
        rows: items,
        columns: [
          textColumn('HOST', 1),
          textColumn('STATE', 2),
          textColumn('VERSION', 5),
          textColumn('KERNEL', 6),
          numberColumn('LAG', 3),
          numberColumn('WAITING', 4),
          numberColumn('LOST', 3),
          numberColumn('CPU', 5),
          numberColumn('MEMORY', 5),
        ],
        cells: (agent) => [
          textCell(agent.host || agent.id),
          textCell(agent.connected ? 'connected' : 'silent', agent.connected ? 'good' : 'error'),
          textCell(agent.version),
          textCell(agent.kernel),
          textCell(`${(agent.lag_ms / 1000).toFixed(1)} s`),
          numberCell(agent.spool.bytes, size),
          textCell(String(Object.values(agent.losses).reduce((a, b) => a + b, 0))),
          numberCell(agent.cpu_ratio, share),
          numberCell(agent.rss, size),
        ],
      });
      for (const problem of health.problems) {
        io.stdout.write(
          `\n${problem.severity === 'critical' ? style.error('!') : style.warning('!')} ${problem.what}\n  ${style.dim('next')} ${problem.next}\n`,
        );
      }
    }
    if (health.status === 'failing') throw new ExitCode(1);
  });
}
