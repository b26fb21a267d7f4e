import { ByteCache } from '../byte-cache.ts';
import { type Target, targetOf } from '../http/target.ts';
import { textOf } from '../text.ts';
import { decodedBound, decodeHuffman } from './huffman.ts';

/** The header fields that are read; all others are passed over without decoding them. */
export const Field = {
  /** Of no interest. */
  other: 0,
  /** Refers to what was said before the capture began. */
  unknown: 1,
  method: 2,
  path: 3,
  status: 4,
  authority: 5,
  contentType: 6,
  userAgent: 7,
  grpcStatus: 8,
  grpcTimeout: 9,
  host: 10,
  prefer: 11,
  /** What the body means: SOAPAction, X-Amz-Target. */
  action: 13,
  /** Trace context or a correlation id, see {@link traceFields}. */
  trace: 12,
} as const;
export type Field = (typeof Field)[keyof typeof Field];

const named = new Map<string, Field>([
  [':method', Field.method],
  [':path', Field.path],
  [':status', Field.status],
  [':authority', Field.authority],
  ['content-type', Field.contentType],
  ['user-agent', Field.userAgent],
  ['grpc-status', Field.grpcStatus],
  ['grpc-timeout', Field.grpcTimeout],
  ['host', Field.host],
  ['prefer', Field.prefer],
  ['soapaction', Field.action],
  ['x-amz-target', Field.action],
]);

const traceFields = new Set([
  'traceparent',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'uber-trace-id',
  'x-amzn-trace-id',
  'sw8',
  'x-request-id',
  'x-correlation-id',
]);

/** A field's name as it came. */
export interface FieldName {
  readonly field: Field;
  /** The name of trace fields, '' of others. */
  readonly trace: string;
}

export const otherName: FieldName = { field: Field.other, trace: '' };
export const unknownName: FieldName = { field: Field.unknown, trace: '' };

const trace = new Map([...traceFields].map((name) => [name, { field: Field.trace, trace: name }]));
const plain = new Map([...named].map(([name, field]) => [name, { field, trace: '' }]));

/** What a name stands for. */
export function fieldNamed(name: string): FieldName {
  return plain.get(name) ?? trace.get(name) ?? otherName;
}

/** A field's value as text, and what it means as a path, once asked for. */
export interface FieldValue {
  readonly text: string;
  target: Target | undefined;
}

/** What a value means as a path. */
export function targetOfValue(value: FieldValue): Target {
  value.target ??= targetOf(value.text);
  return value.target;
}

/** A value that did not come over the wire. */
export function plainValue(text: string): FieldValue {
  return { text, target: undefined };
}

/** Longest coded value that is decoded to its end. */
const longest = 4096;
let scratch = new Uint8Array(decodedBound(longest));

/** The decoded bytes of a string literal are decoded.bytes[start] .. decoded.bytes[end - 1]. */
export interface Decoded {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Decodes the coded text bytes[start] .. bytes[end - 1] where it is Huffman's; otherwise points at it. False where bad. */
export function decode(into: Decoded, bytes: Uint8Array, start: number, end: number, huffman: boolean): boolean {
  if (end - start > longest) end = start + longest;
  if (!huffman) {
    into.bytes = bytes;
    into.start = start;
    into.end = end;
    return true;
  }
  const bound = decodedBound(end - start);
  if (scratch.length < bound) scratch = new Uint8Array(bound);
  const length = decodeHuffman(bytes, start, end, scratch);
  into.bytes = scratch;
  into.start = 0;
  into.end = Math.max(0, length);
  return length >= 0;
}

const decoded: Decoded = { bytes: scratch, start: 0, end: 0 };

/** Text of a string literal from the octet that holds its first length bits on: the coded bytes are the cache's key. */
function literalText(key: Uint8Array): string {
  const huffman = (key[0] & 0x80) !== 0;
  let at = 1;
  if ((key[0] & 0x7f) === 0x7f) while (at < key.length && (key[at++] & 0x80) !== 0);
  return decode(decoded, key, at, key.length, huffman) ? textOf(decoded.bytes, decoded.start, decoded.end) : '';
}

/** Values of interest seen lately on this host, by their coded form. */
export const fieldValues: ByteCache<FieldValue> = new ByteCache(4096, (key) => plainValue(literalText(key)), 400);

/** Names of fields seen lately on this host, by their coded form. */
export const fieldNames: ByteCache<FieldName> = new ByteCache(512, (key) => fieldNamed(literalText(key)), 128);
