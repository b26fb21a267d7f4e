import { ByteMap } from '../byte-map.ts';
import { textOf } from '../text.ts';
import { BsonReader, BsonType } from './bson.ts';

const longestShape = 1024;
const deepest = 8;

/** Fields of a command that say what is wanted, rather than how or with which data. */
const telling = new Set(
  'filter query q u update pipeline sort projection key updates deletes distinct fields hint'.split(' '),
);
const names = new ByteMap<boolean>(256, 32);
const shapes = new ByteMap<string>(1024, longestShape + 8);

const out = new Uint8Array(longestShape + 8);
const readers = Array.from({ length: deepest + 1 }, () => new BsonReader());

/**
 * The shape of a command: its telling fields with all names in them and `?` for each value, so that commands that differ
 * only in values have the same. Lists of values are one `?`.
 *
 * @example
 * // { find: 'orders', filter: { status: 'new', id: { $in: [1, 2] } }, limit: 5 }
 * shapeOf(bytes, at, end); // '{filter: {status: ?, id: {$in: [?]}}}'
 */
export function shapeOf(bytes: Uint8Array, at: number, end: number): string {
  const reader = readers[0];
  if (!reader.open(bytes, at, end)) return '';
  // The first is the command itself.
  if (!reader.next()) return '';
  let length = put(0, 0x7b);
  let count = 0;
  while (reader.next() && length < longestShape) {
    if (!isTelling(reader)) continue;
    if (count++ > 0) length = comma(length);
    length = element(reader, length, 1);
  }
  if (count === 0) return '';
  length = length < longestShape ? put(length, 0x7d) : ellipsis(length);
  const known = shapes.get(out, 0, length);
  return known ?? shapes.set(out, 0, length, textOf(out, 0, length));
}

function isTelling(reader: BsonReader): boolean {
  const { bytes, name, nameEnd } = reader;
  const known = names.get(bytes, name, nameEnd);
  if (known !== undefined) return known;
  return names.set(bytes, name, nameEnd, telling.has(textOf(bytes, name, nameEnd)));
}

function put(length: number, b: number): number {
  if (length < longestShape) out[length] = b;
  return length + 1;
}

function comma(length: number): number {
  return put(put(length, 0x2c), 0x20);
}

function ellipsis(length: number): number {
  let at = Math.min(length, longestShape);
  for (const b of [0xe2, 0x80, 0xa6]) out[at++] = b;
  return at;
}

/** Writes `name: value` of the reader's element. */
function element(reader: BsonReader, length: number, depth: number): number {
  for (let i = reader.name; i < reader.nameEnd; i++) length = put(length, reader.bytes[i]);
  return value(reader, put(put(length, 0x3a), 0x20), depth);
}

function value(reader: BsonReader, length: number, depth: number): number {
  const isArray = reader.type === BsonType.array;
  if ((!isArray && reader.type !== BsonType.document) || depth >= deepest || !reader.whole) return put(length, 0x3f);
  const inner = readers[depth];
  if (!inner.open(reader.bytes, reader.value, reader.valueEnd)) return put(length, 0x3f);
  length = put(length, isArray ? 0x5b : 0x7b);
  let count = 0;
  let hasScalar = false;
  while (inner.next() && length < longestShape) {
    const isScalar = inner.type !== BsonType.document && inner.type !== BsonType.array;
    if (isArray) {
      if (isScalar && hasScalar) continue;
      hasScalar ||= isScalar;
      if (count++ > 0) length = comma(length);
      length = value(inner, length, depth + 1);
      // What is done to each of many alike is said once.
      if (count >= 16) break;
    } else {
      if (count++ > 0) length = comma(length);
      length = element(inner, length, depth + 1);
    }
  }
  return put(length, isArray ? 0x5d : 0x7d);
}
