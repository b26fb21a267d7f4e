/** Runs the mutants of one protocol after another; the main thread watches that it gets on. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { protocols } from '../../src/protocols/index.ts';
import { runSession } from '../../src/protocols/testing.ts';
import { conversationsOf, loadSamples } from '../protocol-samples.ts';
import { mutantOf } from './mutate.ts';
import { trial } from './trial.ts';

/** What the main thread asks for. */
export interface Task {
  readonly names: readonly string[];
  readonly inputs: number;
  readonly first: number;
  readonly seed: number;
  /** [index of protocol, index of input] */
  readonly progress: SharedArrayBuffer;
}

/** What the worker says: that it is done with a protocol, or what it found. */
export type Report =
  | {
      readonly kind: 'done';
      readonly protocol: string;
      readonly inputs: number;
      readonly slowestMs: number;
      readonly heapMb: number;
    }
  | { readonly kind: 'fault'; readonly protocol: string; readonly index: number; readonly what: string };

/** Heap in bytes that all inputs of a protocol may leave behind: caches of fixed size and compiled code. */
const mostHeapLeft = 48 << 20;
/** Heap in bytes that one session may hold after a long life. */
const mostSessionHeap = 4 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const task = workerData as Task;
const progress = new Int32Array(task.progress);
const samples = await loadSamples();

function say(report: Report): void {
  parentPort?.postMessage(report);
}

function heapAfterCollection(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function fuzz(name: string, number: number): void {
  const protocol = protocols.find((p) => p.name === name);
  if (protocol === undefined) return;
  const conversations = conversationsOf(samples, name);
  const mutant = (index: number) => mutantOf(name, conversations, task.seed, index);
  let slowestMs = 0;
  let heapBefore = 0;
  Atomics.store(progress, 0, number);
  for (let index = task.first; index < task.first + task.inputs; index++) {
    Atomics.store(progress, 1, index);
    if (index - task.first === Math.min(10_000, task.inputs >> 1)) heapBefore = heapAfterCollection();
    const start = performance.now();
    try {
      const fault = trial(protocol, protocols, mutant(index), index);
      if (fault !== '') say({ kind: 'fault', protocol: name, index, what: fault });
    } catch (error) {
      say({
        kind: 'fault',
        protocol: name,
        index,
        what: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }
  const left = heapAfterCollection() - heapBefore;
  if (left > mostHeapLeft)
    say({ kind: 'fault', protocol: name, index: -1, what: `${(left / 1e6).toFixed(1)} MB of heap were left behind` });
  // One session that lives long.
  const pieces = Array.from({ length: 3000 }, (_, i) => mutant(-2 - i)).flat();
  const before = heapAfterCollection();
  const { session, requests } = runSession(protocol, pieces, { transport: protocol.transports[0], end: 'open' });
  requests.length = 0;
  const held = heapAfterCollection() - before;
  if (held > mostSessionHeap) {
    const what = `one session holds ${(held / 1e6).toFixed(1)} MB of heap, ${session.pending} requests pending`;
    say({ kind: 'fault', protocol: name, index: -1, what });
  }
  say({ kind: 'done', protocol: name, inputs: task.inputs, slowestMs, heapMb: Math.max(0, left) / 1e6 });
}

task.names.forEach(fuzz);
