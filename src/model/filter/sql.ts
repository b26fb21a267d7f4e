import { addressText, parseNetwork } from '../../base/ip-address.ts';
import type { Filter, FilterValue, Pattern, Term, Word } from './ast.ts';
import { fieldNamed } from './fields.ts';
import { asciiLower } from './pattern.ts';

/**
 * How a table answers what a filter asks: SQL expressions of ClickHouse, written by us and never by a user. A field that is
 * absent does not exist in this table: no value of it passes. Where several expressions stand, one that passes is enough.
 */
export interface SqlColumns {
  /** '' stands for what is not known. */
  readonly texts: Readonly<Record<string, readonly SqlText[]>>;
  /** Numbers in the unit of the field. `known` is false where the number is not known. */
  readonly numbers: Readonly<Record<string, readonly { readonly expression: string; readonly known?: string }[]>>;
  /** IPv6 expressions (IPv4 mapped). */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  /** By field, then by choice: a condition. */
  readonly choices: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Texts in which a bare word is looked for. */
  readonly words: readonly SqlText[];
}

/**
 * A string expression; or, for a text that does not lie in the row, what makes the condition: given the pattern, and a function
 * that gives the condition over an expression. Undefined where no such text can pass the pattern.
 */
export type SqlText = string | ((pattern: Pattern, passes: (expression: string) => string) => string | undefined);

/** A condition with placeholders `{name:Type}`, and the values of these. Never contains anything that a user wrote. */
export interface SqlCondition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/**
 * Compiles a filter to a condition for a WHERE, which passes exactly the rows whose records the predicate passes.
 *
 * @param prefix begins the name of each parameter, so that two conditions can stand in one statement
 */
export function filterToSql(filter: Filter, columns: SqlColumns, prefix = 'f'): SqlCondition {
  const writer = new Writer(columns, prefix);
  return { sql: writer.filter(filter), parameters: writer.parameters };
}

class Writer {
  readonly parameters: Record<string, string | number> = {};
  readonly #columns: SqlColumns;
  readonly #prefix: string;
  #count = 0;

  constructor(columns: SqlColumns, prefix: string) {
    this.#columns = columns;
    this.#prefix = prefix;
  }

  filter(filter: Filter): string {
    switch (filter.type) {
      case 'all':
        return filter.of.length === 0 ? '1' : `(${filter.of.map((part) => this.filter(part)).join(' AND ')})`;
      case 'any':
        return `(${filter.of.map((part) => this.filter(part)).join(' OR ')})`;
      case 'not':
        return `NOT (${this.filter(filter.filter)})`;
      case 'term':
        return either(filter.values.flatMap((value) => this.#value(filter, value)));
      case 'word':
        return this.#word(filter);
    }
  }

  #word(word: Word): string {
    return either(this.#texts(this.#columns.words, ['', ...word.pattern, '']));
  }

  #value(term: Term, value: FilterValue): string[] {
    const { field } = term;
    switch (value.type) {
      case 'text': {
        const texts = this.#texts(this.#columns.texts[field] ?? [], value.pattern);
        return fieldNamed(field)?.kind === 'status' ? [...texts, ...this.#outcome(value.pattern)] : texts;
      }
      case 'number':
        return this.#numbers(field, (expression) => `${expression} ${value.op} ${this.#number(value.value)}`);
      case 'range':
        return this.#numbers(
          field,
          (expression) => `${expression} BETWEEN ${this.#number(value.from)} AND ${this.#number(value.to)}`,
        );
      case 'network':
        return (this.#columns.addresses[field] ?? []).map((expression) => this.#network(expression, value.network));
      case 'choice': {
        const condition = this.#columns.choices[field]?.[value.name];
        return condition === undefined ? [] : [`(${condition})`];
      }
    }
  }

  /** `status:error` means the outcome as well as a textual code of that name. */
  #outcome(pattern: Pattern): string[] {
    const word = asciiLower(pattern.join('*')).replaceAll('-', '_');
    const outcomes = this.#columns.choices.outcome ?? {};
    return Object.hasOwn(outcomes, word) ? [`(${outcomes[word]})`] : [];
  }

  #texts(texts: readonly SqlText[], pattern: Pattern): string[] {
    if (texts.length === 0) return [];
    if (pattern.length === 1 && pattern[0] === '') return [];
    const passes = this.#passes(pattern);
    return texts
      .map((text) => (typeof text === 'string' ? passes(text) : text(pattern, passes)))
      .filter((condition) => condition !== undefined);
  }

  /** The condition that an expression passes a pattern. */
  #passes(pattern: Pattern): (expression: string) => string {
    if (pattern.every((piece) => piece === '')) return (expression) => `${expression} != ''`;
    if (pattern.length === 1) {
      const text = this.#parameter('String', asciiLower(pattern[0]));
      return (expression) => `lower(${expression}) = ${text}`;
    }
    const like = pattern.map((piece) => asciiLower(piece).replaceAll(/[\\%_]/g, '\\$&')).join('%');
    const text = this.#parameter('String', like);
    return (expression) => `lower(${expression}) LIKE ${text}`;
  }

  #numbers(field: string, compare: (expression: string) => string): string[] {
    return (this.#columns.numbers[field] ?? []).map(({ expression, known }) =>
      known === undefined ? compare(expression) : `(${known} AND ${compare(expression)})`,
    );
  }

  #network(expression: string, text: string): string {
    const network = parseNetwork(text);
    if (network === undefined) throw new Error(`a filter holds "${text}", which is no network`);
    const last = Uint8Array.from(network.bytes);
    for (let bit = network.prefix; bit < 128; bit++) last[bit >> 3] |= 128 >> (bit & 7);
    const address = (bytes: Uint8Array) => `toIPv6(${this.#parameter('String', addressText(bytes))})`;
    const within = `${expression} BETWEEN ${address(network.bytes)} AND ${address(last)}`;
    // A wide IPv6 network holds no IPv4 address, though in the mapped form these may lie in it.
    return network.prefix >= 96 ? `(${within})` : `(${within} AND NOT (${expression} BETWEEN ${allOfIpv4}))`;
  }

  #number(value: number): string {
    return this.#parameter('Int64', value);
  }

  #parameter(type: string, value: string | number): string {
    const name = `${this.#prefix}${this.#count++}`;
    this.parameters[name] = value;
    return `{${name}:${type}}`;
  }
}

function either(conditions: readonly string[]): string {
  if (conditions.length === 0) return '0';
  return conditions.length === 1 ? conditions[0] : `(${conditions.join(' OR ')})`;
}

const allOfIpv4 = "toIPv6('0.0.0.0') AND toIPv6('255.255.255.255')";
