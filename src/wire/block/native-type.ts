/** Names of ClickHouse types, parsed. Only types that lie in Native blocks in a way that is read here. */
import { BlockError } from './block-error.ts';

/** A type, by how its values lie in a block. */
export type NativeType =
  /** Integers, floats and what is stored as one. */
  | { readonly kind: 'fixed'; readonly name: FixedName; readonly size: number }
  | { readonly kind: 'decimal'; readonly size: number; readonly scale: number }
  | { readonly kind: 'time'; readonly size: number; readonly scale: number }
  | { readonly kind: 'enum'; readonly size: number; readonly words: ReadonlyMap<number, string> }
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'text' }
  | { readonly kind: 'label'; readonly of: NativeType; readonly nullable: boolean }
  | { readonly kind: 'nullable'; readonly of: NativeType }
  | { readonly kind: 'array'; readonly of: NativeType }
  | { readonly kind: 'map'; readonly key: NativeType; readonly value: NativeType }
  | { readonly kind: 'tuple'; readonly of: readonly NativeType[]; readonly names: readonly string[] };

export type FixedName =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'UInt128'
  | 'UInt256'
  | 'Int8'
  | 'Int16'
  | 'Int32'
  | 'Int64'
  | 'Int128'
  | 'Int256'
  | 'Float32'
  | 'Float64'
  | 'Bool'
  | 'Date'
  | 'Date32'
  | 'UUID'
  | 'IPv4'
  | 'IPv6'
  | 'Nothing';

const fixedSizes: Readonly<Record<FixedName, number>> = {
  UInt8: 1,
  UInt16: 2,
  UInt32: 4,
  UInt64: 8,
  UInt128: 16,
  UInt256: 32,
  Int8: 1,
  Int16: 2,
  Int32: 4,
  Int64: 8,
  Int128: 16,
  Int256: 32,
  Float32: 4,
  Float64: 8,
  Bool: 1,
  Date: 2,
  Date32: 4,
  UUID: 16,
  IPv4: 4,
  IPv6: 16,
  Nothing: 1,
};

const deepest = 8;
const mostElements = 1024;

/** Parses the name of a type. Throws a {@link BlockError} where it is not understood. */
export function parseNativeType(name: string, depth = 0): NativeType {
  if (depth > deepest) throw new BlockError('bad_type', `a type is nested deeper than ${deepest}: ${short(name)}`);
  const open = name.indexOf('(');
  const outer = open < 0 ? name : name.slice(0, open);
  if (open >= 0 && !name.endsWith(')')) throw unknownType(name);
  const inner = open < 0 ? [] : splitArguments(name.slice(open + 1, -1));
  const parse = (part: string) => parseNativeType(part, depth + 1);
  if (open < 0 && isFixed(outer)) return { kind: 'fixed', name: outer, size: fixedSizes[outer] };
  switch (outer) {
    case 'String':
      if (open < 0) return { kind: 'text' };
      break;
    case 'FixedString':
      return { kind: 'bytes', size: whole(inner[0], 1, 1024, name) };
    case 'DateTime':
      return { kind: 'time', size: 4, scale: 0 };
    case 'DateTime64':
      return { kind: 'time', size: 8, scale: whole(inner[0], 0, 9, name) };
    case 'Enum8':
      return { kind: 'enum', size: 1, words: enumWords(inner, name) };
    case 'Enum16':
      return { kind: 'enum', size: 2, words: enumWords(inner, name) };
    case 'Decimal':
      return decimal(whole(inner[0], 1, 76, name), whole(inner[1] ?? '0', 0, 76, name));
    case 'LowCardinality': {
      const of = parse(inner[0] ?? '');
      const nullable = of.kind === 'nullable';
      const element = nullable ? of.of : of;
      if (element.kind !== 'text' && element.kind !== 'fixed' && element.kind !== 'bytes' && element.kind !== 'time')
        break;
      return { kind: 'label', of: element, nullable };
    }
    case 'Nullable': {
      const of = parse(inner[0] ?? '');
      if (of.kind === 'nullable' || of.kind === 'label' || of.kind === 'array' || of.kind === 'map') break;
      return { kind: 'nullable', of };
    }
    case 'Array':
      if (inner.length === 1) return { kind: 'array', of: parse(inner[0]) };
      break;
    case 'Map':
      if (inner.length === 2) return { kind: 'map', key: parse(inner[0]), value: parse(inner[1]) };
      break;
    case 'Tuple': {
      if (inner.length === 0 || inner.length > mostElements) break;
      const named = inner.map(namedElement);
      return { kind: 'tuple', of: named.map(([, type]) => parse(type)), names: named.map(([one]) => one) };
    }
    case 'SimpleAggregateFunction':
      if (inner.length === 2) return parse(inner[1]);
  }
  throw unknownType(name);
}

function isFixed(name: string): name is FixedName {
  return Object.hasOwn(fixedSizes, name);
}

function decimal(precision: number, scale: number): NativeType {
  const size = precision <= 9 ? 4 : precision <= 18 ? 8 : precision <= 38 ? 16 : 32;
  return { kind: 'decimal', size, scale };
}

function whole(text: string | undefined, least: number, most: number, type: string): number {
  const value = Number(text);
  if (text === undefined || !Number.isInteger(value) || value < least || value > most) throw unknownType(type);
  return value;
}

/** `a Int8` of a tuple → name and type; without a name ''. */
function namedElement(text: string): [name: string, type: string] {
  const match = /^(`(?:[^`\\]|\\.)*`|[A-Za-z_]\w*) (.+)$/s.exec(text);
  return match === null ? ['', text] : [match[1].replace(/^`(.*)`$/s, '$1'), match[2]];
}

function enumWords(parts: readonly string[], type: string): ReadonlyMap<number, string> {
  const words = new Map<number, string>();
  for (const part of parts) {
    const match = /^'((?:[^'\\]|\\.)*)' = (-?\d+)$/s.exec(part);
    if (match === null) throw unknownType(type);
    words.set(Number(match[2]), match[1].replaceAll(/\\(.)/gs, '$1'));
  }
  return words;
}

/** Splits at commas that are in no bracket and no quote. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === "'" || c === '`') quote = c;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' && parts.length === 0 ? [] : [...parts, last];
}

function unknownType(name: string): BlockError {
  return new BlockError('bad_type', `type ${short(name)} is not understood`);
}

function short(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name);
}
