import { close, openSync, readSync, statSync, unlink, write } from 'node:fs';
import { join, parse } from 'node:path';
import type { Writable } from 'node:stream';
import { WirelightError } from '../../base/errors.ts';

/** Where the bytes of a capture go: taken at once, written in the background, in order. */
export interface CaptureTarget {
  /** Bytes taken and not written yet. */
  readonly backlog: number;
  /** Why it can take no more, undefined while it can. */
  readonly failure: Error | undefined;
  write(bytes: Uint8Array): void;
  /** Resolves when everything is written and closed, or has failed. */
  close(): Promise<void>;
}

/** The names of a rotated capture's files: `trace.pcapng` gives `trace-0001.pcapng`, ... */
export function rotatedPath(path: string, number: number): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}-${String(number).padStart(4, '0')}${ext}`);
}

/**
 * Opens a file for writing. A file that is there is replaced only where it is a capture file (or empty).
 * @throws WirelightError `cannot_write`, `not_a_capture`
 */
export function fileTarget(path: string): CaptureTarget {
  refuseOtherFiles(path);
  let fd: number;
  try {
    fd = openSync(path, 'w', 0o600);
  } catch (cause) {
    throw new WirelightError('cannot_write', `cannot write ${path}`, {
      why: cause instanceof Error ? cause.message : String(cause),
      next: 'choose another place with -o',
      cause,
    });
  }
  return new FileTarget(fd);
}

/** Removes a file that rotation has made superfluous; one that is gone already is fine. */
export function removeFile(path: string): void {
  unlink(path, () => undefined);
}

const captureMagics = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a]);

function refuseOtherFiles(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || stats.size === 0) return;
  const head = Buffer.alloc(4);
  const fd = openSync(path, 'r');
  const read = readSync(fd, head, 0, 4, 0);
  close(fd);
  if (read === 4 && captureMagics.has(head.readUInt32BE())) return;
  throw new WirelightError('not_a_capture', `${path} is there already and is no capture file`, {
    why: 'it would be lost',
    next: 'choose another name with -o, or remove it first',
  });
}

/** A file, written by the thread pool. */
class FileTarget implements CaptureTarget {
  backlog = 0;
  failure: Error | undefined;
  readonly #fd: number;
  #queue: Uint8Array[] = [];
  #writing = false;
  #idle: (() => void) | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Uint8Array): void {
    if (this.failure !== undefined) return;
    this.#queue.push(bytes);
    this.backlog += bytes.length;
    if (!this.#writing) this.#next();
  }

  async close(): Promise<void> {
    if (this.#writing) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await new Promise<void>((resolve) => close(this.#fd, () => resolve()));
  }

  #next(): void {
    const bytes = this.#queue.shift();
    if (bytes === undefined) {
      this.#writing = false;
      this.#idle?.();
      return;
    }
    this.#writing = true;
    this.#writeAll(bytes, bytes.length);
  }

  #writeAll(bytes: Uint8Array, whole: number): void {
    write(this.#fd, bytes, (error, written) => {
      if (error !== null) {
        this.failure = error;
        this.backlog = 0;
        this.#queue = [];
        this.#next();
      } else if (written < bytes.length) this.#writeAll(bytes.subarray(written), whole);
      else {
        this.backlog -= whole;
        this.#next();
      }
    });
  }
}

/** A stream that is open already, e.g. standard output: it is not closed. */
export function streamTarget(stream: Writable): CaptureTarget {
  return new StreamTarget(stream);
}

class StreamTarget implements CaptureTarget {
  backlog = 0;
  failure: Error | undefined;
  readonly #stream: Writable;
  #idle: (() => void) | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  write(bytes: Uint8Array): void {
    if (this.failure !== undefined) return;
    this.backlog += bytes.length;
    this.#stream.write(bytes, (error) => {
      this.backlog -= bytes.length;
      if (error !== null && error !== undefined) this.failure = error;
      if (this.backlog === 0 || this.failure !== undefined) this.#idle?.();
    });
  }

  async close(): Promise<void> {
    if (this.backlog === 0 || this.failure !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }
}
