import { Outcome } from '../../model/request.ts';
import { Interner } from '../interner.ts';

const prefixes = new Interner(64);

/** Errors that say that the server cannot, rather than that it was asked wrongly. */
const serverErrors = new Set(
  'LOADING BUSY MASTERDOWN OOM CLUSTERDOWN MISCONF NOREPLICAS TRYAGAIN READONLY UNKILLABLE INPROG IOERR'.split(' '),
);
/** Not failures: where else to ask. */
const redirections = new Set(['MOVED', 'ASK']);

/** The first word of an error in bytes[from] .. bytes[to - 1]: 'ERR', 'WRONGTYPE', 'MOVED'. */
export function errorPrefix(bytes: Uint8Array, from: number, to: number): string {
  let end = from;
  while (end < to && bytes[end] !== 0x20 && bytes[end] !== 13 && bytes[end] !== 10) end++;
  const prefix = prefixes.text(bytes, from, Math.min(end, from + 32));
  return /^[A-Z][A-Z0-9_-]*$/.test(prefix) ? prefix : 'ERR';
}

/** Whose fault an error is. */
export function outcomeOfError(prefix: string): Outcome {
  if (redirections.has(prefix)) return Outcome.ok;
  return serverErrors.has(prefix) ? Outcome.serverError : Outcome.clientError;
}
