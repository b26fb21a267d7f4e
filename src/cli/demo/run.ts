import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { WirelightError } from '../../base/errors.ts';
import {
  cgroupNames,
  clean,
  type DemoStatus,
  demoDirectory,
  Faults,
  faults,
  leftovers,
  listenForOrders,
  makeGroup,
  ownMark,
  passable,
  places,
  provide,
  requireParts,
  runningDemo,
  type Shop,
  startShop,
} from '../../demo/index.ts';
import { quantityText, rate, share } from '../../model/format.ts';
import type { DemoOptions } from '../demo.ts';
import type { Io } from '../io.ts';
import { clientOf } from '../remote/client.ts';
import { read } from '../remote/find-server.ts';
import { errorText } from '../report-error.ts';
import { ExitCode } from '../run.ts';
import { type StopSignal, stopOnSignals, waitFor } from '../stop-signal.ts';
import { type Style, styleOf } from '../style.ts';
import { overEcho } from '../summary.ts';
import { listen } from '../top/keyboard.ts';
import { DrawnScreen } from '../top/screen.ts';
import { placesIn, usualDataDirectory } from '../up/data-directory.ts';
import { type Running, startHere } from '../up/run.ts';
import { NeverReady } from '../up/supervise.ts';
import { demoLines, keysLine } from './view.ts';

type Say = (line: string) => void;
/** Where messages go: to standard error, and into the picture while one is drawn. */
interface Voice {
  say: Say;
}

/** Runs the demo until it is told to stop, and removes all that it has made. */
export async function demo(options: DemoOptions, io: Io): Promise<void> {
  requireRoot();
  const voice: Voice = { say: (line) => void io.stderr.write(`wirelight: ${line}\n`) };
  const say: Say = (line) => voice.say(line);
  if (refuseSecond().length > 0) say('removing what an earlier demo has left');
  await clean();
  provide(say);
  requireParts();
  passable(demoDirectory);
  writeFileSync(places.pid, ownMark());
  using stop = stopOnSignals();
  let wirelight: Running | undefined;
  let shop: Shop | undefined;
  try {
    makeGroup('shop');
    const address = await runningWirelight(options, io);
    if (address === undefined) wirelight = await startWirelight(options, stop, say);
    const url = address ?? wirelight?.url ?? '';
    if (options.output === 'table') io.stdout.write(`Open ${url}\n`);
    if (!stop.signal.aborted) {
      say('starting the shop');
      shop = await startShop(say, stop.signal);
    }
    if (shop !== undefined && !stop.signal.aborted) await live(shop, url, options, io, stop, voice);
  } catch (error) {
    // What ended has said why.
    if (error instanceof NeverReady) throw new ExitCode(error.code);
    throw error;
  } finally {
    io.stderr.write(overEcho(io));
    say('ending the shop, and removing all that was made');
    await shop?.stop();
    await wirelight?.stop();
    await clean();
  }
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new WirelightError('not_permitted', 'the demo needs root', {
    why: 'it makes network namespaces and cgroups, and its Wirelight watches from inside the kernel',
    next: 'run it with sudo: sudo wirelight demo',
  });
}

/** Removes what a demo that was killed has left. Gives what that was. @throws WirelightError `demo_runs` */
export async function removeLeftovers(): Promise<string[]> {
  requireRoot();
  const found = refuseSecond();
  await clean();
  return found;
}

/** What is left of an earlier demo. @throws WirelightError `demo_runs` where one still runs */
function refuseSecond(): string[] {
  const pid = runningDemo();
  if (pid === undefined) return leftovers();
  throw new WirelightError('demo_runs', `a demo runs on this host already, as process ${pid}`, {
    next: 'see it with: sudo wirelight demo status; end it with Ctrl-C in its terminal, or: kill PID',
  });
}

/** Address of a Wirelight that watches this host: the one that was named, or the one with the usual data. */
async function runningWirelight(options: DemoOptions, io: Io): Promise<string | undefined> {
  if (options.server !== undefined) return options.server;
  const local = placesIn(usualDataDirectory(io.env));
  if (read(local.address) === undefined) return undefined;
  try {
    const client = clientOf({ data: usualDataDirectory(io.env) }, { env: {} });
    await client.get('health');
    const token = read(local.token);
    return `${client.url}/${token === undefined ? '' : `?token=${token}`}`;
  } catch {
    return undefined; // it was killed and its address has stayed
  }
}

