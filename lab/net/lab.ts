import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cgroup, createCgroup } from './cgroup.ts';
import { createNamespace, type Namespace } from './namespace.ts';
import { inside, type Place } from './place.ts';
import { type Program, type ProgramOptions, startProgram } from './program.ts';

/**
 * Everything that a test sets up on this machine: folders, network namespaces, cables, programs. Closing it undoes all of
 * it in reverse order, also where setting up broke off in the middle; programs die with the test's process in any case.
 *
 * @example
 * const lab = new Lab();
 * afterAll(() => lab.close());
 * const web = lab.namespace();
 * const nginx = await startNginx(lab, { namespace: web, port: 8080 });
 */
export class Lab implements AsyncDisposable {
  readonly #undo: (() => void | Promise<void>)[] = [];

  /** Runs something when the lab closes, before everything that was deferred earlier. */
  defer(undo: () => void | Promise<void>): void {
    this.#undo.push(undo);
  }

  /** A new folder below the system's temporary one, readable by everybody. */
  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'wirelight-lab-'));
    this.defer(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  /** A new network namespace with its loopback device up. Needs root. */
  namespace(): Namespace {
    const namespace = createNamespace();
    this.defer(() => namespace.remove());
    return namespace;
  }

  /** A new control group. Needs root. */
  cgroup(): Cgroup {
    const cgroup = createCgroup();
    this.defer(() => cgroup.remove());
    return cgroup;
  }

  /** A new control group that this process and all that it starts are in until the lab closes. Needs root. */
  ownCgroup(): Cgroup {
    const cgroup = this.cgroup();
    this.defer(cgroup.join());
    return cgroup;
  }

  /** Starts a program that lives until the lab closes, and waits until it is ready. */
  async start(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Program> {
    const program = startProgram(command, args, options);
    this.defer(() => program.stop());
    await program.ready();
    return program;
  }

  /** Runs a command to its end and gives what it printed. Rejects where its exit code is not 0. */
  run(command: string, args: readonly string[], place: Place = {}): Promise<string> {
    const [file, ...rest] = inside(place, command, args);
    return new Promise((resolve, reject) => {
      execFile(file, rest, { maxBuffer: 64 << 20 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
  }

  /** Undoes everything. Goes on after a failure and then throws the first. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
