import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Blocks that were refused, kept so that somebody can look at them; the oldest go when there are too many. */
export class Quarantine {
  readonly #directory: string;
  readonly #mostBytes: number;
  /** Blocks put aside since the start. */
  count = 0;

  constructor(directory: string, mostBytes = 256 * 1024 * 1024) {
    this.#directory = directory;
    this.#mostBytes = mostBytes;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Puts a block aside with the reason. Fails silently: a full disk is announced elsewhere. */
  put(block: { agent: string; sequence: string; table: string; bytes: Uint8Array; code: string; why: string }): void {
    this.count++;
    const name = `${Date.now()}.${safe(block.agent)}.${safe(block.sequence)}.${safe(block.table)}`;
    const { bytes, ...about } = block;
    try {
      this.#makeRoom(bytes.length);
      writeFileSync(join(this.#directory, `${name}.block`), bytes, { mode: 0o600 });
      writeFileSync(join(this.#directory, `${name}.json`), `${JSON.stringify({ ...about, bytes: bytes.length })}\n`, {
        mode: 0o600,
      });
    } catch {
      // The count says that it happened.
    }
  }

  #makeRoom(bytes: number): void {
    const files = readdirSync(this.#directory)
      .map((name) => ({ path: join(this.#directory, name), size: statSync(join(this.#directory, name)).size, name }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    let total = files.reduce((sum, file) => sum + file.size, bytes);
    for (const file of files) {
      if (total <= this.#mostBytes) return;
      rmSync(file.path, { force: true });
      total -= file.size;
    }
  }
}

function safe(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40);
}
