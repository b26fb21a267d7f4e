/**
 * `./wirelight test [group...] [filter...]`: installs what the tests of these groups need, runs them, and closes with
 * one line, `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages, packagesNamedIn } from './run/packages.ts';
import { type Tally, tallyVariable } from './run/tally.ts';

const root = join(import.meta.dirname, '..');

/** The projects of vitest.config.ts in the order in which they run. */
const groups = {
  unit: 'src, pure and fast',
  e2e: 'real servers and the kernel of this machine',
  kernels: 'other kernels in virtual machines',
  browser: 'pages in a real browser',
};
type Group = keyof typeof groups;

/** Where each group's tests and what they share lie, and how those files' names end. */
const sources: Record<Group, { folders: string[]; ending: string }> = {
  unit: { folders: ['src', 'web', 'lab/run'], ending: '.test.ts' },
  e2e: { folders: ['lab/e2e', 'lab/net', 'lab/tun'], ending: '.ts' },
  kernels: { folders: ['lab/kernels'], ending: '.ts' },
  browser: { folders: ['web', 'lab/browser'], ending: '.browser.test.ts' },
};

/** Source texts of a group. */
function readSources({ folders, ending }: { folders: string[]; ending: string }): string[] {
  return folders
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith(ending) && !file.includes('node_modules'))
        .map((file) => readFileSync(join(folder, file), 'utf8')),
    );
}

function say(line: string): void {
  process.stderr.write(`wirelight: ${line}\n`);
}

/** Runs the tests of one group and counts them. */
function runGroup(group: Group, filters: readonly string[]): Tally {
  const folder = mkdtempSync(join(tmpdir(), 'wirelight-test-'));
  const file = join(folder, 'tally.json');
  try {
    const vitest = join(root, 'node_modules/.bin/vitest');
    const reporters = ['--reporter=default', `--reporter=${join(root, 'lab/run/tally.ts')}`];
    const run = spawnSync(vitest, ['run', '--project', group, '--passWithNoTests', ...reporters, ...filters], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, [tallyVariable]: file },
    });
    const tally = readTally(file);
    if (run.status === 0 || tally.failed > 0) return tally;
    say(`the ${group} tests ended with ${run.signal ?? `exit code ${run.status}`}`);
    return { ...tally, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An absent file means that nothing ran; whether that is a failure is for the exit code to say. */
function readTally(file: string): Tally {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, reasons: {} };
  }
}

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  const list = Object.entries(groups).map(([name, what]) => `  ${name.padEnd(10)}${what}`);
  console.log(`Usage: wirelight test [group...] [filter...]\n\nGroups (all by default):\n${list.join('\n')}
\nA filter is a part of a test file's path.\n
Examples:\n  wirelight test\n  wirelight test unit\n  wirelight test e2e crafted-tcp`);
  process.exit(0);
}
const isGroup = (word: string): word is Group => Object.hasOwn(groups, word);
const asked = args.filter(isGroup);
const filters = args.filter((word) => !isGroup(word));
const chosen = (Object.keys(groups) as Group[]).filter((group) => asked.length === 0 || asked.includes(group));

const total = { passed: 0, failed: 0, skipped: 0 };
const skips = new Map<string, string[]>();
for (const group of chosen) {
  const texts = readSources(sources[group]);
  if (texts.length === 0) continue;
  installPackages([...new Set(texts.flatMap(packagesNamedIn))], say);
  const tally = runGroup(group, filters);
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped;
  for (const [reason, tests] of Object.entries(tally.reasons)) {
    skips.set(reason, [...(skips.get(reason) ?? []), ...tests]);
  }
}
for (const [reason, tests] of skips) {
  console.log(`skipped, ${reason}: ${tests.length === 1 ? tests[0] : `${tests.length} tests (${tests[0]}, ...)`}`);
}
if (total.passed + total.failed + total.skipped === 0) {
  say('no test matches');
  total.failed = 1;
}
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;
