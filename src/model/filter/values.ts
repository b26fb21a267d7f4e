import { closest } from '../../base/closest.ts';
import { networkText, parseNetwork } from '../../base/ip-address.ts';
import type { Comparison, FilterValue } from './ast.ts';
import { FilterError } from './error.ts';
import type { Field } from './fields.ts';
import { parseQuantity, type QuantityFault, unitsOf } from './quantity.ts';
import type { Part } from './tokens.ts';

/** Reads one value of a field. Throws {@link FilterError}, which shows where in `filter` the fault is. */
export function parseValue(field: Field, part: Part, filter: string): FilterValue {
  if (part.plain === '') {
    throw new FilterError(filter, part.at, part.length, `${field.name}: needs a value`, {
      next: `for example ${field.name}:${field.example}`,
    });
  }
  switch (field.kind) {
    case 'text':
      return { type: 'text', pattern: part.pieces };
    case 'party':
      return (part.quoted ? undefined : parseParty(field, part, filter)) ?? { type: 'text', pattern: part.pieces };
    case 'address':
      return parseParty(field, part, filter) ?? fault(field, part, filter, 'is no address and no network');
    case 'number':
      return parseNumber(field, part, filter);
    case 'status':
      return (part.quoted ? undefined : parseStatus(field, part, filter)) ?? { type: 'text', pattern: part.pieces };
    case 'choice':
      return parseChoice(field, part, filter);
  }
}

/** True where an unquoted text would be read as an address or a network. */
export function looksLikeNetwork(text: string): boolean {
  return /^[0-9a-fA-F:.]+(\/\d+)?$/.test(text) && /[.:]/.test(text) && parseNetwork(text) !== undefined;
}

/** True where an unquoted text would be read as a number, a class or a comparison rather than as a textual code. */
export function looksLikeCode(text: string): boolean {
  return /^(\d|[<>=]|\.\.)/.test(text);
}

function parseParty(field: Field, part: Part, filter: string): FilterValue | undefined {
  const network = parseNetwork(part.plain);
  if (network !== undefined) return { type: 'network', network: networkText(network) };
  if (/^\d+(\.\d+){3}(\/.*)?$/.test(part.plain) || /^[0-9a-fA-F:]*::[0-9a-fA-F:]*(\/.*)?$/.test(part.plain)) {
    fault(field, part, filter, 'is no address and no network');
  }
  return undefined;
}

function parseNumber(field: Field, part: Part, filter: string): FilterValue {
  const { plain } = part;
  const dots = plain.indexOf('..');
  if (dots >= 0) {
    const from = plain.slice(0, dots);
    const to = plain.slice(dots + 2);
    if (from === '' && to === '') fault(field, part, filter, 'is a range without ends');
    if (to === '') return { type: 'number', op: '>=', value: quantity(field, from, part, filter) };
    if (from === '') return { type: 'number', op: '<=', value: quantity(field, to, part, filter) };
    const range = { from: quantity(field, from, part, filter), to: quantity(field, to, part, filter) };
    if (range.from > range.to) fault(field, part, filter, 'ends before it begins', `${to}..${from}`);
    return { type: 'range', ...range };
  }
  const [, sign, rest] = /^([<>]=?|=?)(.*)$/s.exec(plain) ?? ['', '', plain];
  const op = sign === '' ? '=' : comparisons.find((one) => one === sign);
  if (op === undefined) return fault(field, part, filter, 'is no comparison');
  return { type: 'number', op, value: quantity(field, rest, part, filter) };
}

const comparisons: readonly Comparison[] = ['=', '<', '<=', '>', '>='];

function quantity(field: Field, text: string, part: Part, filter: string): number {
  const value = parseQuantity(text, field.unit);
  if (typeof value === 'number') {
    return value <= field.most ? value : fault(field, part, filter, `is more than ${field.most}, the largest there is`);
  }
  const said: Record<QuantityFault, string> = {
    not_a_number: 'is no number',
    no_unit: 'has no unit',
    unknown_unit: 'has a unit that does not belong to it',
  };
  const suggestion = value === 'no_unit' ? part.plain.replaceAll(/(\d)(?=\.\.|$)/g, '$1ms') : undefined;
  return fault(field, part, filter, said[value], suggestion);
}

function parseStatus(field: Field, part: Part, filter: string): FilterValue | undefined {
  const codes = /^([1-9])xx$/i.exec(part.plain);
  if (codes !== null) {
    const from = Number(codes[1]) * 100;
    return { type: 'range', from, to: from + 99 };
  }
  return looksLikeCode(part.plain) ? parseNumber(field, part, filter) : undefined;
}

function parseChoice(field: Field, part: Part, filter: string): FilterValue {
  const asked = part.plain.toLowerCase().replaceAll('-', '_');
  for (const [name, aliases] of Object.entries(field.choices)) {
    if (name === asked || aliases.includes(asked)) return { type: 'choice', name };
  }
  const known = Object.entries(field.choices).flatMap(([name, aliases]) => [name, ...aliases]);
  return fault(field, part, filter, 'is not known', closest(asked, known));
}

function fault(field: Field, part: Part, filter: string, what: string, suggestion?: string): never {
  throw new FilterError(filter, part.at, part.length, `"${part.plain}" ${what}`, { next: help(field), suggestion });
}

function help(field: Field): string {
  const example = `for example ${field.name}:${field.example}`;
  if (field.kind === 'choice') return `${field.name}: takes ${Object.keys(field.choices).join(', ')}`;
  if (field.kind === 'address') return `${field.name}: takes an address or a network, ${example}`;
  if (field.kind === 'party')
    return `${field.name}: takes a name, an address or a network, for example ${field.name}:10.0.0.0/8`;
  if (field.unit !== 'plain') return `${field.name}: takes a number with a unit (${unitsOf(field.unit)}), ${example}`;
  return `${field.name}: takes a number, a comparison or a range, ${example}`;
}
