import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** What came of a run of tests. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of skipped tests by the reason of skipping. */
  readonly reasons: Record<string, string[]>;
}

/** Environment variable with the path that {@link TallyReporter} writes its {@link Tally} to, as JSON. */
export const tallyVariable = 'WIRELIGHT_TALLY';

/** A vitest reporter that counts, for the closing line of `./wirelight test`. What failed outside of a test counts as failed. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const path = process.env[tallyVariable];
    if (path === undefined) return;
    const tally = { passed: 0, failed: unhandled.length, skipped: 0, reasons: {} as Record<string, string[]> };
    for (const module of modules) {
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed' || state === 'failed') tally[state]++;
        else {
          tally.skipped++;
          const reason = reasonOf(test);
          tally.reasons[reason] = [...(tally.reasons[reason] ?? []), test.fullName];
        }
      }
    }
    writeFileSync(path, JSON.stringify(tally satisfies Tally));
  }
}

/** The note given to `context.skip`, else what a suite's name says. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === 'skipped' && result.note) return result.note;
  for (let at: TestCase | TestSuite | TestModule = test; at.type !== 'module'; at = at.parent) {
    const named = /\[skipped: (.+)\]$/.exec(at.name);
    if (named) return named[1];
  }
  return 'no reason given';
}
