/**
 * A filter as data. Made by {@link parseFilter} or by the functions below, which keep it in one normal form, so that a
 * filter that is printed and read again is the same.
 */

/** A filter: what a record has to be for it to be shown. */
export type Filter = All | Any | Not | Term | Word;

/** All of these must hold. None at all: everything passes. Otherwise two or more, none of which is itself an {@link All}. */
export interface All {
  readonly type: 'all';
  readonly of: readonly Filter[];
}

/** One of these must hold: two or more, none of which is itself an {@link Any}. */
export interface Any {
  readonly type: 'any';
  readonly of: readonly Filter[];
}

/** This must not hold. */
export interface Not {
  readonly type: 'not';
  readonly filter: Filter;
}

/** A field that has one of these values: `status:404,5xx`. */
export interface Term {
  readonly type: 'term';
  /** Name of the field as `fields.ts` has it, not an alias. */
  readonly field: string;
  /** One or more. */
  readonly values: readonly FilterValue[];
}

/** Text that stands anywhere in the names, the operation or the status. */
export interface Word {
  readonly type: 'word';
  readonly pattern: Pattern;
}

/** Text with wildcards: the literal pieces between the stars. `['/api/', '']` is `/api/*`. At least one piece. */
export type Pattern = readonly string[];

export type Comparison = '=' | '<' | '<=' | '>' | '>=';

/** One value of a term. Which types a field takes depends on its kind. */
export type FilterValue =
  | { readonly type: 'text'; readonly pattern: Pattern }
  /** In the unit of the field: nanoseconds, bytes, or a plain number. */
  | { readonly type: 'number'; readonly op: Comparison; readonly value: number }
  /** Both ends belong to it. */
  | { readonly type: 'range'; readonly from: number; readonly to: number }
  /** In the form that `networkText` of base/ip-address.ts writes. */
  | { readonly type: 'network'; readonly network: string }
  | { readonly type: 'choice'; readonly name: string };

/** The filter that everything passes. */
export const everything: Filter = { type: 'all', of: [] };

/** All of these must hold; none: everything passes. */
export function allOf(filters: readonly Filter[]): Filter {
  const of = filters.flatMap((filter) => (filter.type === 'all' ? filter.of : [filter]));
  return of.length === 1 ? of[0] : { type: 'all', of };
}

/** One of these must hold; none: nothing passes. */
export function anyOf(filters: readonly Filter[]): Filter {
  const of = filters.flatMap((filter) => (filter.type === 'any' ? filter.of : [filter]));
  if (of.length === 0) return notOf(everything);
  return of.length === 1 ? of[0] : { type: 'any', of };
}

/** This must not hold. */
export function notOf(filter: Filter): Filter {
  return { type: 'not', filter };
}

/** True where a filter (or a part of it) speaks of a field. */
export function mentions(filter: Filter, field: string): boolean {
  switch (filter.type) {
    case 'all':
    case 'any':
      return filter.of.some((part) => mentions(part, field));
    case 'not':
      return mentions(filter.filter, field);
    case 'term':
      return filter.field === field;
    case 'word':
      return false;
  }
}
