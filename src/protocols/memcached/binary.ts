import { u16be, u32be } from '../byte-reader.ts';

/**
 * memcached's binary protocol (https://github.com/memcached/memcached/wiki/BinaryProtocolRevamped): a header of 24 bytes
 * (magic, operation, key length, extras length, data type, status, body length, opaque, cas), extras, key, value.
 */
export const headBytes = 24;

/** Operations by their number; a trailing q is quiet: no answer unless there is something to tell. */
export const operations: readonly string[] = [
  ...['get', 'set', 'add', 'replace', 'delete', 'incr', 'decr', 'quit', 'flush_all', 'getq', 'noop', 'version'],
  ...['getk', 'getkq', 'append', 'prepend', 'stats', 'setq', 'addq', 'replaceq', 'deleteq', 'incrq', 'decrq', 'quitq'],
  ...['flush_allq', 'appendq', 'prependq', 'verbosity', 'touch', 'gat', 'gatq', '', 'sasl_list', 'sasl_auth'],
  ...['sasl_step', 'gatk', 'gatkq'],
];

/** The number of `stats`, which is answered by several packets. */
export const statsOperation = 0x10;

/** Names of statuses, and whether the server is to blame. */
const statuses = new Map<number, readonly [name: string, isServers: boolean]>([
  [0x01, ['NOT_FOUND', false]],
  [0x02, ['EXISTS', false]],
  [0x03, ['TOO_LARGE', false]],
  [0x04, ['INVALID_ARGUMENTS', false]],
  [0x05, ['NOT_STORED', false]],
  [0x06, ['NON_NUMERIC', false]],
  [0x07, ['WRONG_VBUCKET', false]],
  [0x08, ['AUTHENTICATION_ERROR', false]],
  [0x20, ['AUTHENTICATION_ERROR', false]],
  [0x21, ['AUTHENTICATION_CONTINUE', false]],
  [0x81, ['UNKNOWN_COMMAND', false]],
  [0x82, ['OUT_OF_MEMORY', true]],
  [0x83, ['NOT_SUPPORTED', false]],
  [0x84, ['INTERNAL_ERROR', true]],
  [0x85, ['BUSY', true]],
  [0x86, ['TEMPORARY_FAILURE', true]],
]);

/** Name of a status other than 0. */
export function statusName(status: number): string {
  return statuses.get(status)?.[0] ?? 'UNKNOWN';
}

/** True where a status is the server's fault. */
export function isServersFault(status: number): boolean {
  return statuses.get(status)?.[1] ?? false;
}

/** True where an operation is answered only if there is something to tell. */
export function isQuiet(operation: number): boolean {
  return operation < operations.length && operations[operation].endsWith('q');
}

/** Length of the packet at `at`, 0 where more bytes are needed, -1 where it is none. */
export function binaryLength(bytes: Uint8Array, at: number, end: number, magic: number): number {
  if (bytes[at] !== magic) return -1;
  if (end - at < headBytes) return 0;
  return isBinaryHead(bytes, at, end, magic) ? headBytes + u32be(bytes, at + 8) : -1;
}

/** True where a header stands at `at` whose parts agree. */
export function isBinaryHead(bytes: Uint8Array, at: number, end: number, magic: number): boolean {
  if (end - at < headBytes || bytes[at] !== magic || bytes[at + 1] >= operations.length || bytes[at + 5] !== 0)
    return false;
  const key = u16be(bytes, at + 2);
  const extras = bytes[at + 4];
  const body = u32be(bytes, at + 8);
  if (key > 250 || extras > 20 || body < key + extras || body > 0x4000_0000) return false;
  const status = u16be(bytes, at + 6);
  return magic === 0x80 ? status < 1024 : status === 0 || statuses.has(status);
}
