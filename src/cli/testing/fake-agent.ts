/** A capture without a kernel: a test plays what it finds. For tests whose name says that their source is a fake. */
import { PassThrough } from 'node:stream';
import type { EpochNanos } from '../../base/units.ts';
import type { CaptureSink } from '../../capture/sink.ts';
import { addressOnly, type EndpointName } from '../../model/names.ts';
import type { Io } from '../io.ts';
import type { StartAgent } from '../start-agent.ts';
import type { StopSignal } from '../stop-signal.ts';

/** Plays into the sink before the command goes on; `later` may be called while it runs. */
export interface FakeCapture {
  readonly start: StartAgent;
  /** The command's sink, once it has started. */
  readonly sink: Promise<CaptureSink>;
  readonly stopped: () => boolean;
}

/** Names that are the ports' meaning in these tests. */
export const fakeNames = new Map<number, EndpointName>([
  [80, { ...addressOnly('10.0.0.2', 'private'), name: 'web', kind: 'workload', workload: 'web', process: 'nginx' }],
  [5432, { ...addressOnly('10.0.0.3', 'private'), name: 'db', kind: 'workload', workload: 'db', process: 'postgres' }],
]);

/** A fake capture. */
export function fakeCapture(losses: ReadonlyMap<string, number> = new Map()): FakeCapture {
  let stopped = false;
  let give: (sink: CaptureSink) => void = () => undefined;
  const sink = new Promise<CaptureSink>((resolve) => {
    give = resolve;
  });
  const names = {
    nameOf: ({ ip, port }: { ip: string; port: number }) => fakeNames.get(port) ?? known(ip),
  };
  const clock = { origin: 1_795_365_314_000_000_000n as EpochNanos };
  return {
    sink,
    stopped: () => stopped,
    start: (_options, makeSink) => {
      give(makeSink({ clock, names }));
      const stop = async (): Promise<void> => {
        stopped = true;
      };
      return Promise.resolve({ clock, names, losses: () => losses, missing: [], stop });
    },
  };
}

const byAddress = new Map<string, EndpointName>();

function known(ip: string): EndpointName {
  const name = byAddress.get(ip) ?? addressOnly(ip, 'private');
  byAddress.set(ip, name);
  return name;
}

/** Streams that keep what is written to them. */
export interface KeptIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
}

/** Input and output of a command in a test; a terminal where `columns` are given. */
export function keptIo(columns?: number, env: Record<string, string> = {}): KeptIo {
  const stdout = keep(columns);
  const stderr = keep(columns);
  return {
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    out: stdout.text,
    err: stderr.text,
  };
}

function keep(columns: number | undefined): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (data) => {
    text += String(data);
  });
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns, rows: 20 });
  return { stream, text: () => text };
}

/** A stop signal that a test gives. */
export function fakeStop(): StopSignal {
  const controller = new AbortController();
  return { signal: controller.signal, stop: () => controller.abort(), [Symbol.dispose]: () => undefined };
}
