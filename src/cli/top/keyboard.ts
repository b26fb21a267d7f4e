import type { Keyboard } from '../io.ts';

/** A key press: a character, or the name of a key. */
export type Key = { readonly type: 'text'; readonly text: string } | { readonly type: 'key'; readonly name: KeyName };
export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page_up'
  | 'page_down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'delete_word'
  | 'delete_line'
  | 'interrupt';

const sequences: Readonly<Record<string, KeyName>> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[C': 'right',
  '\x1bOC': 'right',
  '\x1b[D': 'left',
  '\x1bOD': 'left',
  '\x1b[5~': 'page_up',
  '\x1b[6~': 'page_down',
  '\x1b[H': 'home',
  '\x1b[1~': 'home',
  '\x1bOH': 'home',
  '\x1b[F': 'end',
  '\x1b[4~': 'end',
  '\x1bOF': 'end',
  '\r': 'enter',
  '\n': 'enter',
  '\x1b': 'escape',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x17': 'delete_word',
  '\x15': 'delete_line',
  '\x03': 'interrupt',
  '\x04': 'interrupt',
};

/** The key presses in what a terminal sent. Sequences that are not known are left out. */
export function keysOf(input: string): Key[] {
  const keys: Key[] = [];
  // An escape sequence as ECMA-48 has it, or one character.
  for (const [piece] of input.matchAll(/\p{Cc}\[[0-?]*[ -/]*[@-~]|\p{Cc}O[A-Z]|[\s\S]/gu)) {
    const name = sequences[piece];
    if (name !== undefined) keys.push({ type: 'key', name });
    else if (!/^\p{Cc}/u.test(piece)) keys.push({ type: 'text', text: piece });
  }
  return keys;
}

/** Listens for key presses where standard input is a terminal, until disposed of. */
export function listen(keyboard: Keyboard, onKey: (key: Key) => void): Disposable {
  if (keyboard.isTTY !== true || keyboard.setRawMode === undefined) return { [Symbol.dispose]: () => undefined };
  const onData = (data: Buffer | string): void => {
    for (const key of keysOf(String(data))) onKey(key);
  };
  keyboard.setRawMode(true);
  keyboard.on('data', onData);
  keyboard.resume();
  return {
    [Symbol.dispose]: () => {
      keyboard.off('data', onData);
      keyboard.setRawMode?.(false);
      keyboard.pause();
    },
  };
}
