/**
 * Feeds mutants of every protocol's recorded conversations to its parser, and mutated capture files to what `wirelight read`
 * reads them with, and looks for what must never happen: a throw, a hang, memory that grows, a request that makes no sense.
 *
 *   npm run fuzz [-- --protocol NAME|read]... [--inputs 1000000] [--first 0] [--seed 1] [--json]
 *
 * An input is a conversation of up to a dozen pieces, mutated, fed to a fresh session; or a capture file of up to 16 packets.
 * The same numbers always give the same inputs. Exit code 1 where anything was found; the input is printed as hexadecimal
 * with the command that repeats it. How far it is stands on standard error.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Side } from '../src/model/request.ts';
import { protocols } from '../src/protocols/index.ts';
import { captureMutant, captureOriginals } from './fuzz/captures.ts';
import { mutantOf } from './fuzz/mutate.ts';
import type { Report, Task } from './fuzz/worker.ts';
import { conversationsOf, loadSamples } from './protocol-samples.ts';

/** An input that takes longer has hung. Collections of garbage and a busy machine take their part of it. */
const hangMs = 10_000;
/** Findings printed of one protocol. */
const mostPrinted = 5;
/** The target that is no protocol: capture files. */
const READ = 'read';
/** Milliseconds between two words on how far it is: often to a person, seldom to a log. */
const progressMs = process.stderr.isTTY ? 1000 : 30_000;

const { values: flags } = parseArgs({
  options: {
    protocol: { type: 'string', multiple: true },
    inputs: { type: 'string', default: '1000000' },
    first: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const inputs = Number(flags.inputs);
const first = Number(flags.first);
const seed = Number(flags.seed);
const samples = await loadSamples();
const all = [...protocols.map((p) => p.name), READ];
const names = all.filter((name) => flags.protocol?.includes(name) ?? true);
const fuzzed = names.filter((name) => name === READ || conversationsOf(samples, name).length > 0);
const found = new Map<string, number>();
const tried = new Map<string, number>();
const started = Date.now();

function say(line: string): void {
  if (!flags.json) process.stdout.write(`${line}\n`);
}

/** Says how far it is, on standard error: over the last word on a terminal, on a line of its own in a log. */
function sayProgress(name: string, index: number): void {
  const done = (index - first).toLocaleString('en');
  const line = `${name}: ${done} of ${inputs.toLocaleString('en')} inputs`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}

/** Hexadecimal digits; long runs of one byte as `[a3 x 9000]`. */
function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/(..)\1{63,}/g, (run: string, digits: string) => `[${digits} x ${run.length / 2}]`);
}

function printFinding(protocol: string, index: number, what: string): void {
  const count = (found.get(protocol) ?? 0) + 1;
  found.set(protocol, count);
  if (count > mostPrinted) return;
  say(`${protocol}: ${what}`);
  if (index < 0) return;
  say(`  repeat: npm run fuzz -- --protocol ${protocol} --seed ${seed} --first ${index} --inputs 1`);
  if (protocol === READ) {
    say(`  ${hexOf(captureMutant(captureOriginals(samples), seed, index))}`);
    return;
  }
  for (const piece of mutantOf(protocol, conversationsOf(samples, protocol), seed, index)) {
    const side = piece.from === Side.client ? '>' : '<';
    const bytes = piece.lost === undefined ? hexOf(piece.bytes) : `lost ${piece.lost}`;
    say(`  ${side} ${bytes}${piece.skipped === undefined ? '' : ` skipped ${piece.skipped}`}`);
  }
}

/** Code of a worker that runs a TypeScript module: threads do not take over the main thread's loader. */
function inTypeScript(module: URL): string {
  return `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(module.href)}); })`;
}

/** Runs a worker over these protocols; gives the name of the one in which it hung, if it did. */
async function run(list: readonly string[]): Promise<string | undefined> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const task: Task = { names: list, inputs, first, seed, progress: progress.buffer as SharedArrayBuffer };
  const worker = new Worker(inTypeScript(new URL('./fuzz/worker.ts', import.meta.url)), {
    eval: true,
    workerData: task,
  });
  return await new Promise((resolve, reject) => {
    let last = -1;
    let since = Date.now();
    let said = Date.now();
    const watch = setInterval(() => {
      const now = Atomics.load(progress, 1) + Atomics.load(progress, 0) * 0x8000_0000;
      if (now !== last) since = Date.now();
      last = now;
      if (Date.now() - said >= progressMs) {
        said = Date.now();
        sayProgress(list[Atomics.load(progress, 0)], Atomics.load(progress, 1));
      }
      if (Date.now() - since < hangMs) return;
      const name = list[Atomics.load(progress, 0)];
      printFinding(name, Atomics.load(progress, 1), `no end after ${hangMs / 1000} s`);
      clearInterval(watch);
      void worker.terminate().then(() => resolve(name));
    }, 500);
    worker.on('message', (report: Report) => {
      if (report.kind === 'fault') printFinding(report.protocol, report.index, report.what);
      else {
        const bad = found.get(report.protocol) ?? 0;
        tried.set(report.protocol, report.inputs);
        if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
        const verdict = bad === 0 ? 'nothing found' : `${bad} FOUND`;
        say(
          `${report.protocol.padEnd(16)} ${report.inputs} inputs, ${verdict}; slowest ${report.slowestMs.toFixed(1)} ms, ${report.heapMb.toFixed(1)} MB left behind`,
        );
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      clearInterval(watch);
      resolve(undefined);
    });
  });
}

for (const name of flags.protocol ?? []) {
  if (!names.includes(name)) {
    process.stderr.write(`there is no protocol '${name}'; there are: ${all.join(', ')}\n`);
    process.exit(2);
  }
}
for (const name of names) if (!fuzzed.includes(name)) say(`${name.padEnd(16)} has no recorded conversations`);
let left: readonly string[] = fuzzed;
while (left.length > 0) {
  const hung = await run(left);
  left = hung === undefined ? [] : left.slice(left.indexOf(hung) + 1);
}
const total = [...tried.values()].reduce((sum, count) => sum + count, 0);
const faults = [...found.values()].reduce((sum, count) => sum + count, 0);
const minutes = ((Date.now() - started) / 60_000).toFixed(1);
say(
  `${total.toLocaleString('en')} inputs to ${tried.size} parsers in ${minutes} min, seed ${seed}: ${faults} findings`,
);
if (flags.json) {
  const figures = { seed, inputs: Object.fromEntries(tried), findings: Object.fromEntries(found) };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
process.exitCode = faults > 0 ? 1 : 0;
