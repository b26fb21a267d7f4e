import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBound } from '../../src/demo/listening.ts';
import { programPath } from '../run/packages.ts';
import { inside, type Place } from './place.ts';

/** How to start a program and when it counts as ready. */
export interface ProgramOptions extends Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ready once it is bound to this port, looked up in /proc so that no connection is made. */
  readonly port?: number;
  readonly transport?: 'tcp' | 'udp';
  /** Ready once its output matches. */
  readonly prints?: RegExp;
  /** Signal that asks it to end. SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals;
}

/** A program that was started for a test. */
export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Waits until it is ready. Rejects with its output where it ends before or takes longer than 90 s. */
  ready(): Promise<void>;
  /** Asks it to end and waits; kills it after 5 s. */
  stop(): Promise<void>;
}

/** Starts a program. It is killed when the process that started it dies, however that happens. */
export function startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const guarded = ['--pdeathsig', 'KILL', '--', programPath(command) ?? command, ...args];
  const [file, ...rest] = inside(options, 'setpriv', guarded);
  const child = spawn(file, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdin.on('error', () => undefined); // it may close its input whenever it likes
  child.stdout.on('data', (data) => {
    printed.stdout += data;
  });
  child.stderr.on('data', (data) => {
    printed.stderr += data;
  });
  let over = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    const end = (how: number | NodeJS.Signals) => {
      over = true;
      resolve(how);
    };
    child.once('error', (error) => {
      printed.stderr += String(error);
      end(127);
    });
    child.once('exit', (code, signal) => end(code ?? signal ?? 1));
  });
  const told = options.stopSignal ?? 'SIGTERM';
  const killAtExit = () => child.kill(told);
  process.once('exit', killAtExit);
  void ended.then(() => process.off('exit', killAtExit));

  const isReady = () => {
    const { port, transport, prints } = options;
    if (port !== undefined && !isBound(child.pid ?? 0, port, transport ?? 'tcp')) return false;
    return prints === undefined || prints.test(printed.stdout) || prints.test(printed.stderr);
  };
  const complain = (what: string) => new Error(`${command} ${what}:\n${printed.stdout}${printed.stderr}`);

  return {
    child,
    ended,
    pid: child.pid ?? 0,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    async ready() {
      if (options.port === undefined && options.prints === undefined) return;
      for (const deadline = Date.now() + 90_000; !isReady(); await sleep(20)) {
        if (over) throw complain(`ended with ${await ended} before it was ready`);
        if (Date.now() > deadline) throw complain('was not ready after 90 s');
      }
    },
    async stop() {
      if (over) return;
      child.kill(told);
      const late = new AbortController();
      const kill = sleep(5_000, undefined, { signal: late.signal }).then(
        () => child.kill('SIGKILL'),
        () => false,
      );
      await ended;
      late.abort();
      await kill;
    },
  };
}
