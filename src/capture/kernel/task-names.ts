const MOST = 16_384;

/**
 * The kernel's names of the programs that processes executed, for those that end before anybody can look at them. The
 * oldest are forgotten first.
 */
export class TaskNames {
  readonly #names = new Map<number, string>();

  /** A process executes a program: the kernel names it after that. */
  executed(pid: number, comm: string): void {
    this.#names.delete(pid);
    this.#names.set(pid, comm);
    if (this.#names.size <= MOST) return;
    const [oldest] = this.#names.keys();
    if (oldest !== undefined) this.#names.delete(oldest);
  }

  /** '' where nothing is known. */
  of(pid: number): string {
    return this.#names.get(pid) ?? '';
  }
}

/** Bytes of a name in a record, padded with zeros. */
const LENGTH = 16;
const MOST_READ = 256;

/** Reads names out of records. The same few come again and again: they are told by their bytes, without a new string each. */
export class NameReader {
  readonly #known = new Map<number, { readonly words: readonly number[]; readonly name: string }>();

  /** The name at `at`, which `view` and `bytes` both show. */
  read(bytes: Buffer, view: DataView, at: number): string {
    const a = view.getUint32(at, true);
    const b = view.getUint32(at + 4, true);
    const c = view.getUint32(at + 8, true);
    const d = view.getUint32(at + 12, true);
    const key = (a ^ Math.imul(b, 31) ^ Math.imul(c, 961) ^ Math.imul(d, 29791)) >>> 2;
    const known = this.#known.get(key);
    if (known !== undefined) {
      const { words } = known;
      if (words[0] === a && words[1] === b && words[2] === c && words[3] === d) return known.name;
    }
    const zero = bytes.subarray(at, at + LENGTH).indexOf(0);
    const name = bytes.toString('utf8', at, zero < 0 ? at + LENGTH : at + zero);
    if (this.#known.size >= MOST_READ) this.#known.clear();
    this.#known.set(key, { words: [a, b, c, d], name });
    return name;
  }
}
