import { WirelightError } from '../../base/errors.ts';
import { toEpoch } from '../../base/units.ts';
import { captureBytes } from '../../capture/pcap/capture-input.ts';
import { type CaptureReading, newCaptureReading } from '../../capture/pcap/read-capture.ts';
import type { CaptureSink } from '../../capture/sink.ts';
import { RecordedNames } from '../../identity/index.ts';
import { compileFilter, type Filter, mentions } from '../../model/filter/index.ts';
import { eachAnswer } from '../../protocols/dns/index.ts';
import { protocols } from '../../protocols/index.ts';
import type { Io } from '../io.ts';
import { OutputQueue } from '../output-queue.ts';
import type { ReadOptions } from '../read.ts';
import { makeLines } from '../records/make-lines.ts';
import { allChanges, RecordPrinter } from '../records/record-printer.ts';
import type { StopSignal } from '../stop-signal.ts';
import { styleOf } from '../style.ts';
import { overEcho } from '../summary.ts';
import { readSummary } from './summary.ts';

/** A resolver asks again after 5 s by default (resolv.conf, option timeout). */
const DATAGRAM_TIMEOUT = 5_000_000_000;
/** What is to come of a connection is known at the end of the file, so that it is one line. */
const lastChange = new Set(['closed', 'updated'] as const);

/**
 * Shows what a capture file contains, then says what was in it and what of it could not be read.
 * @throws WirelightError `cannot_open`, `unsupported_compression`, `not_a_capture`, `capture_damaged`
 */
export async function read(
  path: string,
  filter: Filter,
  options: ReadOptions,
  io: Io,
  stop: StopSignal,
): Promise<void> {
  if (path === '-' && io.stdin.isTTY === true) {
    throw new WirelightError('usage', 'standard input is a terminal and not a capture', {
      next: 'pipe one in: sudo tcpdump -U -w - | ./wirelight read -',
      exitCode: 2,
    });
  }
  // Nothing is refused: the file waits until the reader of the output has taken what there is.
  const output = new OutputQueue(io.stdout, stop.stop, Number.POSITIVE_INFINITY);
  const names = new RecordedNames();
  let printer: RecordPrinter | undefined;
  /** Made with the first record, since the file's clock is not known before. */
  const shown = (): RecordPrinter => {
    if (printer !== undefined) return printer;
    const lines = makeLines(options.output, options.show, { clock: reading.clock, names }, io);
    output.push(lines.header());
    printer = new RecordPrinter({
      lines,
      output,
      shown: options.show,
      predicate: compileFilter(filter, names),
      changes: mentions(filter, 'change') ? allChanges : lastChange,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      onLimit: stop.stop,
    });
    return printer;
  };
  const reading: CaptureReading = newCaptureReading({
    sink: learning(shown, names, () => reading),
    protocols,
    protocolOptions: { keepRaw: options.raw === true, datagramTimeout: DATAGRAM_TIMEOUT },
  });
  // a pipe that nothing comes through any more would be waited for
  if (path === '-') stop.signal.addEventListener('abort', () => io.stdin.destroy(), { once: true });
  const source = paced(captureBytes(path, io.stdin), output);
  const summary = await reading.read(source, stop.signal);
  if (summary.file.format !== 'unknown') {
    const { counts } = shown();
    await output.flush(FOREVER);
    const text = options.quiet === true ? '' : readSummary(summary, counts, styleOf(io.stderr, io.env));
    io.stderr.write(overEcho(io) + text);
  }
  if (summary.file.damage !== '') throw damaged(path, summary.file);
}

/** As long as a timer goes. */
const FOREVER = 2 ** 31 - 1;

/** Passes on piece by piece, each when the lines of the one before have been taken. */
async function* paced(source: AsyncIterable<Uint8Array>, output: OutputQueue): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    yield piece;
    await output.flush(FOREVER);
  }
}

/** Hands everything to the printer and learns the names of addresses from DNS answers on the way. */
function learning(printer: () => RecordPrinter, names: RecordedNames, reading: () => CaptureReading): CaptureSink {
  return {
    request: (request, connection) => {
      eachAnswer(request, (name, address, ttlSeconds) => {
        const milliseconds = Number(toEpoch(reading().clock, request.end) / 1_000_000n);
        names.learn(name, address, ttlSeconds, milliseconds);
      });
      printer().request(request, connection);
    },
    // one that is open where the file ends was not closed
    connection: (connection, change) =>
      printer().connection(connection, change === 'closed' && connection.end === 'open' ? 'updated' : change),
    event: (event) => printer().event(event),
  };
}

function damaged(path: string, file: { readonly format: string; readonly damage: string }): WirelightError {
  const name = path === '-' ? 'standard input' : path;
  if (file.format === 'unknown') {
    return new WirelightError('not_a_capture', `cannot read ${name}`, {
      why: file.damage,
      next: 'name a file that tcpdump, Wireshark or wirelight capture has written',
    });
  }
  return new WirelightError('capture_damaged', `${name} could not be read to its end`, {
    why: file.damage,
    next: 'what stands before that was read and is shown above',
  });
}
