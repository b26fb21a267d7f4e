import { CapturePolicy, Policy } from './layout.ts';
import { type Mapping, mapMemory } from './mapping.ts';

const SLOTS = 65536;

/**
 * Tells the kernel how much of a socket's bytes to capture: a table in shared memory, a slot by socket cookie. Two
 * sockets may share a slot; the one that wrote last has it and the other is captured as generously as an unknown one.
 */
export class PolicyTable implements Disposable {
  readonly #mapping: Mapping;
  readonly #words: Uint32Array<ArrayBuffer>;

  constructor(fd: number) {
    this.#mapping = mapMemory(fd, SLOTS * Policy.SIZE, 0, true);
    this.#words = new Uint32Array(this.#mapping.buffer);
  }

  /** @param policy one of {@link CapturePolicy} */
  set(cookie: number, policy: number): void {
    const low = cookie % 0x100000000;
    const at = (low % SLOTS) * 2;
    // While the two words change the entry must not count for anybody.
    this.#words[at + 1] = CapturePolicy.undecided;
    this.#words[at] = low;
    this.#words[at + 1] = policy;
  }

  [Symbol.dispose](): void {
    this.#mapping[Symbol.dispose]();
  }
}
