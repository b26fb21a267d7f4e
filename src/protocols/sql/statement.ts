import { tablesOf } from './tables.ts';
import { tokensOf } from './tokens.ts';
import { verbOf } from './verb.ts';

/** A statement without its values. Made once for all that differ only in values; compare by identity. */
export interface Statement {
  /** The statement with `?` for each literal; ends in an ellipsis where it was cut. */
  readonly text: string;
  /** What it does, upper case: 'SELECT', 'CREATE TABLE', 'BEGIN; UPDATE; COMMIT'; '' where that is not known. */
  readonly verb: string;
  /** What it acts on, in order of mention: 'orders', 'public.orders, items'; '' where nothing or not known. */
  readonly tables: string;
  /** So little of it was seen that it may do something else. */
  readonly partial: boolean;
}

/** Stands for a statement of which nothing is known (prepared before the capture began). */
export const unknownStatement: Statement = { text: '', verb: '', tables: '', partial: true };

/** Most tables and verbs that are named of one statement. */
const mostTables = 4;
const mostVerbs = 3;

/**
 * Tells what a normalised statement does, and to what.
 *
 * @param text as the scanner wrote it
 * @param cutInName the last word may be the beginning of a longer one
 * @param partial most of it may not have been seen
 * @example
 * describeStatement('SELECT a FROM orders o JOIN "Items" USING (id)');
 * // { verb: 'SELECT', tables: 'orders, Items', text: ... }
 */
export function describeStatement(text: string, cutInName = false, partial = false): Statement {
  const tokens = tokensOf(text);
  if (cutInName) {
    while (tokens.length > 0 && tokens[tokens.length - 1].text === '…') tokens.pop();
    tokens.pop();
  }
  const verbs: string[] = [];
  const tables: string[] = [];
  let from = 0;
  // The statements within BEGIN BATCH ... APPLY BATCH (CQL) are parts of one.
  const isBatch = verbOf(tokens) === 'BATCH';
  for (let i = 0; i <= tokens.length; i++) {
    if (i < tokens.length && (isBatch || tokens[i].text !== ';')) continue;
    const statement = tokens.slice(from, i);
    from = i + 1;
    if (statement.length === 0) continue;
    const verb = verbOf(statement);
    if (verb !== '' && !verbs.includes(verb)) verbs.push(verb);
    for (const table of tablesOf(statement, verb)) if (!tables.includes(table)) tables.push(table);
  }
  return {
    text,
    verb: listOf(verbs, mostVerbs, '; '),
    tables: listOf(tables, mostTables, ', '),
    partial,
  };
}

function listOf(items: readonly string[], most: number, separator: string): string {
  return items.length <= most ? items.join(separator) : `${items.slice(0, most).join(separator)}${separator}…`;
}
