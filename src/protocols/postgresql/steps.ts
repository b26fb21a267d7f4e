import type { Exchange } from '../exchange.ts';
import type { Frame } from '../frames.ts';
import { rawStatement, type Statement, type StatementReader } from '../sql/index.ts';
import { indexOfByte } from '../text.ts';
import { NamedStatements } from './statements.ts';
import { Key, Kind } from './waiting.ts';
import { FromClient } from './wire.ts';

/** Reads the steps of the extended protocol: what is prepared, bound to portals, and executed. */
export class StepReader {
  readonly #statements: StatementReader;
  readonly #keepRaw: boolean;
  readonly #prepared = new NamedStatements();
  readonly #portals = new NamedStatements();

  /** @param keepRaw statements are shown with their values */
  constructor(statements: StatementReader, keepRaw: boolean) {
    this.#statements = statements;
    this.#keepRaw = keepRaw;
  }

  /** Everything that was prepared is no more. */
  forget(): void {
    this.#prepared.clear();
  }

  /** Takes one step of a request: Parse, Bind, Describe, Close or Execute. */
  read(e: Exchange, type: number, frame: Frame): void {
    const { bytes, start, end, length } = frame;
    e.key += Key.step;
    const from = start + 5;
    const nameEnd = indexOfByte(bytes, 0, from, end);
    if (nameEnd < 0) return;
    switch (type) {
      case FromClient.parse:
        this.#parse(e, bytes, from, nameEnd, end, end - start < length);
        return;
      case FromClient.bind: {
        const statementEnd = indexOfByte(bytes, 0, nameEnd + 1, end);
        if (statementEnd < 0) return;
        const statement = this.#prepared.get(bytes, nameEnd + 1, statementEnd);
        this.#portals.set(bytes, from, nameEnd, statement);
        e.key |= Key.bind;
        if ((e.key & Key.parse) === 0) describe(e, statement);
        return;
      }
      case FromClient.describe:
        if (e.method === '' && bytes[from] === 0x53) describe(e, this.#prepared.get(bytes, from + 1, nameEnd));
        return;
      case FromClient.close:
        if (bytes[from] === 0x53) {
          if (e.method === '') describe(e, this.#prepared.get(bytes, from + 1, nameEnd));
          e.key |= Key.close;
          this.#prepared.delete(bytes, from + 1, nameEnd);
        } else this.#portals.delete(bytes, from + 1, nameEnd);
        return;
      case FromClient.execute: {
        const statement = this.#portals.get(bytes, from, nameEnd);
        if (e.resource === '' || (e.key & Key.parse) === 0) describe(e, statement);
        e.kind = Kind.execute;
        e.key &= Key.step - 1;
        if (statement.partial) e.partial();
        return;
      }
    }
  }

  #parse(e: Exchange, bytes: Uint8Array, from: number, nameEnd: number, end: number, isCut: boolean): void {
    const zero = indexOfByte(bytes, 0, nameEnd + 1, end);
    const to = zero < 0 ? end : zero;
    const statement = this.#statements.read(bytes, nameEnd + 1, to, isCut && zero < 0);
    this.#prepared.set(bytes, from, nameEnd, statement);
    describe(e, statement);
    if (this.#keepRaw) e.resource = rawStatement(statement, bytes, nameEnd + 1, to);
    e.follow(this.#statements.trace);
    e.key |= Key.parse;
  }
}

function describe(e: Exchange, statement: Statement): void {
  e.method = statement.verb;
  e.target = statement.tables;
  e.resource = statement.text;
}
