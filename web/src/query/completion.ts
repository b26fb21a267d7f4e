/** What may stand where the cursor is in a statement. Pure: the editor draws it. */
import type { Schema } from '../../../src/model/api.ts';

/** Something that can be put in. */
export interface Completion {
  readonly label: string;
  readonly kind: 'table' | 'column' | 'function' | 'keyword' | 'parameter';
  /** Type of a column. */
  readonly detail: string;
  readonly info: string;
  /** The greater, the further up. */
  readonly boost: number;
}

export interface Completions {
  /** Where the word begins that is completed. */
  readonly from: number;
  readonly options: readonly Completion[];
}

const keywords =
  'SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT WITH AS AND OR NOT IN BETWEEN LIKE ILIKE IS NULL DISTINCT CASE WHEN THEN ELSE END JOIN LEFT INNER ON USING UNION ALL DESC ASC INTERVAL SECOND MINUTE HOUR DAY OVER PARTITION'.split(
    ' ',
  );
const parameters: readonly Completion[] = ['from', 'to'].map((name) => ({
  label: `{${name}:Int64}`,
  kind: 'parameter',
  detail: 'ms',
  info: `${name === 'from' ? 'Beginning' : 'End'} of the span that is chosen below, epoch milliseconds: fromUnixTimestamp64Milli({${name}:Int64})`,
  boost: 0,
}));

/** Names that tables go by in a statement: their own, and those given by AS. */
export function tablesIn(sql: string, schema: Schema): ReadonlyMap<string, Schema['tables'][number]> {
  const found = new Map<string, Schema['tables'][number]>();
  for (const match of sql.matchAll(/\b(?:from|join)\s+([a-z_]\w*)(?:\s+(?:as\s+)?([a-z_]\w*))?/gi)) {
    const table = schema.tables.find(({ name }) => name === match[1]);
    if (table === undefined) continue;
    found.set(table.name, table);
    const alias = match[2];
    if (alias !== undefined && !keywords.includes(alias.toUpperCase())) found.set(alias, table);
  }
  return found;
}

/** Completions at a place; undefined within texts and comments, and where nothing was begun. */
export function completionsAt(sql: string, at: number, schema: Schema, asked: boolean): Completions | undefined {
  const before = sql.slice(0, at);
  if (isQuoted(before)) return undefined;
  const brace = /\{\w*$/.exec(before);
  if (brace !== null) return { from: brace.index, options: parameters };
  const word = /(?:([a-z_]\w*)\.)?(\w*)$/i.exec(before);
  const begun = word?.[2] ?? '';
  const from = at - begun.length;
  const tables = tablesIn(sql, schema);
  const owner = word?.[1];
  if (owner !== undefined) {
    const table = tables.get(owner) ?? schema.tables.find(({ name }) => name === owner);
    return table === undefined ? undefined : { from, options: columnsOf([table], 2) };
  }
  const wantsTable = /\b(?:from|join)\s+\w*$/i.test(before);
  const allTables = schema.tables.map(
    ({ name, doc }): Completion => ({
      label: name,
      kind: 'table',
      detail: 'table',
      info: doc,
      boost: wantsTable ? 5 : 0,
    }),
  );
  if (wantsTable) return { from, options: allTables };
  if (begun === '' && !asked) return undefined;
  const near = new Set(tables.values());
  return {
    from,
    options: [
      ...columnsOf([...near], 3),
      ...(near.size === 0 ? columnsOf(schema.tables, 1) : []),
      ...allTables,
      ...schema.functions.map(
        (name): Completion => ({ label: name, kind: 'function', detail: '', info: '', boost: 0 }),
      ),
      ...keywords.map((label): Completion => ({ label, kind: 'keyword', detail: '', info: '', boost: -1 })),
      ...parameters,
    ],
  };
}

/** Columns of tables, each name once. */
function columnsOf(tables: Schema['tables'], boost: number): Completion[] {
  const seen = new Map<string, Completion>();
  for (const table of tables) {
    for (const { name, type, unit, doc } of table.columns) {
      if (seen.has(name)) continue;
      const info = `${doc}${unit === '' ? '' : ` (${unit})`}`;
      seen.set(name, { label: name, kind: 'column', detail: type.replace(/\(.*/, ''), info, boost });
    }
  }
  return [...seen.values()];
}

function isQuoted(before: string): boolean {
  const bare = before.replaceAll(/'(?:[^'\\]|\\.)*'|--[^\n]*\n|\/\*[\s\S]*?\*\//g, '');
  return bare.includes("'") || /--[^\n]*$/.test(bare) || bare.includes('/*');
}
