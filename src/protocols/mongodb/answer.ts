import { Outcome } from '../../model/request.ts';
import type { Exchange } from '../exchange.ts';
import { Interner } from '../interner.ts';
import { BsonReader, BsonType } from './bson.ts';

const names = new Interner(128);
const reader = new BsonReader();
const inner = new BsonReader();
const deep = new BsonReader();

/** Errors that are the server's: network between members, shutdowns, elections, conflicts, resources, bugs. */
const serverCodes = new Set([
  1, 6, 7, 8, 64, 91, 96, 100, 112, 133, 136, 146, 189, 202, 317, 358, 9001, 10107, 11600, 11602, 13388, 13435, 13436,
  14031,
]);
/** The time for the operation was over. */
const timeoutCodes = new Set([50, 89, 262]);

function outcomeOf(code: number): Outcome {
  if (timeoutCodes.has(code)) return Outcome.timeout;
  return serverCodes.has(code) ? Outcome.serverError : Outcome.clientError;
}

/** Reads the document that answers a command: whether it worked, and if not, the code and its name. */
export function readAnswer(e: Exchange, bytes: Uint8Array, at: number, end: number): void {
  if (!reader.open(bytes, at, end)) {
    e.partial();
    return;
  }
  let ok = Number.NaN;
  let code = -1;
  let codeName = '';
  let failed = false;
  let isCursor = false;
  while (reader.next()) {
    switch (bytes[reader.name]) {
      case 0x6f: // o
        if (reader.is('ok')) ok = reader.number();
        break;
      case 0x63: // c
        if (reader.is('code')) code = codeOf(reader);
        else if (reader.is('codeName')) codeName = text(reader);
        else if (reader.is('cursor')) isCursor = true;
        break;
      case 0x6e: // n
        if (reader.is('n')) e.responseMessages = Math.max(0, reader.number() || 0);
        break;
      case 0x77: // w
        if (reader.is('writeErrors') || reader.is('writeConcernError')) {
          const error = readWriteError(reader);
          if (error >= 0) {
            failed = true;
            code = error;
            codeName = reader.is('writeErrors') ? 'writeErrors' : 'writeConcernError';
          }
        }
        break;
      case 0x24: // $: how a failed query of old says so
        if (reader.is('$err')) failed = true;
        break;
    }
  }
  if (failed || ok === 0) {
    e.ended(code >= 0 ? outcomeOf(code) : Outcome.clientError, code, codeName);
    if (reader.short) e.partial();
  } else if (ok >= 1 || isCursor) e.ended(Outcome.ok);
  else if (reader.short) e.partial();
  else e.ended(Outcome.ok);
}

/** An error code, -1 where it is none. */
function codeOf(from: BsonReader): number {
  const code = from.number();
  return Number.isInteger(code) && code >= 0 ? code : -1;
}

function text(from: BsonReader): string {
  return from.type === BsonType.string && from.whole ? names.text(from.bytes, from.textStart, from.textEnd) : '';
}

/** Code of the first write error, 0 where it has none, -1 where there are no errors. */
function readWriteError(from: BsonReader): number {
  if (!inner.open(from.bytes, from.value, Math.min(from.valueEnd, from.bytes.length))) return -1;
  const isList = from.type === BsonType.array;
  if (isList) {
    if (!inner.next()) return -1;
    if (!deep.open(inner.bytes, inner.value, inner.valueEnd)) return 0;
  }
  const error = isList ? deep : inner;
  while (error.next()) if (error.is('code')) return Math.max(0, codeOf(error));
  return 0;
}
