import type { TraceContext } from '../trace-context.ts';
import { readComment } from './comment.ts';
import type { Dialect } from './dialect.ts';
import {
  Class,
  classOf,
  isDollarQuote,
  isUuid,
  isWord,
  skipComment,
  skipDollarQuoted,
  skipLine,
  skipNumber,
  skipQuoted,
  skipWord,
} from './lexis.ts';

/** Bytes of a statement that are looked at. */
export const longestStatement = 16_384;
/** Bytes of its normalised text that are kept. */
export const longestText = 2048;

/** What the last token was, as far as it matters for the next. */
const Before = { nothing: 0, word: 1, value: 2, operator: 3, comma: 4 } as const;
/** What a parenthesis after the last word would begin. */
const Opens = { nothing: 0, list: 1 } as const;

/**
 * Takes the values out of a statement: one pass over its bytes into another array of bytes, without making a string, so
 * that what was seen before can be recognised by its bytes. It is tolerant: a statement may be cut anywhere and may be no
 * SQL at all.
 *
 * - Literals become `?`. Placeholders stay as they are.
 * - A list of values after IN or ARRAY becomes one `?`, and of the rows after VALUES the first is kept: how many there are
 *   does not make another statement.
 * - Comments go (their trace context is read), blanks become one space. Case is kept.
 */
export class StatementScanner {
  /** The normalised statement is text[0] .. text[length - 1]. */
  readonly text = new Uint8Array(longestText + 8);
  length = 0;
  /** Literals and comments taken out. 0 where the text depends on nothing else than the source's bytes. */
  removed = 0;
  /** True where the statement goes on after what was looked at; the text then ends in an ellipsis. */
  cut = false;
  /** True where the last token of a cut statement is a word or name that may go on. */
  cutInName = false;

  readonly #dialect: Dialect;
  #blank = false;
  #before: number = Before.nothing;
  #opens: number = Opens.nothing;
  #depth = 0;
  /** Nothing is written while true: the text is full, or rows after the first go by. */
  #silent = false;
  /** A list of values: the depth inside of it (0: in none); whether an item and a row of items were written. */
  #list = 0;
  #listItem = false;
  #listRow = false;
  /** Rows after VALUES: the depth outside of them (-1: none); whether one was written. */
  #rows = -1;
  #row = false;
  /** Depth at which rows that are left out end, -1 where none is. */
  #quietUntil = -1;
  /** A comma that is written only if what follows is. */
  #heldComma = false;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /**
   * Scans bytes[start] .. bytes[end - 1].
   * @param cut true where the statement goes on after `end`
   * @param trace takes the trace context found in comments
   */
  scan(bytes: Uint8Array, start: number, end: number, cut: boolean, trace: TraceContext): void {
    this.#reset();
    this.cut = cut;
    if (end - start > longestStatement) {
      end = start + longestStatement;
      this.cut = true;
    }
    let at = start;
    while (at < end) {
      switch (classOf[bytes[at]]) {
        case Class.blank:
          this.#blank = true;
          at++;
          break;
        case Class.word:
          at = this.#takeWord(bytes, at, end);
          break;
        case Class.open:
          this.#open(bytes[at++]);
          break;
        case Class.close:
          this.#close(bytes[at++]);
          break;
        case Class.comma:
          at++;
          this.#comma();
          break;
        default:
          at = this.#takeOther(bytes, at, end, trace);
      }
    }
    this.#finish();
  }

