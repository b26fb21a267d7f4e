import type { Filter, FilterValue, Pattern, Term } from './ast.ts';
import { fieldNamed } from './fields.ts';
import { printQuantity } from './quantity.ts';
import { looksLikeCode, looksLikeNetwork } from './values.ts';

/** The text of a filter: what `parseFilter` reads back as the same filter. */
export function printFilter(filter: Filter): string {
  switch (filter.type) {
    case 'all':
      return filter.of.map((part) => (part.type === 'any' ? bracketed(part) : printFilter(part))).join(' ');
    case 'any':
      return filter.of.map((part) => (isEverything(part) ? '()' : printFilter(part))).join(' or ');
    case 'not':
      return `not ${filter.filter.type === 'all' || filter.filter.type === 'any' ? bracketed(filter.filter) : printFilter(filter.filter)}`;
    case 'term':
      return printTerm(filter);
    case 'word':
      return printPattern(filter.pattern, isNoWord);
  }
}

function bracketed(filter: Filter): string {
  return `(${printFilter(filter)})`;
}

function isEverything(filter: Filter): boolean {
  return filter.type === 'all' && filter.of.length === 0;
}

function printTerm(term: Term): string {
  const kind = fieldNamed(term.field)?.kind;
  const misread = kind === 'party' ? looksLikeAddress : kind === 'status' ? looksLikeCode : () => false;
  return `${term.field}:${term.values.map((value) => printValue(term.field, value, misread)).join(',')}`;
}

function printValue(field: string, value: FilterValue, misread: (text: string) => boolean): string {
  const unit = fieldNamed(field)?.unit ?? 'plain';
  switch (value.type) {
    case 'text':
      return printPattern(value.pattern, misread);
    case 'number':
      return `${value.op === '=' ? '' : value.op}${printQuantity(value.value, unit)}`;
    case 'range':
      return isClass(field, value)
        ? `${value.from / 100}xx`
        : `${printQuantity(value.from, unit)}..${printQuantity(value.to, unit)}`;
    case 'network':
      return value.network;
    case 'choice':
      return value.name;
  }
}

function isClass(field: string, { from, to }: { from: number; to: number }): boolean {
  return fieldNamed(field)?.kind === 'status' && from % 100 === 0 && from >= 100 && from <= 900 && to === from + 99;
}

/** @param misread tells whether an unquoted text would be taken for something else */
function printPattern(pattern: Pattern, misread: (text: string) => boolean): string {
  const text = pattern.map((piece) => piece.replaceAll(/[\\"*]/g, '\\$&')).join('*');
  return /[\s(),"\\]/.test(text) || misread(text) ? `"${text}"` : text;
}

function isNoWord(text: string): boolean {
  return /^[-!]|:/.test(text) || /^(and|or|not)$/i.test(text) || looksLikeNetwork(text);
}

/** Anything made of what addresses are made of is quoted: the parser refuses what only looks like an address. */
function looksLikeAddress(text: string): boolean {
  return /^[0-9a-fA-F:.]+(\/.*)?$/.test(text) && /[.:]/.test(text);
}
