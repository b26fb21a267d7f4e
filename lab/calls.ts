/** One thing that a client did, by its own clock. Times are milliseconds since the epoch. */
export interface Call {
  /** As it is to be seen, e.g. 'GET /orders 200'. */
  readonly what: string;
  readonly began: number;
  readonly ended: number;
}

/**
 * What a client did and when: the truth that requests seen on the wire are held against.
 *
 * @example
 * const calls = new Calls();
 * await calls.note('SELECT orders', () => client.query('SELECT * FROM orders'));
 */
export class Calls {
  readonly made: Call[] = [];

  /** Does something and notes when, under one name, or several where it takes more than one request. What it throws passes on. */
  async note<T>(what: string | readonly string[], action: () => Promise<T>): Promise<T> {
    const began = Date.now();
    try {
      return await action();
    } finally {
      this.add(what, began, Date.now());
    }
  }

  /** The same for what is meant to fail: an error is the expected answer. */
  async noteFailure(what: string | readonly string[], action: () => Promise<unknown>): Promise<void> {
    let failed = false;
    await this.note(what, action).catch(() => {
      failed = true;
    });
    if (!failed) throw new Error(`${what} did not fail`);
  }

  /** Takes what a client of another process noted. */
  add(what: string | readonly string[], began: number, ended: number): void {
    for (const name of typeof what === 'string' ? [what] : what) this.made.push({ what: name, began, ended });
  }
}
