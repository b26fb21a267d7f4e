import { WirelightError } from '../../base/errors.ts';

/** A filter that cannot be read: where, and what was probably meant. */
export class FilterError extends WirelightError {
  readonly filter: string;
  /** The part that is wrong: index of its first character and its length (0 at the end of the text). */
  readonly position: number;
  readonly length: number;
  /** What was probably meant, to be put in the place of that part. */
  readonly suggestion: string | undefined;

  constructor(
    filter: string,
    position: number,
    length: number,
    what: string,
    more: { next: string; suggestion?: string | undefined },
  ) {
    const { suggestion } = more;
    super('bad_filter', what, {
      why: `${filter}\n${' '.repeat(position)}${'^'.repeat(Math.max(1, length))}`,
      next: suggestion === undefined ? more.next : `did you mean "${suggestion}"?\n${more.next}`,
      exitCode: 2,
    });
    this.name = 'FilterError';
    this.filter = filter;
    this.position = position;
    this.length = length;
    this.suggestion = suggestion;
  }
}
