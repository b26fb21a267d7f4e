import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { WirelightError } from '../../base/errors.ts';

/** How much of a file is held at once: sequential reads of small things cost one system call in thousands. */
const WINDOW = 256 * 1024;

/**
 * A file read in pieces, so that a look into a library of 100 MB costs what was looked at. Offsets come from the file
 * itself and may be anything: what lies outside of the file is an error, never a crash.
 */
export class FileWindow {
  readonly path: string;
  /** Bytes of the file when it was opened. */
  readonly size: number;
  /** Device, inode, size and last change: what a file cannot claim of itself. */
  readonly identity: string;
  #descriptor: number;
  readonly #buffer = Buffer.allocUnsafe(WINDOW);
  #start = 0;
  #end = 0;

  /** @throws WirelightError `elf_unreadable` where the file cannot be opened or is not a regular one */
  constructor(path: string) {
    this.path = path;
    try {
      this.#descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (cause) {
      throw new WirelightError('elf_unreadable', `cannot open ${path}`, {
        why: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
    try {
      const stat = fstatSync(this.#descriptor, { bigint: true });
      if (!stat.isFile()) throw this.#unreadable('it is not a regular file');
      this.size = Number(stat.size);
      this.identity = `${stat.dev}:${stat.ino}:${stat.size}:${stat.ctimeNs}`;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** An unsigned byte. */
  u8(offset: number): number {
    return this.#buffer[this.#at(offset, 1)];
  }

  /** An unsigned little-endian number of 2 bytes. */
  u16(offset: number): number {
    return this.#buffer.readUInt16LE(this.#at(offset, 2));
  }

  /** An unsigned little-endian number of 4 bytes. */
  u32(offset: number): number {
    return this.#buffer.readUInt32LE(this.#at(offset, 4));
  }

  /** An unsigned little-endian number of 8 bytes; above 2^53 it is rounded, which no file offset survives. */
  u64(offset: number): number {
    const at = this.#at(offset, 8);
    return this.#buffer.readUInt32LE(at + 4) * 0x1_0000_0000 + this.#buffer.readUInt32LE(at);
  }

  /**
   * Bytes of the window: valid until the next read, at most 256 KiB.
   * @throws WirelightError `elf_damaged` where the file ends before
   */
  view(offset: number, length: number): Buffer {
    const at = this.#at(offset, length);
    return this.#buffer.subarray(at, at + length);
  }

  /** A copy of `length` bytes. The caller bounds the length. */
  bytes(offset: number, length: number): Buffer<ArrayBuffer> {
    this.#check(offset, length);
    const copy = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const read = this.#read(copy, done, length - done, offset + done);
      if (read === 0) throw this.damaged('the file became shorter');
      done += read;
    }
    return copy;
  }

  /** A text that ends with a zero byte, cut at `limit` bytes. */
  text(offset: number, limit: number): string {
    const length = Math.min(limit, this.size - offset);
    if (length <= 0) return '';
    const bytes = this.view(offset, Math.min(length, WINDOW));
    const end = bytes.indexOf(0);
    return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
  }

  /** What to throw where the file says something impossible about itself. */
  damaged(why: string): WirelightError {
    return new WirelightError('elf_damaged', `${this.path} is not a sound ELF file`, { why });
  }

  close(): void {
    if (this.#descriptor < 0) return;
    closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  /** Where in the window an offset of the file lies, with `length` bytes behind it. */
  #at(offset: number, length: number): number {
    if (offset >= this.#start && offset + length <= this.#end) return offset - this.#start;
    this.#check(offset, length);
    if (length > WINDOW) throw this.damaged('a part of it is larger than it can be');
    this.#start = offset;
    this.#end = offset;
    while (this.#end - offset < length) {
      const read = this.#read(this.#buffer, this.#end - offset, WINDOW - (this.#end - offset), this.#end);
      if (read === 0) throw this.damaged('the file became shorter');
      this.#end += read;
    }
    return 0;
  }

  #check(offset: number, length: number): void {
    if (Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= this.size) return;
    throw this.damaged('it points beyond its own end');
  }

  #read(into: Buffer, at: number, length: number, offset: number): number {
    if (this.#descriptor < 0) throw this.#unreadable('it was closed');
    try {
      return readSync(this.#descriptor, into, at, length, offset);
    } catch (cause) {
      throw new WirelightError('elf_unreadable', `cannot read ${this.path}`, {
        why: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
  }

  #unreadable(why: string): WirelightError {
    return new WirelightError('elf_unreadable', `cannot read ${this.path}`, { why });
  }
}
