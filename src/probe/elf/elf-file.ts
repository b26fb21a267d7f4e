import { readBuildId } from './build-id.ts';
import { FileWindow } from './file-window.ts';
import { readGoVersion } from './go-build-info.ts';
import { goFunctionTable, lookUpGo } from './go-functions.ts';
import { type Layout, locate, readLayout } from './layout.ts';
import { readNeeded } from './needed.ts';
import { lookUp } from './symbol-table.ts';

/** A function of a program or library. */
export interface ElfSymbol {
  readonly name: string;
  /** Where its code begins, in bytes from the start of the file: what uprobes are attached to. */
  readonly fileOffset: number;
  /** Bytes of code; 0 where the file does not say (functions written in assembly). */
  readonly size: number;
}

/** A program or shared library on disk, read in pieces. Everything it says may be a lie: it is only as sound as its maker. */
export interface ElfFile {
  /** What it runs on; `other` also for 32 bits. */
  readonly machine: 'x86-64' | 'aarch64' | 'other';
  /**
   * What tells this build from others, in hex: the linker's build id, or a content hash where it has none. The file
   * claims it, whoever made it: what is done to other programs must not follow from it alone ({@link identity}).
   */
  readonly buildId: string;
  /** What tells this very file from others, and from what it was before it was changed: device, inode, size, time. */
  readonly identity: string;
  /** Names of the libraries it needs, such as `libssl.so.3`. */
  readonly needed: readonly string[];
  /** Whether Go built it. */
  readonly isGo: boolean;
  /** The Go that built it, such as `go1.26.8`; undefined where it was none or one older than 1.18. */
  readonly goVersion: string | undefined;
  /**
   * A function that is defined in the file, by its name: of the exported symbols (of several versions the one that new
   * programs get), else of all, else of the names that Go keeps in stripped programs.
   * @throws WirelightError `elf_damaged`, `elf_unreadable`
   */
  symbol(name: string): ElfSymbol | undefined;
  /**
   * The code of a function, cut at 256 KiB and where its segment ends. Where its size is not known, what follows up to 4 KiB.
   * @throws WirelightError `elf_damaged`, `elf_unreadable`
   */
  bytes(symbol: ElfSymbol): Uint8Array;
  /** Closes the file. */
  [Symbol.dispose](): void;
}

/** More is nothing to attach to: the largest functions of TLS libraries have 10 KB. */
const LARGEST_FUNCTION = 256 * 1024;
const OF_UNKNOWN_SIZE = 4096;

/**
 * Opens a program or library.
 *
 * @example
 * using elf = openElf('/usr/lib/x86_64-linux-gnu/libssl.so.3');
 * elf.symbol('SSL_read'); // { name: 'SSL_read', fileOffset: 218160, size: 131 }
 *
 * @throws WirelightError `elf_unreadable` where it cannot be opened, `not_elf` where it is something else,
 *   `elf_damaged` where its headers are impossible
 */
export function openElf(path: string): ElfFile {
  const file = new FileWindow(path);
  try {
    return new OpenElf(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

class OpenElf implements ElfFile {
  readonly machine: ElfFile['machine'];
  readonly buildId: string;
  readonly identity: string;
  readonly needed: readonly string[];
  readonly isGo: boolean;
  readonly goVersion: string | undefined;
  readonly #file: FileWindow;
  readonly #layout: Layout;

  constructor(file: FileWindow) {
    this.#file = file;
    this.#layout = readLayout(file);
    this.machine = this.#layout.machine;
    this.identity = file.identity;
    this.buildId = readBuildId(file, this.#layout);
    this.needed = readNeeded(file, this.#layout);
    this.goVersion = readGoVersion(file, this.#layout);
    this.isGo = this.goVersion !== undefined || goFunctionTable(this.#layout) !== undefined;
  }

  symbol(name: string): ElfSymbol | undefined {
    if (name === '' || name.includes('\0')) return undefined;
    const found =
      lookUp(this.#file, this.#layout, name) ?? (this.isGo ? lookUpGo(this.#file, this.#layout, name) : undefined);
    const place = found && locate(this.#layout, found.address);
    if (!found || !place || place.offset >= this.#file.size) return undefined;
    return { name, fileOffset: place.offset, size: Math.min(found.size, place.left) };
  }

  bytes(symbol: ElfSymbol): Uint8Array {
    const wanted = symbol.size === 0 ? OF_UNKNOWN_SIZE : Math.min(symbol.size, LARGEST_FUNCTION);
    const left = this.#file.size - symbol.fileOffset;
    return this.#file.bytes(symbol.fileOffset, Math.max(0, Math.min(wanted, left)));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