async function startWirelight(options: DemoOptions, stop: StopSignal, say: Say): Promise<Running> {
  const { host, port } = options.listen ?? { host: '127.0.0.1', port: await freePort(7575) };
  mkdirSync(places.data, { recursive: true, mode: 0o711 });
  say('starting Wirelight');
  let ready = false;
  const running = await startHere(
    {
      server: [
        '--data',
        places.data,
        '--listen',
        host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
        '--memory',
        '700MB',
      ],
      agent: ['--data', places.data, ...(options.all === true ? [] : ['--cgroup', cgroupNames.shop])],
    },
    stop,
    say,
    undefined,
    (line) => {
      appendFileSync(places.log, `${line}\n`);
      // What the store's engine writes of its own accord is for the log alone.
      if (line.startsWith('wirelight') || !ready) say(line.replace(/^wirelight:? ?/, ''));
    },
  );
  ready = true;
  return running;
}

/** The port where nobody has it, else 0: any. */
function freePort(port: number): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(0));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}

/** Shows how the shop is and takes orders, until told to stop. */
async function live(
  shop: Shop,
  url: string,
  options: DemoOptions,
  io: Io,
  stop: StopSignal,
  voice: Voice,
): Promise<void> {
  const broken = new Faults(shop);
  const status = (): DemoStatus => ({
    url,
    pid: process.pid,
    services: shop.services.map(({ name, state, pid }) => ({ name, state, pid: pid ?? null })),
    requests_per_second: shop.load.rate,
    failed_per_second: shop.load.failed,
    p95_ns: shop.load.p95,
    broken: faults.map(({ name }) => name).filter((name) => broken.has(name)),
  });
  using _orders = await listenForOrders({
    status,
    break: (name) => broken.break(name),
    heal: (name) => broken.heal(name),
  });
  const style = styleOf(io.stdout, io.env);
  if (options.output !== 'table') await tell(status, io, stop);
  else if (io.stdout.isTTY === true) await draw(status, broken, io, stop, style, voice);
  else await print(status, io, stop);
}

/** In a terminal: in place, with keys. */
async function draw(
  status: () => DemoStatus,
  broken: Faults,
  io: Io,
  stop: StopSignal,
  style: Style,
  voice: Voice,
): Promise<void> {
  using screen = new DrawnScreen(io.stdout);
  const rates: number[] = [];
  let trouble = '';
  const lines = (): string[] => demoLines(status(), rates, screen.size.columns, style);
  const redraw = (): void =>
    screen.draw([...lines(), '', keysLine(screen.size.columns, style), ...trouble.split('\n')]);
  const then = (work: Promise<void>): void => {
    trouble = '';
    redraw();
    work.then(redraw, (error) => {
      trouble = errorText(error, style).trimEnd();
      redraw();
    });
  };
  using _keys = listen(io.stdin, (key) => {
    if (key.type === 'key' && key.name === 'interrupt') stop.stop();
    if (key.type !== 'text') return;
    const fault = faults.find((one) => one.key === key.text);
    if (key.text === 'q') stop.stop();
    else if (key.text === 'h') then(broken.heal());
    else if (fault !== undefined) then(broken.toggle(fault.name));
  });
  const { say } = voice;
  voice.say = (line) => {
    trouble = line;
    redraw();
  };
  const timer = setInterval(() => {
    rates.push(status().requests_per_second);
    if (rates.length > 40) rates.shift();
    redraw();
  }, 1000);
  io.stdout.on('resize', redraw);
  redraw();
  await waitFor(stop.signal);
  voice.say = say;
  clearInterval(timer);
  io.stdout.off('resize', redraw);
  screen.leaveBehind(lines());
}

/** Into a file or a pipe: a line when something changes, and one every ten seconds. */
async function print(status: () => DemoStatus, io: Io, stop: StopSignal): Promise<void> {
  io.stdout.write('The shop runs. Break it with: sudo wirelight demo break slow-database\n');
  let before = '';
  let silent = 0;
  const timer = setInterval(() => {
    const { broken, requests_per_second: made, failed_per_second: failed, services } = status();
    const ended = services.filter(({ state }) => state === 'ended').map(({ name }) => name);
    const now = [
      broken.length === 0 ? 'all is whole' : `broken: ${broken.join(', ')}`,
      ...(ended.length === 0 ? [] : [`ended: ${ended.join(', ')}`]),
    ].join('; ');
    silent++;
    if (made === 0 || (now === before && silent < 10)) return;
    silent = 0;
    before = now;
    io.stdout.write(`${quantityText(rate(made))}, ${quantityText(share(failed / made))} failed; ${now}\n`);
  }, 1000);
  await waitFor(stop.signal);
  clearInterval(timer);
}

/** For programs: how it is, once a second, one JSON object a line. */
async function tell(status: () => DemoStatus, io: Io, stop: StopSignal): Promise<void> {
  const timer = setInterval(() => io.stdout.write(`${JSON.stringify(status())}\n`), 1000);
  await waitFor(stop.signal);
  clearInterval(timer);
}
