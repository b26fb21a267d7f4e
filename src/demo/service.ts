import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WirelightError } from '../base/errors.ts';
import { isBound } from './listening.ts';
import type { Plug } from './network.ts';

/** What to run, and where. */
export interface ServiceOptions {
  readonly name: string;
  readonly plug: Plug;
  readonly cgroup: string;
  /** Directory for its log. */
  readonly logs: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** User id and group id to run as. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  /** Files that it sees in the place of the host's: its own resolv.conf and the like. */
  readonly files: Readonly<Record<string, string>>;
  /** Ready once it is bound to this port. */
  readonly port?: number;
  readonly transport?: 'tcp' | 'udp';
  /** Gets what it writes to standard output, line by line, instead of the log. */
  readonly onLine?: (line: string) => void;
  readonly stopSignal?: NodeJS.Signals;
}

/** How a service is. */
export type ServiceState = 'starting' | 'running' | 'stopped' | 'ended';

/** A program that runs in its own network namespace, mount namespace and cgroup, and ends with the process that started it. */
export class Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #state: ServiceState = 'stopped';

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get state(): ServiceState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#state === 'running' ? this.#child?.pid : undefined;
  }

  /** Starts it and waits until it is ready. @throws WirelightError `service_failed` with the end of its log */
  async start(): Promise<void> {
    const { name, plug, cgroup, logs, command, args, env, cwd, account, files, onLine } = this.#options;
    const binds = Object.entries(files).flat();
    // The process keeps its id through all of this. It gets its own view of a few files, enters the cgroup, and is killed
    // when the demo dies, however that happens.
    const enter = `cgroup=$1; shift
      while [ "$1" != -- ]; do [ ! -e "$2" ] || mount --bind "$1" "$2"; shift 2; done
      shift; echo $$ >"$cgroup/cgroup.procs" && exec "$@"`;
    const as = account === undefined ? [] : [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
    const log = openSync(join(logs, `${name}.log`), 'a');
    const child = spawn(
      'nsenter',
      [
        `--net=${plug.path}`,
        '--',
        'unshare',
        '--mount',
        '--',
        'sh',
        '-c',
        enter,
        'sh',
        cgroup,
        ...binds,
        '--',
        'setpriv',
        '--pdeathsig',
        'KILL',
        ...as,
        '--',
        command,
        ...args,
      ],
      {
        cwd: cwd ?? logs,
        env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...env },
        stdio: ['ignore', onLine === undefined ? log : 'pipe', log],
        // Ctrl-C in the terminal is for the demo, which ends its services in order.
        detached: true,
      },
    );
    closeSync(log);
    this.#child = child;
    this.#state = 'starting';
    let text = '';
    child.stdout?.on('data', (data) => {
      text += data;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    });
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        if (this.#state !== 'stopped') this.#state = 'ended';
        resolve();
      };
      child.once('error', end);
      child.once('exit', end);
    });
    await this.#ready(child.pid ?? 0);
  }

  /** Asks it to end, makes it end where it does not, and waits until it has. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.#state === 'stopped' || this.#state === 'ended') return;
    this.#state = 'stopped';
    child.kill(this.#options.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Sends a signal, for example to have its files read again. */
  signal(name: NodeJS.Signals): void {
    if (this.#state === 'running') this.#child?.kill(name);
  }

  async #ready(pid: number): Promise<void> {
    const { name, port, transport, logs } = this.#options;
    for (const deadline = performance.now() + 30_000; ; await sleep(25)) {
      if (this.#state !== 'starting' || performance.now() > deadline) break;
      if (port === undefined || isBound(pid, port, transport ?? 'tcp')) {
        this.#state = 'running';
        return;
      }
    }
    const said = readFileSync(join(logs, `${name}.log`), 'utf8')
      .trim()
      .split('\n')
      .slice(-6)
      .join('\n');
    throw new WirelightError('service_failed', `${name} did not start`, {
      why: said === '' ? 'it said nothing' : said,
    });
  }
}
