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
