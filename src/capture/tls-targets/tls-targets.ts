import { readdirSync } from 'node:fs';
import { WirelightError } from '../../base/errors.ts';
import type { CaptureTime } from '../../base/units.ts';
import type { TlsProbes, TlsTarget } from '../../probe/tls/index.ts';
import { probesOf, type Sought } from './library-probes.ts';
import { cryptoLibrariesOf, fileAt, type MappedFile, programOf, tlsLibrariesOf } from './mapped-files.ts';

/** When a process that has executed a program is looked at, in milliseconds after: libraries are mapped as they are needed. */
const LOOKS = [0, 40, 250, 1500];
/** Processes waiting to be looked at. More are found on the rounds. */
const MOST_WAITING = 1000;
/** Processes looked at again each second, in turn: some map a library late, some come by fork. */
const PER_ROUND = 20;
const ROUND_MILLISECONDS = 1000;
/** Rounds above the budget after which a target is detached. */
const PATIENCE = 3;

/** Where distributions keep libraries. */
const directories = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib'];
const multiarch = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
const shared = /^lib(?:(?:ssl|gnutls)\.so\.\d+(?:\.\d+)?|(?:nspr4|ssl3)\.so)$/;

/** Whose TLS to look into. */
export interface TlsTargetsOptions {
  readonly probes: TlsProbes;
  /** Only processes for which this holds; every process where absent. */
  readonly only?: ((pid: number) => boolean) | undefined;
  /** Share of one CPU that a library or program may cost all who use it, e.g. 0.5. */
  readonly budget: number;
  /** The capture clock. */
  readonly now: () => CaptureTime;
}

interface Attached {
  readonly target: TlsTarget;
  readonly since: CaptureTime;
  readonly pid: number | undefined;
  cost: number;
  above: number;
}

/**
 * Finds the libraries and programs that hold TLS and attaches probes to them: those that processes use now, and those of
 * processes that come. A file is attached once for all its processes, or, where only some processes are asked for, once
 * for each of these. What costs more than its budget is detached.
 */
export class TlsTargets implements Disposable {
  readonly #options: TlsTargetsOptions;
  /** By key of the file (and process): undefined where it holds no TLS or was detached. */
  readonly #targets = new Map<string, Attached | undefined>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #round: number[] = [];
  #lastAttached = 0 as CaptureTime;
  #roundAt = performance.now();
  #closed = false;
  #detached = 0;
  #refused = 0;

  constructor(options: TlsTargetsOptions) {
    this.#options = options;
  }

  /** Attaches to what is there, with pauses in which the caller's event loop goes on, and keeps looking from then on. */
  async start(): Promise<void> {
    if (this.#options.only === undefined) {
      for (const path of installed()) {
        const file = fileAt(path);
        if (file !== undefined && !this.#closed) this.#attach(file, 'library', undefined);
        await pause();
      }
    }
    for (const pid of processes()) {
      if (this.#closed) return;
      this.look(pid);
      await pause();
    }
    const timer = setInterval(() => this.#goRound(), ROUND_MILLISECONDS);
    this.#timers.add(timer);
  }

  /** A process has executed a program. */
  executed(pid: number): void {
    for (const delay of LOOKS) {
      if (this.#closed || this.#timers.size > MOST_WAITING) return;
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.look(pid);
      }, delay);
      this.#timers.add(timer);
    }
  }

  /** A process has ended. */
  ended(pid: number): void {
    if (this.#options.only === undefined) return;
    for (const [key, attached] of this.#targets) {
      if (!key.endsWith(` ${pid}`)) continue;
      attached?.target[Symbol.dispose]();
      this.#targets.delete(key);
    }
  }

  /** Attaches to whatever a process uses now that was not known yet. */
  look(pid: number): void {
    const { only } = this.#options;
    if (pid === process.pid || (only !== undefined && !only(pid))) return;
    const each = only === undefined ? undefined : pid;
    const program = programOf(pid);
    if (program === undefined) return;
    this.#attach(program, 'program', each);
    for (const file of tlsLibrariesOf(pid)) this.#attach(file, 'library', each);
  }

  /** A process carries the ciphertext of its TLS itself: it has to be shown to find the sockets. */
  showCiphertext(pid: number): void {
    for (const file of cryptoLibrariesOf(pid)) this.#attach(file, 'cryptography', pid);
  }

  /** True where every probe in a process (or in any that is not known) was there at that time. */
  attachedBefore(time: CaptureTime): boolean {
    return this.#lastAttached < time;
  }

  /** Files whose TLS is looked into now. */
  get size(): number {
    let size = 0;
    for (const attached of this.#targets.values()) if (attached !== undefined) size++;
    return size;
  }

  /** What could not be looked into, by name. */
  get losses(): ReadonlyMap<string, number> {
    return new Map([
      ['tls_detached_over_budget', this.#detached],
      ['tls_attach_refused', this.#refused],
    ]);
  }

  #attach(file: MappedFile, sought: Sought, pid: number | undefined): void {
    const key = pid === undefined ? `${file.key} ${sought}` : `${file.key} ${sought} ${pid}`;
    if (this.#targets.has(key)) return;
    this.#targets.set(key, undefined);
    const { probes, now } = this.#options;
    const points = probesOf(file.path, sought, probes.seesGo);
    if (points.length === 0) return;
    try {
      const target = probes.attach(file.path, points, pid);
      this.#lastAttached = now();
      this.#targets.set(key, { target, since: now(), pid, cost: 0, above: 0 });
    } catch (error) {
      if (!(error instanceof WirelightError)) throw error;
      // A process that is gone by now takes nothing away.
      if (fileAt(file.path) === undefined) this.#targets.delete(key);
      else this.#refused++;
    }
  }

  #goRound(): void {
    const now = performance.now();
    const elapsed = (now - this.#roundAt) * 1e6;
    this.#roundAt = now;
    this.#mindBudget(elapsed);
    if (this.#round.length === 0) this.#round = processes();
    for (const pid of this.#round.splice(0, PER_ROUND)) this.look(pid);
  }

  #mindBudget(elapsed: number): void {
    for (const [key, attached] of this.#targets) {
      if (attached === undefined) continue;
      const cost = attached.target.cost();
      const share = (cost - attached.cost) / elapsed;
      attached.cost = cost;
      attached.above = share > this.#options.budget ? attached.above + 1 : 0;
      if (attached.above < PATIENCE) continue;
      attached.target[Symbol.dispose]();
      this.#targets.set(key, undefined);
      this.#detached++;
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const attached of this.#targets.values()) attached?.target[Symbol.dispose]();
    this.#targets.clear();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Libraries that programs which come may use. */
function installed(): string[] {
  const found: string[] = [];
  for (const directory of directories.flatMap((one) => [one, `${one}/${multiarch}`])) {
    try {
      for (const name of readdirSync(directory)) if (shared.test(name)) found.push(`${directory}/${name}`);
    } catch {
      // Not every distribution has all of them.
    }
  }
  return found;
}