  #reset(): void {
    this.length = this.removed = this.#depth = this.#list = 0;
    this.#before = Before.nothing;
    this.#opens = Opens.nothing;
    this.#rows = this.#quietUntil = -1;
    this.#blank = this.#silent = this.#listItem = this.#listRow = this.#row = this.#heldComma = false;
    this.cutInName = false;
  }

  #finish(): void {
    const { text } = this;
    let { length } = this;
    while (length > 0 && (text[length - 1] === 0x3b || text[length - 1] === 0x20)) length--;
    if (this.cut) {
      text[length++] = 0xe2; // U+2026
      text[length++] = 0x80;
      text[length++] = 0xa6;
    }
    this.length = length;
  }

  #takeWord(bytes: Uint8Array, from: number, end: number): number {
    const dialect = this.#dialect;
    const at = skipWord(bytes, from + 1, end);
    const length = at - from;
    const first = bytes[from];
    if (at < end) {
      // E'...', X'...', N'...', _utf8'...': the prefix belongs to the value.
      if (bytes[at] === 0x27 && (length === 1 || first === 0x5f)) {
        const escapes = dialect.backslash || first === 0x45 || first === 0x65;
        this.#value();
        return skipQuoted(bytes, at, end, escapes);
      }
      // U&'...'
      if (bytes[at] === 0x26 && length === 1 && (first | 32) === 0x75 && at + 1 < end && bytes[at + 1] === 0x27) {
        this.#value();
        return skipQuoted(bytes, at + 1, end, false);
      }
    }
    if (dialect.bareUuids && length === 8 && isUuid(bytes, from, end)) {
      this.#value();
      return from + 36;
    }
    if (this.#list > 0) {
      if (isConstant(bytes, from, length)) {
        if (this.#listItem) {
          this.#heldComma = false;
          return at;
        }
        this.#listItem = true;
      } else this.#endList();
    }
    this.#endRows();
    this.#opens = Opens.nothing;
    if (length === 2) {
      if (isWord(bytes, from, 'in')) this.#opens = Opens.list;
    } else if (length === 5) {
      if (isWord(bytes, from, 'array')) this.#opens = Opens.list;
      else if (isWord(bytes, from, 'value')) this.#beginRows();
    } else if (length === 6 && isWord(bytes, from, 'values')) this.#beginRows();
    this.#copy(bytes, from, at);
    if (at === end) this.cutInName = this.cut;
    return at;
  }

  #takeOther(bytes: Uint8Array, at: number, end: number, trace: TraceContext): number {
    const dialect = this.#dialect;
    const next = at + 1 < end ? bytes[at + 1] : 0;
    switch (classOf[bytes[at]]) {
      case Class.quote:
        this.#value();
        return skipQuoted(bytes, at, end, dialect.backslash);
      case Class.digit:
        return this.#takeNumber(bytes, at, end);
      case Class.dot:
        if (classOf[next] === Class.digit && this.#before !== Before.word) return this.#takeNumber(bytes, at, end);
        break;
      case Class.question:
        this.#placeholder(bytes, at, at + 1);
        return at + 1;
      case Class.dollar:
        if (classOf[next] === Class.digit) {
          const after = skipWord(bytes, at + 1, end);
          this.#placeholder(bytes, at, after);
          return after;
        }
        if (dialect.dollarQuotes && isDollarQuote(bytes, at, end)) {
          this.#value();
          return skipDollarQuoted(bytes, at, end);
        }
        break;
      case Class.doubleQuote:
        if (dialect.doubleQuotedStrings) {
          this.#value();
          return skipQuoted(bytes, at, end, dialect.backslash);
        }
        return this.#takeName(bytes, at, end);
      case Class.backtick:
        return this.#takeName(bytes, at, end);
      case Class.minus:
        if (next === 0x2d && (!dialect.dashesNeedBlank || at + 2 >= end || bytes[at + 2] <= 32)) {
          return this.#lineComment(bytes, at + 2, end, trace);
        }
        // A sign, where only a value can stand.
        if (classOf[next] === Class.digit && this.#before >= Before.operator) return this.#takeNumber(bytes, at, end);
        break;
      case Class.hash:
        if (dialect.hashComments) return this.#lineComment(bytes, at + 1, end, trace);
        break;
      case Class.slash:
        if (next === 0x2a) return this.#comment(bytes, at, end, trace);
        if (next === 0x2f && dialect.slashComments) return this.#lineComment(bytes, at + 2, end, trace);
        break;
      case Class.star:
        if (next === 0x2f && dialect.executableComments) {
          this.#blank = true;
          return at + 2;
        }
        break;
    }
    this.#operator(bytes[at]);
    return at + 1;
  }

  #takeNumber(bytes: Uint8Array, from: number, end: number): number {
    if (this.#dialect.bareUuids && isUuid(bytes, from, end)) {
      this.#value();
      return from + 36;
    }
    const at = skipNumber(bytes, from, end);
    const after = at < end && classOf[bytes[at]] === Class.word ? skipWord(bytes, at, end) : at;
    if (after === at || this.#dialect.bareUuids) this.#value();
    else {
      // 2fa, 1st: a name that begins with a digit.
      this.#endList();
      this.#copy(bytes, from, after);
    }
    return after;
  }

  #takeName(bytes: Uint8Array, from: number, end: number): number {
    const at = skipQuoted(bytes, from, end, false);
    this.#endList();
    this.#endRows();
    this.#opens = Opens.nothing;
    this.#copy(bytes, from, at);
    if (at === end && (at - from < 2 || bytes[at - 1] !== bytes[from])) this.cutInName = this.cut;
    return at;
  }

  #lineComment(bytes: Uint8Array, from: number, end: number, trace: TraceContext): number {
    const at = skipLine(bytes, from, end);
    this.#blank = true;
    this.removed++;
    readComment(trace, bytes, from, at);
    return at;
  }

  #comment(bytes: Uint8Array, at: number, end: number, trace: TraceContext): number {
    this.#blank = true;
    this.removed++;
    if (this.#dialect.executableComments && at + 2 < end && bytes[at + 2] === 0x21) {
      // What stands in /*!40101 ... */ is executed: only the frame is a comment.
      at += 3;
      while (at < end && classOf[bytes[at]] === Class.digit) at++;
      return at;
    }
    const after = skipComment(bytes, at + 2, end, this.#dialect.nestedComments);
    readComment(trace, bytes, at + 2, after);
    return after;
  }

  #value(): void {
    this.removed++;
    this.#opens = Opens.nothing;
    if (this.#list > 0) this.#item();
    else this.#put(0x3f);
    this.#before = Before.value;
  }

  #placeholder(bytes: Uint8Array, from: number, to: number): void {
    this.#opens = Opens.nothing;
    if (this.#list > 0) this.#item();
    else this.#copy(bytes, from, to);
    this.#before = Before.value;
  }

  /** A value of a list: only the first is written. */
  #item(): void {
    if (!this.#listItem) this.#put(0x3f);
    this.#listItem = true;
    this.#heldComma = false;
  }

  #open(b: number): void {
    const depth = ++this.#depth;
    if (this.#list > 0) {
      if (depth === this.#list + 1) {
        // A row within a list: IN ((1, 2), (3, 4)).
        this.#heldComma = false;
        if (this.#listRow) this.#beQuietUntil(depth - 1);
        this.#listRow = true;
        this.#listItem = false;
      } else this.#endList();
    } else if (this.#opens === Opens.list) {
      this.#list = depth;
      this.#listItem = this.#listRow = false;
    } else if (this.#rows === depth - 1) {
      if (this.#row) this.#beQuietUntil(depth - 1);
      this.#row = true;
      this.#heldComma = false;
    }
    this.#opens = Opens.nothing;
    this.#put(b);
    this.#before = Before.operator;
  }

  #close(b: number): void {
    const depth = this.#depth > 0 ? --this.#depth : 0;
    this.#heldComma = false;
    this.#blank = false;
    this.#opens = Opens.nothing;
    this.#put(b);
    this.#before = Before.value;
    if (this.#list > depth) {
      if (depth === this.#list - 1) this.#list = 0;
    } else if (this.#list === depth) this.#listItem = true;
    if (this.#rows > depth) this.#rows = -1;
    if (this.#quietUntil === depth) {
      this.#quietUntil = -1;
      this.#silent = false;
    }
  }

  #comma(): void {
    this.#opens = Opens.nothing;
    if (this.#list > 0 ? this.#listItem : this.#row && this.#rows === this.#depth) {
      this.#heldComma = true;
      this.#before = Before.comma;
      return;
    }
    this.#writeComma();
  }

  #writeComma(): void {
    this.#blank = false;
    this.#put(0x2c);
    this.#blank = true;
    this.#before = Before.comma;
  }

  #operator(b: number): void {
    this.#endList();
    if (this.#rows === this.#depth) this.#endRows();
    this.#opens = Opens.nothing;
    this.#put(b);
    this.#before = Before.operator;
  }

  /** What looked like a list of values is none: what comes is written as it is. */
  #endList(): void {
    if (this.#list === 0) return;
    this.#list = 0;
    if (this.#heldComma) this.#writeComma();
    this.#heldComma = false;
  }

  #beginRows(): void {
    this.#rows = this.#depth;
    this.#row = false;
  }

  #endRows(): void {
    if (this.#rows < 0 || this.#rows !== this.#depth) return;
    this.#rows = -1;
    if (this.#heldComma) this.#writeComma();
    this.#heldComma = false;
  }

  #beQuietUntil(depth: number): void {
    if (this.#silent) return;
    this.#quietUntil = depth;
    this.#silent = true;
  }

  #space(): void {
    if (!this.#blank) return;
    this.#blank = false;
    if (this.length > 0 && this.text[this.length - 1] !== 0x28) this.text[this.length++] = 0x20;
  }

  #put(b: number): void {
    if (this.#silent) return;
    this.#space();
    this.text[this.length++] = b;
    if (this.length >= longestText) this.#fill();
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    this.#before = Before.word;
    if (this.#silent) return;
    if (this.length + to - from >= longestText) {
      this.#fill();
      return;
    }
    this.#space();
    const { text } = this;
    let { length } = this;
    for (let i = from; i < to; i++) text[length++] = bytes[i];
    this.length = length;
  }

  #fill(): void {
    this.#silent = true;
    this.#quietUntil = -1;
    this.cut = true;
  }
}

/** NULL, TRUE and FALSE count as values of a list. */
function isConstant(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 4) return isWord(bytes, at, 'null') || isWord(bytes, at, 'true');
  return length === 5 && isWord(bytes, at, 'false');
}
