import { afterParenthesis, type Token, tokenAt } from './tokens.ts';

/** Verbs whose FROM, INTO, ... do not name tables. */
const without = new Set(
  'SHOW FETCH MOVE CLOSE GRANT REVOKE EXECUTE DEALLOCATE SET RESET CALL LIST KILL DISCARD SAVEPOINT RELEASE'.split(' '),
);
/** Words that cannot be the alias of a table, because a clause begins with them. */
const clauses = new Set(
  (
    'WHERE ON USING JOIN INNER LEFT RIGHT FULL CROSS NATURAL STRAIGHT_JOIN OUTER SET VALUES VALUE SELECT GROUP ORDER ' +
    'HAVING LIMIT OFFSET FETCH FOR UNION INTERSECT EXCEPT WINDOW RETURNING WHEN IF TO FROM WITH USE FORCE IGNORE ' +
    'PARTITION TABLESAMPLE DEFAULT OVERRIDING READ WRITE IN LOW_PRIORITY ALLOW PROCEDURE LOCK AND OR'
  ).split(' '),
);
/** Functions in whose arguments FROM is no clause. */
const fromFunctions = new Set('EXTRACT SUBSTRING TRIM OVERLAY POSITION'.split(' '));
/** Words that may stand before the name of a table. */
const modifiers = new Set(
  'IF NOT EXISTS ONLY LATERAL LOW_PRIORITY IGNORE CONCURRENTLY ANALYZE FULL FREEZE VERBOSE LOCAL QUICK EXTENDED'.split(
    ' ',
  ),
);
const notTables = new Set('STDIN STDOUT PROGRAM OUTFILE DUMPFILE DUAL SELECT VALUES'.split(' '));

/** Names of the tables that one statement acts on, in order of mention; what WITH defines is none. */
export function tablesOf(tokens: readonly Token[], verb: string): string[] {
  if (without.has(verb)) return [];
  return new TableFinder(tokens, verb).find();
}

class TableFinder {
  readonly #tokens: readonly Token[];
  readonly #verb: string;
  readonly #tables: string[] = [];
  readonly #defined = new Set<string>();

  constructor(tokens: readonly Token[], verb: string) {
    this.#tokens = tokens;
    this.#verb = verb;
  }

