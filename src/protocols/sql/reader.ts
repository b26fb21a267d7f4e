import { ByteMap } from '../byte-map.ts';
import { textOf } from '../text.ts';
import { clearTraceContext, newTraceContext, type TraceContext } from '../trace-context.ts';
import type { Dialect } from './dialect.ts';
import { longestStatement, longestText, StatementScanner } from './scan.ts';
import { describeStatement, type Statement } from './statement.ts';

/** Bytes of a statement after which what it does is known, even if it was cut. */
const enough = 1024;

/**
 * Reads statements of one dialect. Statements that differ only in their values give the same object, and one that was seen
 * before costs neither memory nor a string. Memory is bounded: at most some 4000 statements are kept, the seldom ones give way.
 *
 * @example
 * const reader = new StatementReader(postgresql);
 * reader.read(bytes, start, end, false).text; // "SELECT * FROM orders WHERE id = ?"
 * reader.trace.traceId; // what a comment in it said
 */
export class StatementReader {
  /** Trace context found in the comments of the statement that was read last. */
  readonly trace: TraceContext = newTraceContext();
  readonly #scanner: StatementScanner;
  /** Sources without values and comments, that is, statements with placeholders: found without a scan. */
  readonly #bySource = new ByteMap<Statement>(2048, 1024);
  readonly #byText = new ByteMap<Statement>(2048, longestText + 8);
  readonly #partialByText = new ByteMap<Statement>(256, 1024);

  constructor(dialect: Dialect) {
    this.#scanner = new StatementScanner(dialect);
  }

  /**
   * The statement in bytes[start] .. bytes[end - 1].
   * @param cut true where it goes on after `end`
   */
  read(bytes: Uint8Array, start: number, end: number, cut: boolean): Statement {
    clearTraceContext(this.trace);
    if (!cut) {
      const known = this.#bySource.get(bytes, start, end);
      if (known !== undefined) return known;
    }
    const scanner = this.#scanner;
    scanner.scan(bytes, start, end, cut, this.trace);
    const { text, length } = scanner;
    const partial = cut && end - start < enough;
    const known = partial ? this.#partialByText : this.#byText;
    const statement =
      known.get(text, 0, length) ??
      known.set(text, 0, length, describeStatement(textOf(text, 0, length), scanner.cutInName, partial));
    if (scanner.removed === 0 && !scanner.cut && end - start <= longestStatement) {
      this.#bySource.set(bytes, start, end, statement);
    }
    return statement;
  }
}
