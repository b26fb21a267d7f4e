import { inNetwork, parseAddress, parseNetwork } from '../../base/ip-address.ts';
import type { Comparison, Filter, FilterValue, Pattern, Term } from './ast.ts';
import { fieldNamed } from './fields.ts';
import { asciiLower, compilePattern } from './pattern.ts';
import { outcomeTest } from './request-accessors.ts';
import type { Accessors, GetFact, GetNumber, GetText } from './subject.ts';

/**
 * Compiles a filter for one type of record. The test allocates nothing when it is called.
 * @returns a boolean where the answer is the same for every record of this type
 */
export function testOf(filter: Filter, accessors: Accessors): GetFact | boolean {
  switch (filter.type) {
    case 'all': {
      const parts = filter.of.map((part) => testOf(part, accessors));
      if (parts.includes(false)) return false;
      return every(parts.filter((part) => typeof part === 'function'));
    }
    case 'any':
      return some(filter.of.map((part) => testOf(part, accessors)));
    case 'not': {
      const part = testOf(filter.filter, accessors);
      return typeof part === 'boolean' ? !part : (s) => !part(s);
    }
    case 'term':
      return some(filter.values.map((value) => testOfValue(filter, value, accessors)));
    case 'word':
      return textTest(accessors.words, compilePattern(filter.pattern, true));
  }
}

function testOfValue(term: Term, value: FilterValue, accessors: Accessors): GetFact | boolean {
  const { field } = term;
  switch (value.type) {
    case 'text': {
      const text = textTest(accessors.texts[field], compilePattern(value.pattern));
      return fieldNamed(field)?.kind === 'status' ? some([text, outcomeOf(value.pattern, accessors)]) : text;
    }
    case 'number':
      return numberTest(accessors.numbers[field], compare(value.op, value.value));
    case 'range': {
      const { from, to } = value;
      return numberTest(accessors.numbers[field], (n) => n >= from && n <= to);
    }
    case 'network':
      return textTest(accessors.addresses[field], compileNetwork(value.network));
    case 'choice':
      return accessors.choices[field]?.(value.name) ?? false;
  }
}

/** `status:error` means the outcome as well as a textual code of that name. */
function outcomeOf(pattern: Pattern, accessors: Accessors): GetFact | boolean {
  const word = asciiLower(pattern.join('*')).replaceAll('-', '_');
  const choices = fieldNamed('outcome')?.choices ?? {};
  if (accessors.choices.outcome === undefined || !Object.hasOwn(choices, word)) return false;
  return outcomeTest(word);
}

function textTest(getters: readonly GetText[] | undefined, matches: (text: string) => boolean): GetFact | boolean {
  if (getters === undefined) return false;
  if (getters.length === 1) {
    const [get] = getters;
    return (s) => matches(get(s));
  }
  return (s) => {
    for (let i = 0; i < getters.length; i++) if (matches(getters[i](s))) return true;
    return false;
  };
}

function numberTest(getters: readonly GetNumber[] | undefined, matches: (n: number) => boolean): GetFact | boolean {
  if (getters === undefined) return false;
  if (getters.length === 1) {
    const [get] = getters;
    return (s) => matches(get(s));
  }
  return (s) => {
    for (let i = 0; i < getters.length; i++) if (matches(getters[i](s))) return true;
    return false;
  };
}

/** Every comparison with NaN, the number that is not known, is false. */
function compare(op: Comparison, value: number): (n: number) => boolean {
  switch (op) {
    case '=':
      return (n) => n === value;
    case '<':
      return (n) => n < value;
    case '<=':
      return (n) => n <= value;
    case '>':
      return (n) => n > value;
    case '>=':
      return (n) => n >= value;
  }
}

function compileNetwork(text: string): (ip: string) => boolean {
  const network = parseNetwork(text);
  if (network === undefined) throw new Error(`a filter holds "${text}", which is no network`);
  // Addresses of records are canonical text already, as the filter's is.
  if (network.prefix === 128) return (ip) => ip === text;
  const bytes = new Uint8Array(16);
  return (ip) => parseAddress(ip, bytes) && inNetwork(network, bytes);
}

function every(tests: readonly GetFact[]): GetFact | boolean {
  if (tests.length === 0) return true;
  if (tests.length === 1) return tests[0];
  const [a, b] = tests;
  if (tests.length === 2) return (s) => a(s) && b(s);
  return (s) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i](s)) return false;
    return true;
  };
}

function some(parts: readonly (GetFact | boolean)[]): GetFact | boolean {
  if (parts.includes(true)) return true;
  const tests = parts.filter((part) => typeof part === 'function');
  if (tests.length === 0) return false;
  if (tests.length === 1) return tests[0];
  return (s) => {
    for (let i = 0; i < tests.length; i++) if (tests[i](s)) return true;
    return false;
  };
}
