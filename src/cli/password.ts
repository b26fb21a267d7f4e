import { createInterface } from 'node:readline/promises';
import { WirelightError } from '../base/errors.ts';
import type { Io } from './io.ts';

/** Reads a password: from a terminal without showing it, else the first line of standard input. */
export async function readPassword(io: Io, prompt = 'Password: '): Promise<string> {
  const { stdin } = io;
  const password = stdin.isTTY === true && stdin.setRawMode !== undefined ? await typed(io, prompt) : await piped(io);
  if (password !== undefined && password !== '') return password;
  throw new WirelightError('no_password', 'no password was given', {
    next: 'type it, or write it to standard input',
    exitCode: 2,
  });
}

async function piped(io: Io): Promise<string | undefined> {
  const lines = createInterface({ input: io.stdin, terminal: false });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return undefined;
}

const enter = new Set(['\r', '\n']);
const backspace = new Set(['\u007f', '\b']);
const interrupt = '\u0003';
const endOfInput = '\u0004';

function typed({ stdin, stderr }: Io, prompt: string): Promise<string | undefined> {
  stderr.write(prompt);
  stdin.setRawMode?.(true);
  stdin.resume();
  return new Promise((resolve) => {
    let text = '';
    const end = (password: string | undefined): void => {
      stdin.off('data', onData);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write('\n');
      resolve(password);
    };
    const onData = (data: Buffer | string): void => {
      for (const key of data.toString()) {
        if (enter.has(key)) {
          end(text);
          return;
        }
        if (key === interrupt || (key === endOfInput && text === '')) {
          end(undefined);
          return;
        }
        text = backspace.has(key) ? [...text].slice(0, -1).join('') : text + key;
      }
    };
    stdin.on('data', onData);
  });
}
