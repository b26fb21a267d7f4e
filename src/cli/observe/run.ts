import { compileFilter, type Filter, mentions } from '../../model/filter/index.ts';
import { agentOptionsOf } from '../capture-options.ts';
import { type Io, widthOf } from '../io.ts';
import type { ObserveOptions } from '../observe.ts';
import { OutputQueue } from '../output-queue.ts';
import { makeLines } from '../records/make-lines.ts';
import { RecentLines } from '../records/recent-lines.ts';
import { allChanges, RecordPrinter } from '../records/record-printer.ts';
import { type Settling, settleOpenings } from '../records/settle-openings.ts';
import { TableLines } from '../records/table-lines.ts';
import { type StartAgent, startLiveAgent, type Watching } from '../start-agent.ts';
import { type StopSignal, waitFor } from '../stop-signal.ts';
import { styleOf } from '../style.ts';
import { overEcho, summaryText } from '../summary.ts';

/** Lines that `--since` keeps where `--last` does not say how many. */
const mostRecent = 100_000;
/** How long it is waited for the kernel to say whose a new connection is. */
const settlingTime = 250;

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
  let settling: Settling | undefined;
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
    settling = settleOpenings(printer, settlingTime);
    return settling;
  });
  try {
    sayMissing(agent, io, options);
    await waitFor(stop.signal, options.duration);
  } finally {
    await agent.stop();
    settling?.flush();
  }
  for (const line of keeps ? recent.lines() : []) output.push(line);
  await output.flush();
  if (options.quiet === true || printer === undefined) return;
  const losses = new Map([...agent.losses(), ['output_queue_full', output.refused]]);
  const nanoseconds = (performance.now() - started) * 1e6;
  io.stderr.write(overEcho(io) + summaryText({ counts: printer.counts, nanoseconds, losses }, style));
}

/** What this kernel cannot show is said before anything is shown. */
function sayMissing(agent: Watching, io: Io, options: ObserveOptions): void {
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
