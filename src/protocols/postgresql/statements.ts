import { Interner } from '../interner.ts';
import { type Statement, unknownStatement } from '../sql/index.ts';

/** Most prepared statements and portals of one connection that are kept; the oldest give way. */
const most = 1024;

const names = new Interner(1024, { longest: 64 });

/** What a connection has prepared and bound, by name; '' is the unnamed one. */
export class NamedStatements {
  #unnamed: Statement = unknownStatement;
  #named: Map<string, Statement> | undefined;

  /** Keeps a statement under the name in bytes[start] .. bytes[end - 1]. */
  set(bytes: Uint8Array, start: number, end: number, statement: Statement): void {
    if (start >= end) {
      this.#unnamed = statement;
      return;
    }
    this.#named ??= new Map();
    const name = names.text(bytes, start, end);
    if (this.#named.size >= most && !this.#named.has(name)) {
      for (const oldest of this.#named.keys()) {
        this.#named.delete(oldest);
        break;
      }
    }
    this.#named.set(name, statement);
  }

  /** The statement of that name, {@link unknownStatement} where it was prepared before the capture began. */
  get(bytes: Uint8Array, start: number, end: number): Statement {
    if (start >= end) return this.#unnamed;
    return this.#named?.get(names.text(bytes, start, end)) ?? unknownStatement;
  }

  delete(bytes: Uint8Array, start: number, end: number): void {
    if (start < end) this.#named?.delete(names.text(bytes, start, end));
  }

  /** Forgets all. */
  clear(): void {
    this.#unnamed = unknownStatement;
    this.#named = undefined;
  }
}
