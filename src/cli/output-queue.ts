import { write } from 'node:fs';
import type { Screen } from './io.ts';

/**
 * Lines on their way to standard output. Taking one never blocks: what the reader (a terminal, a pipe) does not take fast
 * enough waits here, and beyond `limit` it is refused and counted.
 */
export class OutputQueue {
  readonly #write: Write;
  readonly #limit: number;
  readonly #onClosed: () => void;
  #lines: string[] = [];
  #pending = 0;
  #writing = false;
  #scheduled = false;
  #closed = false;
  #idle: (() => void)[] = [];
  /** Lines that were refused because the reader was too slow. */
  refused = 0;

  /**
   * @param onClosed called once when the reader is gone
   * @param limit characters that may wait, 8 Mi by default
   */
  constructor(screen: Screen, onClosed: () => void = () => undefined, limit = 8 << 20) {
    this.#write = writeTo(screen);
    this.#onClosed = onClosed;
    this.#limit = limit;
  }

  /** True where a line given now would be refused. Lets the caller save the making of it; call {@link refuse} then. */
  get full(): boolean {
    return this.#pending >= this.#limit;
  }

  /** True once the reader is gone: everything given from now on is let fall. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Counts a line that was not made because the queue is full. */
  refuse(): void {
    if (!this.#closed) this.refused++;
  }

  /** Takes a text that ends in a line break. */
  push(text: string): void {
    if (this.#closed || text === '') return;
    if (this.full) {
      this.refused++;
      return;
    }
    this.#lines.push(text);
    this.#pending += text.length;
    if (this.#writing || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#next();
    });
  }

  /** Resolves when everything was taken by the reader, the reader is gone, or `milliseconds` have passed. */
  flush(milliseconds = 2_000): Promise<void> {
    if (this.#pending === 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #next(): void {
    if (this.#writing || this.#lines.length === 0) return;
    const text = this.#lines.length === 1 ? this.#lines[0] : this.#lines.join('');
    this.#lines = [];
    this.#writing = true;
    this.#write(text, (error) => {
      this.#writing = false;
      this.#pending -= text.length;
      if (error !== undefined) return this.#close();
      if (this.#lines.length > 0) return this.#next();
      this.#settle();
    });
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lines = [];
    this.#pending = 0;
    this.#settle();
    this.#onClosed();
  }

  #settle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

type Write = (text: string, done: (error?: Error) => void) => void;

/**
 * Node writes to pipes without blocking, but to terminals it blocks: a terminal that was stopped by Ctrl-S would stop the
 * whole process. So terminals are written to from the thread pool.
 */
function writeTo(screen: Screen): Write {
  const fd: unknown = 'fd' in screen ? screen.fd : undefined;
  if (screen.isTTY === true && typeof fd === 'number') return (text, done) => writeAll(fd, Buffer.from(text), done);
  return (text, done) => {
    screen.write(text, (error) => done(error ?? undefined));
  };
}

function writeAll(fd: number, bytes: Buffer, done: (error?: Error) => void): void {
  write(fd, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(() => writeAll(fd, bytes, done), 5);
    else if (error !== null) done(error);
    else if (written < bytes.length) writeAll(fd, bytes.subarray(written), done);
    else done();
  });
}

/** Resolves when a stream has passed on everything written to it so far, or after two seconds. */
export function flush(screen: Screen): Promise<void> {
  if (screen.writableLength === 0 || screen.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 2_000);
    screen.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
