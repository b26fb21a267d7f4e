import { setTimeout as sleep } from 'node:timers/promises';
import { WirelightError } from '../../base/errors.ts';
import { CaptureWriter } from '../../capture/packets/capture-writer.ts';
import { kernelProgram } from '../../capture/packets/kernel-filter.ts';
import { PacketCapture } from '../../capture/packets/packet-capture.ts';
import { PacketSocket, RETIRE_MILLISECONDS } from '../../capture/packets/packet-socket.ts';
import { compileFilter, type Filter, printFilter } from '../../model/filter/index.ts';
import { protocols } from '../../protocols/index.ts';
import type { CaptureCommandOptions } from '../capture.ts';
import type { Io } from '../io.ts';
import { type StopSignal, waitFor } from '../stop-signal.ts';
import { styleOf } from '../style.ts';
import { overEcho } from '../summary.ts';
import { version } from '../version.ts';
import { networkNamespaceOf } from './network-namespace.ts';
import { type OwnersSource, openOwners } from './owners.ts';
import { captureSummary } from './summary.ts';

/** Pauses between looks at the ring, in ms: short while packets come. */
const BUSY = 2;
const IDLE = 10;
const PROGRESS = 500;

/**
 * Captures until told to stop, then says what was written and lost.
 * @throws WirelightError `not_permitted`, `no_interface`, `no_namespace`, `capture_refused`, `cannot_write`, `not_a_capture`
 */
export async function capture(
  filter: Filter,
  options: CaptureCommandOptions,
  io: Io,
  stop: StopSignal,
  source: OwnersSource = openOwners,
): Promise<void> {
  checkOptions(options, io);
  const style = styleOf(io.stderr, io.env);
  const namespace = options.netns === undefined ? undefined : networkNamespaceOf(options.netns);
  const choosing = filter.type !== 'all' || filter.of.length > 0;
  using socket = new PacketSocket({
    program: kernelProgram(filter, options.snapLength, choosing),
    ringBytes: options.buffer,
    ...(options.interface === undefined ? {} : { interfaceName: options.interface }),
    ...(namespace === undefined ? {} : { namespace: namespace.path }),
  });
  const owners = await source(namespace);
  try {
    if (options.quiet !== true) for (const line of owners.notes) io.stderr.write(`${style.warning('note')}  ${line}\n`);
    const predicate = compileFilter(filter, owners.names);
    if (!predicate.passes.connections) throw nothingChosen(filter);
    const writer = new CaptureWriter({
      path: options.output,
      stream: io.stdout,
      application: `wirelight ${version()}`,
      ...(options.rotate === undefined ? {} : { rotateBytes: options.rotate }),
      ...(options.keep === undefined ? {} : { keepFiles: options.keep }),
    });
    const packets = new PacketCapture({
      socket,
      writer,
      owners: owners.owners,
      protocols,
      snapLength: options.snapLength,
      filterText: choosing ? printFilter(filter) : '',
      ...(choosing ? { filter: predicate } : {}),
      ...(options.count === undefined ? {} : { most: options.count }),
    });
    const started = performance.now();
    const sum = (more: { ended: boolean }) =>
      captureSummary(
        { packets, writer, statistics: socket.statistics(), milliseconds: performance.now() - started, ...more },
        style,
      );
    if (options.quiet !== true) {
      const where = options.interface ?? 'all interfaces';
      io.stderr.write(`${style.dim('capturing')} on ${where}, Ctrl-C ends\n`);
    }
    const progress = options.quiet === true ? undefined : showProgress(io, () => sum({ ended: false }));
    try {
      await pump(packets, writer, options, stop, started);
      if (!packets.complete) await drain(packets, socket, writer);
    } finally {
      clearInterval(progress);
      packets.finish();
      await writer.close(socket.statistics());
    }
    const { failure } = writer;
    if (options.quiet !== true) io.stderr.write(overEcho(io) + sum({ ended: true }));
    if (failure !== undefined && !isClosedPipe(failure)) throw cannotWrite(options.output, failure);
  } finally {
    await owners.close();
  }
}

/** Looks at the ring again and again, until it is told to stop, the time is up, or enough was written. */
async function pump(
  packets: PacketCapture,
  writer: CaptureWriter,
  options: CaptureCommandOptions,
  stop: StopSignal,
  started: number,
): Promise<void> {
  const until = options.duration === undefined ? Number.POSITIVE_INFINITY : started + options.duration;
  while (!stop.signal.aborted && !packets.complete && writer.failure === undefined) {
    const now = performance.now();
    const count = packets.poll(now);
    if (now >= until) return;
    await waitFor(stop.signal, Math.min(count > 0 ? BUSY : IDLE, until - now));
  }
}

/** What was captured before the end is in the ring, or will be in a moment. */
async function drain(packets: PacketCapture, socket: PacketSocket, writer: CaptureWriter): Promise<void> {
  socket.stop();
  const until = performance.now() + 3 * RETIRE_MILLISECONDS;
  while (!packets.complete && writer.failure === undefined) {
    const now = performance.now();
    if (packets.poll(now) === 0 && now > until) return;
    await sleep(BUSY);
  }
}

function showProgress(io: Io, text: () => string): NodeJS.Timeout | undefined {
  if (io.stderr.isTTY !== true) return undefined;
  return setInterval(() => io.stderr.write(`\r\x1b[K${text()}`), PROGRESS);
}

function checkOptions(options: CaptureCommandOptions, io: Io): void {
  const wrong = (what: string, next: string) => new WirelightError('usage', what, { next, exitCode: 2 });
  if (options.output === '-' && io.stdout.isTTY === true) {
    throw wrong('packets are not written to a terminal', 'name a file with -o, or pipe: ... -o - | wireshark -k -i -');
  }
  if (options.output === '-' && options.rotate !== undefined) {
    throw wrong('standard output cannot be rotated', 'name a file with -o');
  }
  if (options.keep !== undefined && options.rotate === undefined) {
    throw wrong('--keep needs --rotate', 'say how large a file may become: --rotate 100MB --keep 5');
  }
}

function nothingChosen(filter: Filter): WirelightError {
  return new WirelightError('bad_filter', 'no conversation can pass this filter', {
    why: `${printFilter(filter)} speaks of requests or events, and a capture chooses whole conversations`,
    next: 'filter by address, port, transport, process or container here, and by the rest with wirelight read',
    exitCode: 2,
  });
}

/** Whoever reads standard output has seen enough. */
function isClosedPipe(failure: Error): boolean {
  return 'code' in failure && failure.code === 'EPIPE';
}

function cannotWrite(path: string, cause: Error): WirelightError {
  return new WirelightError('cannot_write', `cannot go on writing ${path === '-' ? 'standard output' : path}`, {
    why: cause.message,
    next: 'what was written until then can be read; write to another place with -o',
    cause,
  });
}
