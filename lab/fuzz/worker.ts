/** Runs the mutants of one target after another; the main thread watches that it gets on. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { protocols } from '../../src/protocols/index.ts';
import { runSession } from '../../src/protocols/testing.ts';
import { conversationsOf, loadSamples } from '../protocol-samples.ts';
import { captureMutant, captureOriginals, captureTrial } from './captures.ts';
import { mutantOf } from './mutate.ts';
import { faultOf, trial } from './trial.ts';

/** The target that is no protocol: capture files, as `wirelight read` reads them. */
export const READ = 'read';

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

/** What a target's mutants are fed to. */
interface Target {
  /** Tries the mutant with this number; what is wrong with what came out, '' where nothing is. */
  try(index: number): string | Promise<string>;
  /** Feeds many mutants to one long-lived session; what is wrong with what it holds then. */
  live?(): string;
}

function targetOf(name: string): Target | undefined {
  if (name === READ) {
    const originals = captureOriginals(samples);
    return { try: (index) => captureTrial(captureMutant(originals, task.seed, index), faultOf) };
  }
  const protocol = protocols.find((p) => p.name === name);
  if (protocol === undefined) return undefined;
  const conversations = conversationsOf(samples, name);
  const mutant = (index: number) => mutantOf(name, conversations, task.seed, index);
  return {
    try: (index) => trial(protocol, protocols, mutant(index), index),
    live: () => {
      const pieces = Array.from({ length: 3000 }, (_, i) => mutant(-2 - i)).flat();
      const before = heapAfterCollection();
      const { session, requests } = runSession(protocol, pieces, { transport: protocol.transports[0], end: 'open' });
      requests.length = 0;
      const held = heapAfterCollection() - before;
      if (held <= mostSessionHeap) return '';
      return `one session holds ${(held / 1e6).toFixed(1)} MB of heap, ${session.pending} requests pending`;
    },
  };
}

async function fuzz(name: string, number: number): Promise<void> {
  const target = targetOf(name);
  if (target === undefined) return;
  let slowestMs = 0;
  let heapBefore = 0;
  const fault = (index: number, what: string) => say({ kind: 'fault', protocol: name, index, what });
  Atomics.store(progress, 1, task.first);
  Atomics.store(progress, 0, number);
  for (let index = task.first; index < task.first + task.inputs; index++) {
    Atomics.store(progress, 1, index);
    if (index - task.first === Math.min(10_000, task.inputs >> 1)) heapBefore = heapAfterCollection();
    const start = performance.now();
    try {
      const outcome = target.try(index);
      const found = typeof outcome === 'string' ? outcome : await outcome;
      if (found !== '') fault(index, found);
    } catch (error) {
      fault(index, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }
  const left = heapAfterCollection() - heapBefore;
  if (left > mostHeapLeft) fault(-1, `${(left / 1e6).toFixed(1)} MB of heap were left behind`);
  const held = target.live?.() ?? '';
  if (held !== '') fault(-1, held);
  say({ kind: 'done', protocol: name, inputs: task.inputs, slowestMs, heapMb: Math.max(0, left) / 1e6 });
}

for (const [number, name] of task.names.entries()) await fuzz(name, number);
