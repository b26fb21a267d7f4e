/**
 * Values in SQL. Placeholders are ClickHouse's own, `{name:Type}`; their values are written into the statement as literals
 * that are cast to the type, because bound parameters of the embedded engine take turns across the whole process.
 */
import { WirelightError } from '../base/errors.ts';

/** A value for a placeholder. */
export type Parameter = string | number | bigint | boolean | null | readonly (string | number | bigint)[];

export type Parameters = Readonly<Record<string, Parameter>>;

/** Types that a placeholder may name: no brackets but of Array, no quotes but a time zone's. */
const placeholder = /\{([A-Za-z_]\w*):\s*([A-Za-z][A-Za-z0-9]*(?:\((?:[A-Za-z0-9 ,']|\([A-Za-z0-9 ,']*\))*\))?)\s*\}/g;

/** Puts the values into a statement. Throws where a placeholder has none. Quoted texts in the statement are left alone. */
export function bindParameters(sql: string, parameters: Parameters): string {
  let bound = '';
  for (const [part, quoted] of partsOf(sql)) {
    bound += quoted
      ? part
      : part.replaceAll(placeholder, (_, name: string, type: string) => {
          if (!Object.hasOwn(parameters, name)) {
            throw new WirelightError('missing_parameter', `the statement wants a value for {${name}:${type}}`);
          }
          return literal(parameters[name], type);
        });
  }
  return bound;
}

/** A value as SQL, cast to a type. */
export function literal(value: Parameter, type: string): string {
  return `_CAST(${plain(value)}, ${quoteText(type)})`;
}

/** A text in quotes. */
export function quoteText(value: string): string {
  return `'${value.replaceAll(/[\\'\0\n\r\t\b\f]/g, (c) => escapes[c] ?? c)}'`;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

function plain(value: Parameter): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  switch (typeof value) {
    case 'string':
      return quoteText(value);
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new WirelightError('bad_parameter', `${value} is no number that SQL knows`);
      return Number.isInteger(value) && Math.abs(value) < 1e21 ? value.toFixed(0) : value.toString();
  }
  throw new WirelightError('bad_parameter', 'a parameter is of a type that SQL does not know');
}

/** Splits a statement into what stands in quotes or comments and what does not. */
function* partsOf(sql: string): Iterable<[part: string, quoted: boolean]> {
  const quoted = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|--[^\n]*|\/\*[\s\S]*?\*\//g;
  let at = 0;
  for (const match of sql.matchAll(quoted)) {
    yield [sql.slice(at, match.index), false];
    yield [match[0], true];
    at = match.index + match[0].length;
  }
  yield [sql.slice(at), false];
}
