import { type ChildProcess, spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import { agentNodeFlags } from '../../agent/node-flags.ts';
import { waitFor } from '../stop-signal.ts';

/** A process that is started again whenever it ends, until it is stopped. */
export interface Supervised {
  /** Resolves with what the process said when it was first ready; rejects with its exit code where it never was. */
  readonly ready: Promise<unknown>;
  /** Asks it to end, and makes it end where it does not. */
  stop(patience: number): Promise<void>;
  readonly pid: number | undefined;
}

/** A process that ended before it was ever ready. It has said why. */
export class NeverReady extends Error {
  readonly code: number;

  constructor(name: string, code: number) {
    super(`${name} ended with ${code} before it was ready`);
    this.code = code;
  }
}

const shortestPause = 100;
const longestPause = 5_000;
/** Who has run for so long has started well. */
const stable = 10_000;

/**
 * Runs another command of this program and keeps it running, in a process of a name of its own. The command says that it
 * is ready with a message over the IPC channel, and ends when that channel closes.
 *
 * @param listen gets what it writes to standard error, line by line; without it that is our own
 */
export function supervise(
  name: 'agent' | 'server',
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  say: (line: string) => void,
  listen?: (line: string) => void,
): Supervised {
  const entry = join(import.meta.dirname, '..', `wirelight-${name}${extname(import.meta.filename)}`);
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let wasReady = false;
  let resolveReady: (message: unknown) => void = () => undefined;
  let rejectReady: (error: Error) => void = () => undefined;
  const ready = new Promise<unknown>((resolve, reject) => {
    resolveReady = resolve;
    rejectReady = reject;
  });
  ready.catch(() => undefined);

  const runOnce = (): Promise<{ code: number; how: string }> =>
    new Promise((resolve) => {
      const flags = name === 'agent' ? agentNodeFlags : [];
      child = spawn(process.execPath, [...process.execArgv, ...flags, entry, ...args], {
        // A group of its own: Ctrl-C reaches only us, and we end them in order.
        detached: true,
        stdio: ['ignore', 'inherit', listen === undefined ? 'inherit' : 'pipe', 'ipc'],
        env: { ...process.env, ...env },
      });
      let text = '';
      child.stderr?.on('data', (data) => {
        const lines = `${text}${data}`.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) listen?.(line);
      });
      child.on('message', (message) => {
        wasReady = true;
        resolveReady(message);
      });
      child.on('error', () => resolve({ code: 1, how: 'could not be started' }));
      child.on('exit', (code, signal) =>
        resolve({ code: code ?? 128, how: signal === null ? `ended with ${code}` : `was ended by ${signal}` }),
      );
    });

  const loop = async (): Promise<void> => {
    let pause = 0;
    while (!stopping.signal.aborted) {
      const started = performance.now();
      const { code, how } = await runOnce();
      if (stopping.signal.aborted) return;
      if (!wasReady) {
        rejectReady(new NeverReady(name, code));
        return;
      }
      pause =
        performance.now() - started > stable
          ? shortestPause
          : Math.min(longestPause, Math.max(shortestPause, pause * 2));
      say(`the ${name} ${how}; starting it again`);
      await waitFor(stopping.signal, pause);
    }
  };
  const running = loop();

  return {
    ready,
    get pid() {
      return child?.pid;
    },
    stop: async (patience) => {
      stopping.abort();
      rejectReady(new NeverReady(name, 0));
      const current = child;
      if (current === undefined || current.exitCode !== null || current.signalCode !== null) return await running;
      current.kill('SIGTERM');
      const timer = setTimeout(() => current.kill('SIGKILL'), patience);
      await running;
      clearTimeout(timer);
    },
  };
}

/** In the supervised process: says that it is ready. Does nothing where nobody supervises. */
export function tellReady(message: Readonly<Record<string, unknown>>): void {
  process.send?.(message);
}

/** In the supervised process: calls back when who supervises is gone. */
export function whenAlone(callback: () => void): void {
  if (process.send !== undefined) process.on('disconnect', callback);
}
