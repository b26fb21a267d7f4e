import { closest } from '../../base/closest.ts';
import { allOf, anyOf, everything, type Filter, notOf } from './ast.ts';
import { FilterError } from './error.ts';
import { type Field, fieldNamed, fieldNames } from './fields.ts';
import { type Part, type Token, tokens, type WordToken } from './tokens.ts';
import { looksLikeNetwork, parseValue } from './values.ts';

/** Brackets within brackets beyond this are refused: nobody writes them, and they would exhaust the stack. */
const deepest = 100;

/**
 * Reads a filter.
 *
 * @example parseFilter('from:web to:checkout protocol:http status:5xx latency:>200ms not port:53')
 * @throws FilterError that says where it is wrong and what was probably meant
 */
export function parseFilter(text: string): Filter {
  return new Parser(text).filter();
}

/** Reads the value of one field, as a command line option gives it: all of `value` is one value, commas and stars apart. */
export function parseTerm(field: Field, value: string): Filter {
  const quote = /[\s()"]/.test(value) ? '"' : '';
  const text = quote === '' ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  return parseFilter(`${field.name}:${text}`);
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  filter(): Filter {
    if (this.#peek().type === 'end') return everything;
    const filter = this.#any();
    const rest = this.#peek();
    if (rest.type !== 'end') this.#fail(rest, 'a bracket is closed that was not opened', 'take ) away');
    return filter;
  }

  #any(): Filter {
    const parts = [this.#all()];
    while (this.#peek().type === 'or') {
      this.#next++;
      parts.push(this.#all());
    }
    return anyOf(parts);
  }

  #all(): Filter {
    const parts = [this.#one()];
    for (;;) {
      const { type } = this.#peek();
      if (type === 'and') this.#next++;
      else if (type === 'end' || type === 'close' || type === 'or') return allOf(parts);
      parts.push(this.#one());
    }
  }

  #one(): Filter {
    const token = this.#peek();
    this.#next++;
    switch (token.type) {
      case 'word':
        return this.#word(token);
      case 'not':
        return this.#nested(token, () => notOf(this.#one()));
      case 'open':
        return this.#nested(token, () => this.#bracket(token));
      default: {
        const before = this.#tokens[this.#next - 2];
        const after =
          before === undefined ? 'a filter cannot begin so' : `something is missing after ${this.#quote(before)}`;
        return this.#fail(token, after, 'write a term there, for example status:5xx');
      }
    }
  }

  #bracket(open: Token): Filter {
    if (this.#peek().type === 'close') {
      this.#next++;
      return everything;
    }
    const filter = this.#any();
    if (this.#peek().type !== 'close') this.#fail(open, 'a bracket is opened and not closed', 'put ) where it ends');
    this.#next++;
    return filter;
  }

  #word(token: WordToken): Filter {
    const raw = this.#text.slice(token.at, token.at + token.length);
    if (looksLikeNetwork(raw)) return this.#term('with', [{ ...wholeOf(token, raw) }]);
    if (token.key !== undefined) return this.#term(token.key, token.parts, token);
    const [part] = token.parts;
    if (part.plain === '') this.#fail(token, 'empty quotes', 'write what to look for between them');
    return { type: 'word', pattern: part.pieces };
  }

  #term(key: string, parts: readonly Part[], token?: WordToken): Filter {
    const field = fieldNamed(key);
    if (field === undefined) {
      const meant = closest(key, fieldNames());
      throw new FilterError(this.#text, token?.at ?? 0, key.length, `there is no field "${key}"`, {
        suggestion: meant,
        next: 'text that contains a colon has to stand in quotes; `wirelight filters` lists the fields',
      });
    }
    return { type: 'term', field: field.name, values: parts.map((part) => parseValue(field, part, this.#text)) };
  }

  #nested(token: Token, read: () => Filter): Filter {
    if (++this.#depth > deepest) this.#fail(token, 'brackets are nested too deep', `at most ${deepest} are read`);
    const filter = read();
    this.#depth--;
    return filter;
  }

  #peek(): Token {
    return this.#tokens[this.#next];
  }

  #quote(token: Token): string {
    return `"${this.#text.slice(token.at, token.at + token.length)}"`;
  }

  #fail(token: Token, what: string, next: string): never {
    throw new FilterError(this.#text, token.at, token.length, what, { next });
  }
}

function wholeOf(token: WordToken, raw: string): Part {
  return { at: token.at, length: token.length, pieces: [raw], plain: raw, quoted: false };
}
