import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../base/printable.ts';

const most = 4096;

/** Names of network namespaces, as `ip netns` shows them: files in /run/netns that the namespaces are bound to. */
export class NetworkNamespaces {
  readonly #directory: string;
  #names = new Map<number, string>();
  #readAgainAt = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The name of a namespace by its inode. The directory is read at most once in 2 s. */
  name(inode: number, now: number): string | undefined {
    if (inode === 0) return undefined;
    if (now >= this.#readAgainAt) {
      this.#readAgainAt = now + 2000;
      this.#names = this.#read();
    }
    return this.#names.get(inode);
  }

  #read(): Map<number, string> {
    const names = new Map<number, string>();
    try {
      for (const name of readdirSync(this.#directory).slice(0, most)) {
        const info = statSync(join(this.#directory, name), { throwIfNoEntry: false });
        if (info !== undefined && !names.has(info.ino)) names.set(info.ino, printable(name, 80));
      }
    } catch {
      // No such directory: nobody has named a namespace.
    }
    return names;
  }
}
