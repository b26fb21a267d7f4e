import picocolors from 'picocolors';
import type { Io, Screen } from './io.ts';

/** Dresses text by the role it plays, so that colour means the same everywhere. Changes nothing where colour is off. */
export interface Style {
  readonly color: boolean;
  /** Units, rules, what is known anyway. */
  readonly dim: (text: string) => string;
  /** Titles. */
  readonly strong: (text: string) => string;
  /** What is selected or live. */
  readonly accent: (text: string) => string;
  /** What failed. */
  readonly error: (text: string) => string;
  /** What is slow, what the asker did wrong, what was lost. */
  readonly warning: (text: string) => string;
  /** What is new or works where that is the question. */
  readonly good: (text: string) => string;
}

/** The style of a stream: coloured on a terminal unless NO_COLOR is set (no-color.org) or the terminal is dumb. */
export function styleOf(screen: Screen, env: Io['env']): Style {
  const noColor = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  return newStyle(screen.isTTY === true && !noColor && env.TERM !== 'dumb');
}

/** A style with or without colour. */
export function newStyle(color: boolean): Style {
  const colors = picocolors.createColors(color);
  return {
    color,
    dim: colors.dim,
    strong: colors.bold,
    accent: (text) => colors.bold(colors.yellow(text)),
    error: colors.red,
    warning: colors.yellow,
    good: colors.green,
  };
}
