import { write } from 'node:fs';
import type { Screen } from './io.ts';

/** Lines are passed on together once they come to so many characters, or when the program has nothing else to do. */
const together = 1 << 16;

/**
 * Lines on their way to standard output. Taking one never blocks: what the reader (a terminal, a pipe) does not take fast
 * enough waits here, and beyond `limit` it is refused and counted.
 */
export class OutputQueue {
  readonly #target: Target;
  readonly #limit: number;
  readonly #onClosed: () => void;
  #lines: string[] = [];
  #length = 0;
  #scheduled = false;
  #closed = false;
  /** Lines that were refused because the reader was too slow. */
  refused = 0;

  /**
   * @param onClosed called once when the reader is gone
   * @param limit characters that may wait, 8 Mi by default
   */
  constructor(screen: Screen, onClosed: () => void = () => undefined, limit = 8 << 20) {
    this.#target = targetOf(screen, () => this.#close());
    this.#onClosed = onClosed;
    this.#limit = limit;
  }

  /** True where a line given now would be refused. Lets the caller save the making of it; call {@link refuse} then. */
  get full(): boolean {
    return this.#length + this.#target.waiting() >= this.#limit;
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
    this.#length += text.length;
    if (this.#length >= together) this.#pass();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#pass();
      });
    }
  }

  /** Resolves when everything was taken by the reader, the reader is gone, or `milliseconds` have passed. */
  async flush(milliseconds = 2_000): Promise<void> {
    this.#pass();
    const end = performance.now() + milliseconds;
    let pause = 1;
    while (!this.#closed && this.#target.waiting() > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, 20);
    }
  }

  #pass(): void {
    if (this.#lines.length === 0 || this.#closed) return;
    const text = this.#lines.join('');
    this.#lines = [];
    this.#length = 0;
    this.#target.write(text);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lines = [];
    this.#length = 0;
    this.#onClosed();
  }
}

/** Where text goes without anybody waiting for it. */
interface Target {
  write(text: string): void;
  /** Characters or bytes that the reader has not taken yet. */
  waiting(): number;
}

/**
 * Node writes to pipes without blocking, but to terminals it blocks: a terminal that was stopped by Ctrl-S would stop the
 * whole process. So terminals are written to from the thread pool.
 */
function targetOf(screen: Screen, onError: () => void): Target {
  const fd: unknown = 'fd' in screen ? screen.fd : undefined;
  if (screen.isTTY === true && typeof fd === 'number') return new Terminal(fd, onError);
  return {
    write: (text) => {
      screen.write(text, (error) => {
        if (error) onError();
      });
    },
    waiting: () => screen.writableLength,
  };
}

/** Writes from the thread pool, one piece after the other. */
class Terminal implements Target {
  readonly #fd: number;
  readonly #onError: () => void;
  #texts: string[] = [];
  #waiting = 0;
  #busy = false;

  constructor(fd: number, onError: () => void) {
    this.#fd = fd;
    this.#onError = onError;
  }

  write(text: string): void {
    this.#texts.push(text);
    this.#waiting += text.length;
    if (!this.#busy) this.#next();
  }

  waiting(): number {
    return this.#waiting;
  }

  #next(): void {
    const text = this.#texts.join('');
    this.#texts = [];
    this.#busy = true;
    writeAll(this.#fd, Buffer.from(text), (error) => {
      this.#busy = false;
      this.#waiting -= text.length;
      if (error !== undefined) {
        this.#waiting = 0;
        this.#texts = [];
        this.#onError();
      } else if (this.#texts.length > 0) this.#next();
    });
  }
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
