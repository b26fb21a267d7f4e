import { type Command, Option } from 'commander';
import type { Agent } from '../agent/types.ts';
import { compileFilter, type Filter, mentions } from '../model/filter/index.ts';
import { addCaptureOptions, agentOptionsOf, type CaptureOptions } from './capture-options.ts';
import { countOf, millisecondsOf, newCommand, type OutputFormat, outputOption } from './command.ts';
import { addFilterOptions } from './filter-options.ts';
import type { Io } from './io.ts';
import { widthOf } from './io.ts';
import { OutputQueue } from './output-queue.ts';
import { makeLines } from './records/make-lines.ts';
import { RecentLines } from './records/recent-lines.ts';
import type { Shown } from './records/record-lines.ts';
import { allChanges, RecordPrinter } from './records/record-printer.ts';
import { shownOf } from './records/shown.ts';
import { TableLines } from './records/table-lines.ts';
import { type StartAgent, startLiveAgent } from './start-agent.ts';
import { type StopSignal, stopOnSignals, waitFor } from './stop-signal.ts';
import { styleOf } from './style.ts';
import { overEcho, summaryText } from './summary.ts';

export interface ObserveOptions extends CaptureOptions {
  readonly output: OutputFormat;
  readonly show: Shown;
  readonly follow?: boolean;
  readonly last?: number;
  readonly since?: number;
  readonly limit?: number;
  readonly duration?: number;
  readonly quiet?: boolean;
}

/** Lines that `--since` keeps where `--last` does not say how many. */
const mostRecent = 100_000;

/** `wirelight observe`: requests, connections and events of this host as they happen. */
export function observeCommand(io: Io): Command {
  const command = newCommand([
    ['Every request of this host as it happens', 'sudo wirelight observe'],
    [
      'What fails or is slow on the way to checkout',
      "sudo wirelight observe to:checkout 'status:error or latency:>200ms'",
    ],
    [
      'The same with options, as with Hubble',
      'sudo wirelight observe --to checkout --http-status 5xx --not --port 8080',
    ],
    ['DNS queries that fail, as JSON lines', 'sudo wirelight observe protocol:dns status:error -o json'],
    [
      'Connections that could not be made, and drops with the reason',
      'sudo wirelight observe --show connections,events is:failure',
    ],
    [
      'The last 100 requests of the coming minute, slow ones only',
      'sudo wirelight observe --duration 1m --last 100 --latency-over 50ms',
    ],
  ])
    .description(
      'Shows requests, connections and events of this host as they happen. FILTER is written in the filter language (see wirelight filters).',
    )
    .argument('[filter...]', "which records to show: from:web 'latency:>200ms' not port:53")
    .addOption(
      new Option('-s, --show <kinds>', 'requests, connections, events, all; several with commas')
        .argParser(shownOf)
        .default(shownOf('requests'), 'requests'),
    )
    .addOption(outputOption())
    .option('-f, --follow', 'show each record as it comes; this is so unless --last or --since is given')
    .option('--last <n>', 'when it ends, show the last n that were seen', countOf('--last'))
    .option('--since <time>', 'when it ends, show those of this last stretch of time', millisecondsOf('--since'))
    .option('-n, --limit <n>', 'end after n records', countOf('--limit'))
    .option('-d, --duration <time>', 'end after this time', millisecondsOf('--duration'))
    .option('-q, --quiet', 'no summary at the end');
  addCaptureOptions(command);
  const filters = addFilterOptions(command);
  return command.action(async (words: string[], options: ObserveOptions) => {
    using stop = stopOnSignals();
    await observe(filters.build(words), options, io, stop);
  });
}

/** Observes until told to stop, then says what was seen and lost. */
export async function observe(
  filter: Filter,
  options: ObserveOptions,
  io: Io,
  stop: StopSignal,
  startAgent: StartAgent = startLiveAgent,
): Promise<void> {
  const style = styleOf(io.stderr, io.env);
  const output = new OutputQueue(io.stdout, stop.stop);
  const keeps = options.follow !== true && (options.last !== undefined || options.since !== undefined);
  const recent = new RecentLines(options.last ?? mostRecent, options.since);
  const started = performance.now();
  let printer: RecordPrinter | undefined;
  const agent = await startAgent(agentOptionsOf(options), (around) => {
    const lines = makeLines(options.output, options.show, around, io);
    output.push(lines.header());
    followWidth(io, lines, output, stop.signal);
    printer = new RecordPrinter({
      lines,
      output: keeps ? recent : output,
      shown: options.show,
      predicate: compileFilter(filter, around.names),
      ...(mentions(filter, 'change') ? { changes: allChanges } : {}),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      onLimit: stop.stop,
    });
    return printer;
  });
  try {
    sayMissing(agent, io, options);
    await waitFor(stop.signal, options.duration);
  } finally {
    await agent.stop();
  }
  for (const line of keeps ? recent.lines() : []) output.push(line);
  await output.flush();
  if (options.quiet === true || printer === undefined) return;
  const losses = new Map([...agent.losses(), ['output_queue_full', output.refused]]);
  const nanoseconds = (performance.now() - started) * 1e6;
  io.stderr.write(overEcho(io) + summaryText({ counts: printer.counts, nanoseconds, losses }, style));
}

/** What this kernel cannot show is said before anything is shown. */
function sayMissing(agent: Agent, io: Io, options: ObserveOptions): void {
  if (options.quiet === true) return;
  const style = styleOf(io.stderr, io.env);
  for (const { concern, lost, why } of agent.missing) {
    io.stderr.write(`${style.warning('not seen')}  ${lost} (${concern}: ${why})\n`);
  }
}

/** A terminal that changes its width gets the titles again. */
function followWidth(io: Io, lines: unknown, output: OutputQueue, signal: AbortSignal): void {
  if (!(lines instanceof TableLines) || io.stdout.isTTY !== true) return;
  const onResize = (): void => {
    lines.resize(widthOf(io.stdout));
    output.push(lines.header());
  };
  io.stdout.on('resize', onResize);
  signal.addEventListener('abort', () => io.stdout.off('resize', onResize));
}