  find(): string[] {
    const tokens = this.#tokens;
    if (tokenAt(tokens, 0).word === 'WITH') this.#definitions();
    // For each open parenthesis: whether it holds the arguments of a function that has FROM in them.
    const functions: boolean[] = [];
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at];
      if (!token.isName) {
        if (token.text === '(') functions.push(fromFunctions.has(tokenAt(tokens, at - 1).word));
        else if (token.text === ')') functions.pop();
        continue;
      }
      switch (token.word) {
        case 'FROM':
          if (functions.at(-1) === true || tokenAt(tokens, at - 1).word === 'DISTINCT') break;
          this.#list(at + 1, true);
          break;
        case 'JOIN':
        case 'STRAIGHT_JOIN':
          this.#table(at + 1, true);
          break;
        case 'INTO':
          this.#table(this.#after(at + 1, 'TABLE'), false);
          break;
        case 'INSERT':
        case 'REPLACE':
          this.#insertWithoutInto(at);
          break;
        case 'UPDATE':
          if (this.#beginsStatement(at)) this.#list(at + 1, false);
          break;
        case 'USING':
          if (this.#verb === 'DELETE' || this.#verb === 'MERGE') this.#list(at + 1, true);
          break;
        case 'TABLE':
        case 'TABLES':
          if (/^(?:CREATE|ALTER|DROP|TRUNCATE|LOCK|RENAME|TABLE|ANALYZE|OPTIMIZE|CHECK|REPAIR)/.test(this.#verb))
            this.#list(at + 1, false);
          break;
        case 'VIEW':
          if (/VIEW$/.test(this.#verb)) this.#table(at + 1, false);
          break;
        case 'ON':
          if (/^(?:CREATE (?:INDEX|TRIGGER|RULE|POLICY)|DROP INDEX|COMMENT)/.test(this.#verb))
            this.#table(at + 1, false);
          break;
        case 'TRUNCATE':
        case 'COPY':
        case 'ANALYZE':
        case 'VACUUM':
        case 'DESCRIBE':
        case 'DESC':
        case 'LOCK':
        case 'HANDLER':
          if (at === 0 && !/^TABLES?$/.test(tokenAt(tokens, 1).word)) this.#list(at + 1, false);
          break;
      }
    }
    return this.#tables;
  }

  /** WITH a AS (...), b (x) AS MATERIALIZED (...) */
  #definitions(): void {
    const tokens = this.#tokens;
    let at = this.#after(1, 'RECURSIVE');
    while (tokenAt(tokens, at).isName) {
      this.#defined.add(tokens[at].text);
      at++;
      if (tokenAt(tokens, at).text === '(') at = afterParenthesis(tokens, at);
      while (tokenAt(tokens, at).isName) at++;
      if (tokenAt(tokens, at).text !== '(') return;
      at = afterParenthesis(tokens, at);
      if (tokenAt(tokens, at).text !== ',') return;
      at++;
    }
  }

  #beginsStatement(at: number): boolean {
    const before = tokenAt(this.#tokens, at - 1);
    return (
      at === 0 ||
      before.text === '(' ||
      (before.text === ')' && this.#defined.size > 0) ||
      this.#verb === 'EXPLAIN' ||
      (this.#verb === 'BATCH' && before.word !== 'KEY')
    );
  }

  /** MySQL: INSERT [LOW_PRIORITY | IGNORE ...] table ... */
  #insertWithoutInto(at: number): void {
    if (!this.#beginsStatement(at)) return;
    const tokens = this.#tokens;
    let next = at + 1;
    while (/^(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)$/.test(tokenAt(tokens, next).word)) next++;
    if (tokenAt(tokens, next).word !== 'INTO') this.#table(next, false);
  }

  #after(at: number, word: string): number {
    return tokenAt(this.#tokens, at).word === word ? at + 1 : at;
  }

  /** Tables separated by commas, each perhaps with an alias. */
  #list(at: number, mayBeFunction: boolean): void {
    const tokens = this.#tokens;
    for (;;) {
      at = this.#table(at, mayBeFunction);
      if (at < 0) return;
      at = this.#after(at, 'AS');
      const alias = tokenAt(tokens, at);
      if (alias.isName && !clauses.has(alias.word)) at++;
      if (tokenAt(tokens, at).text === '(') at = afterParenthesis(tokens, at);
      if (tokenAt(tokens, at).text !== ',') return;
      at++;
    }
  }

  /** Takes the name at `at`, if there is one; returns the index after it, or -1. */
  #table(at: number, mayBeFunction: boolean): number {
    const tokens = this.#tokens;
    while (modifiers.has(tokenAt(tokens, at).word)) at++;
    let token = tokenAt(tokens, at);
    if (token.text === '(' && !token.isName) {
      // A subquery or a join in parentheses: found by the walk, except for a table right here.
      const inner = tokenAt(tokens, at + 1);
      if (inner.isName && !notTables.has(inner.word) && inner.word !== 'WITH' && mayBeFunction)
        this.#table(at + 1, true);
      return afterParenthesis(tokens, at);
    }
    if (!token.isName || notTables.has(token.word) || (token.word !== '' && clauses.has(token.word))) return -1;
    if (token.text === '') return -1;
    let name = token.text;
    let qualified = false;
    at++;
    while (tokenAt(tokens, at).text === '.' && tokenAt(tokens, at + 1).isName) {
      token = tokens[at + 1];
      name += `.${token.text}`;
      qualified = true;
      at += 2;
    }
    if (mayBeFunction && tokenAt(tokens, at).text === '(') return afterParenthesis(tokens, at);
    if (tokenAt(tokens, at).text === '*') at++;
    if (qualified || !this.#defined.has(name)) this.#tables.push(name);
    return at;
  }
}
