/**
 * An error that a person may see: what happened, why, and what to do next. `code` is stable and for programs.
 *
 * @example
 * throw new WirelightError('not_permitted', 'cannot load the kernel programs', {
 *   why: 'this process lacks CAP_BPF', next: 'run it as root: sudo ./wirelight observe' });
 */
export class WirelightError extends Error {
  readonly code: string;
  /** Why it happened, one clause. */
  readonly why: string | undefined;
  /** What to do next, one sentence. */
  readonly next: string | undefined;
  /** Exit code of the command that ends with this error. */
  readonly exitCode: number;

  constructor(
    code: string,
    what: string,
    more: { why?: string; next?: string; exitCode?: number; cause?: unknown } = {},
  ) {
    super(what, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'WirelightError';
    this.code = code;
    this.why = more.why;
    this.next = more.next;
    this.exitCode = more.exitCode ?? 1;
  }
}
