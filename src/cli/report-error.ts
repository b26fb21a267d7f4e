import { WirelightError } from '../base/errors.ts';
import type { Style } from './style.ts';

/** What a person reads when a command fails, with a line break at its end. */
export function errorText(error: unknown, style: Style): string {
  const { what, why, next } = explain(error);
  const lines = [`${style.error('wirelight:')} ${what}`];
  if (why !== undefined) lines.push(...labelled('why', why, style));
  if (next !== undefined) lines.push(...labelled('next', next, style));
  return `${lines.join('\n')}\n`;
}

/** Exit code for an error: its own, or 1. */
export function exitCodeOf(error: unknown): number {
  return error instanceof WirelightError ? error.exitCode : 1;
}

interface Explanation {
  readonly what: string;
  readonly why?: string | undefined;
  readonly next?: string | undefined;
}

function explain(error: unknown): Explanation {
  if (error instanceof WirelightError) return { what: error.message, why: error.why, next: error.next };
  if (!(error instanceof Error)) return { what: String(error) };
  if ('syscall' in error) return { what: error.message }; // the system refused something: its words are the best there are
  return {
    what: error.message,
    why: `this is a fault of Wirelight itself\n${error.stack ?? ''}`,
    next: 'please report it with the lines above and what you did',
  };
}

function labelled(label: string, text: string, style: Style): string[] {
  const [first, ...rest] = text.split('\n');
  return [`  ${style.dim(label.padEnd(5))}${first}`, ...rest.map((line) => `       ${line}`)];
}
