import type { Connection, ConnectionChange, Endpoint } from '../connection.ts';
import type { EventFields } from '../event.ts';
import type { Names } from '../names.ts';
import type { RequestFields } from '../request.ts';

/** The record that a filter looks at now, with its two ends. One such object is reused for all records. */
export interface Subject {
  request: Readonly<RequestFields>;
  connection: Readonly<Connection>;
  change: ConnectionChange;
  event: Readonly<EventFields>;
  from: Readonly<Endpoint>;
  to: Readonly<Endpoint>;
  readonly names: Names;
}

/** '' where nothing is known. */
export type GetText = (s: Subject) => string;
/** NaN where nothing is known. */
export type GetNumber = (s: Subject) => number;
export type GetFact = (s: Subject) => boolean;

/** Makes the test of one choice; `true` where the type of record alone tells, `false` where it cannot be. */
export type TestOfChoice = (choice: string) => GetFact | boolean;

/**
 * How one type of record answers what a filter asks. A field that is absent does not exist for this type: no value of it
 * passes. Where several getters stand, one that passes is enough.
 */
export interface Accessors {
  readonly texts: Readonly<Record<string, readonly GetText[]>>;
  readonly numbers: Readonly<Record<string, readonly GetNumber[]>>;
  readonly addresses: Readonly<Record<string, readonly GetText[]>>;
  readonly choices: Readonly<Record<string, TestOfChoice>>;
  /** What a bare word is looked for in. */
  readonly words: readonly GetText[];
}

/** A number of which 0 says that it is not known. */
export function unlessZero(value: number): number {
  return value === 0 ? Number.NaN : value;
}

/** A number of which anything negative says that it is not known. */
export function unlessNegative(value: number): number {
  return value < 0 ? Number.NaN : value;
}
