import type { EpochNanos } from '../../base/units.ts';
import { compileFilter, type Filter } from '../../model/filter/index.ts';
import type { Names } from '../../model/names.ts';
import { agentOptionsOf } from '../capture-options.ts';
import { type Io, widthOf } from '../io.ts';
import { OutputQueue } from '../output-queue.ts';
import { type StartAgent, startLiveAgent, type Watching } from '../start-agent.ts';
import { type StopSignal, waitFor } from '../stop-signal.ts';
import { styleOf } from '../style.ts';
import { overEcho, summaryText } from '../summary.ts';
import type { TopOptions } from '../top.ts';
import { type EdgeRow, sortRows } from './columns.ts';
import { EdgeTable } from './edge-table.ts';
import { listen } from './keyboard.ts';
import { edgeCsvHeader, edgeLines, edgeTableText } from './lines.ts';
import { DrawnScreen } from './screen.ts';
import { TopView } from './view.ts';

/** Shows edges until told to stop. */
export async function top(
  filter: Filter,
  options: TopOptions,
  io: Io,
  stop: StopSignal,
  startAgent: StartAgent = startLiveAgent,
): Promise<void> {
  const started = performance.now();
  const window = options.window / 1000;
  const second = () => Math.floor((performance.now() - started) / 1000);
  let table: EdgeTable | undefined;
  const agent = await startAgent(agentOptionsOf(options), ({ names }) => {
    table = new EdgeTable(names, compileFilter(filter, names), window, second);
    return table;
  });
  if (table === undefined) throw new Error('the agent took no sink');
  const watch: Watch = { agent, names: agent.names, table, window, second, options, io, stop };
  const live = io.stdout.isTTY === true && options.output === 'table' && options.once !== true;
  let refused = 0;
  try {
    refused = live ? await draw(watch, filter) : await print(watch);
  } finally {
    await agent.stop();
  }
  if (options.quiet === true) return;
  const losses = new Map([...lossesOf(watch), ['output_queue_full', refused]]);
  const nanoseconds = (performance.now() - started) * 1e6;
  const summary = summaryText({ counts: table.counts, nanoseconds, losses }, styleOf(io.stderr, io.env));
  io.stderr.write(overEcho(io) + summary);
}

interface Watch {
  readonly agent: Watching;
  readonly names: Names;
  readonly table: EdgeTable;
  /** In seconds. */
  readonly window: number;
  /** The running second. */
  readonly second: () => number;
  readonly options: TopOptions;
  readonly io: Io;
  readonly stop: StopSignal;
}

/** Edges on which something happened in the window, or that have open connections. */
function rowsOf({ table, window, second, options }: Watch): EdgeRow[] {
  const now = second();
  // In the beginning there is less than a window to speak of.
  const length = Math.max(1, Math.min(window, now));
  const time = (BigInt(Date.now()) * 1_000_000n) as EpochNanos;
  const rows: EdgeRow[] = [];
  for (const edge of table.edges()) {
    if (edge.lastSecond < now - length && edge.connections <= 0) continue;
    rows.push({ record: edge.record(now, length, time), trend: edge.trend(now, window) });
  }
  return options.limit === undefined ? rows : sortRows(rows, options.sort, false).slice(0, options.limit);
}

function lossesOf({ agent, table }: Watch): ReadonlyMap<string, number> {
  return new Map([...agent.losses(), ['edges_refused', table.edgesRefused]]);
}

/** Draws in place until told to stop. */
async function draw(watch: Watch, filter: Filter): Promise<number> {
  const { io, stop, options, table, names } = watch;
  const style = styleOf(io.stdout, io.env);
  const view = new TopView(options.sort, filter);
  using screen = new DrawnScreen(io.stdout);
  const redraw = (): void => screen.draw(view.lines(watch.window, lossesOf(watch), screen.size, style));
  const update = (): void => {
    view.update(rowsOf(watch));
    redraw();
  };
  using _keys = listen(io.stdin, (key) => {
    const wish = view.press(key);
    if (wish === 'stop') stop.stop();
    else if (wish === 'filter') table.filter(compileFilter(view.filter, names));
    if (wish !== 'nothing' && wish !== 'stop') redraw();
  });
  const onResize = (): void => {
    view.resized();
    redraw();
  };
  io.stdout.on('resize', onResize);
  const timer = setInterval(update, options.interval);
  update();
  await waitFor(stop.signal, options.duration);
  clearInterval(timer);
  io.stdout.off('resize', onResize);
  view.update(rowsOf(watch));
  const { columns, rows } = screen.size;
  screen.leaveBehind(view.lines(watch.window, lossesOf(watch), { columns, rows: rows - 3 }, style, true));
  return 0;
}

/** Prints one block an interval, or one at the end. Gives the number of lines that the reader was too slow for. */
async function print(watch: Watch): Promise<number> {
  const { io, stop, options } = watch;
  const output = new OutputQueue(io.stdout, stop.stop);
  const style = styleOf(io.stdout, io.env);
  const show = (): void => {
    const rows = rowsOf(watch);
    if (options.output === 'table') output.push(edgeTableText(rows, options.sort, widthOf(io.stdout), style));
    else for (const line of edgeLines(rows, options.sort, options.output)) output.push(line);
  };
  if (options.output === 'csv') output.push(edgeCsvHeader());
  if (options.once === true) {
    await waitFor(stop.signal, options.duration ?? options.window + 1000);
    show();
  } else {
    const timer = setInterval(show, options.interval);
    await waitFor(stop.signal, options.duration);
    clearInterval(timer);
  }
  await output.flush();
  return output.refused;
}
