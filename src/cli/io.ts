import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** A stream of key presses where it is a terminal. */
export type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };

/** What a command reads from and writes to. `process` is one; tests give their own. */
export interface Io {
  readonly stdin: Keyboard;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Width for lines on a stream: the terminal's; without end where it is a file or a pipe. */
export function widthOf(screen: Screen): number {
  return screen.isTTY === true ? (screen.columns ?? 80) : Number.POSITIVE_INFINITY;
}
