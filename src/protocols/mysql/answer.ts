import { Outcome } from '../../model/request.ts';
import type { Frame } from '../frames.ts';
import { Interner } from '../interner.ts';
import { headerBytes, lenenc, readLenenc } from './wire.ts';

const states = new Interner(128);

/** What an error packet says. Reused. */
export interface ServerError {
  /** errno, -1 where it was cut. */
  code: number;
  /** SQLSTATE, '' where there is none. */
  state: string;
  outcome: Outcome;
  /** It was cut before its SQLSTATE. */
  partial: boolean;
}

const error: ServerError = { code: -1, state: '', outcome: Outcome.unset, partial: false };

/** Reads an error packet. */
export function readError(frame: Frame): ServerError {
  const { bytes, end } = frame;
  const at = frame.start + headerBytes + 1;
  error.code = at + 2 <= end ? bytes[at] | (bytes[at + 1] << 8) : -1;
  error.state = at + 8 <= end && bytes[at + 2] === 0x23 ? states.text(bytes, at + 3, at + 8) : '';
  error.partial = at + 8 > end && end - frame.start < frame.length;
  error.outcome = error.partial ? Outcome.unset : outcomeOf(error.code, error.state);
  return error;
}

/** A progress report of MariaDB, which looks like an error and is none. */
export const progressCode = 0xffff;

/** The time that a statement may take is over: MySQL's and MariaDB's codes. */
const timeouts = new Set([3024, 1907, 1969, 4031]);
/** Errors of the general state HY000 that are the asker's doing: values that do not fit, unknown variables, constraints. */
const askers = new Set([
  1193, 1210, 1231, 1238, 1243, 1264, 1265, 1292, 1364, 1366, 1406, 1418, 1442, 1553, 1615, 1690, 1701, 3140, 3819,
  3946,
]);

/** Whose fault an error is, by its code and the class of its SQLSTATE. */
export function outcomeOf(code: number, state: string): Outcome {
  if (code < 0) return Outcome.unset;
  if (timeouts.has(code)) return Outcome.timeout;
  switch (state.slice(0, 2)) {
    case '08':
    case '40':
    case '53':
    case '57':
    case 'XA':
    case '':
      return Outcome.serverError;
    case 'HY':
      return askers.has(code) ? Outcome.clientError : Outcome.serverError;
    default:
      return Outcome.clientError;
  }
}

/** What an OK or EOF packet says. Reused. */
export interface OkPacket {
  /** Rows changed, 0 in an EOF packet. */
  rows: number;
  /** Bits of the server's status, 0 where it was cut. */
  status: number;
}

const ok: OkPacket = { rows: 0, status: 0 };

/** Reads an OK packet, also where it stands at the end of a result in the place of EOF. */
export function readOk(frame: Frame): OkPacket {
  const { bytes, end } = frame;
  const rows = readLenenc(bytes, frame.start + headerBytes + 1, end);
  readLenenc(bytes, lenenc.after, end);
  ok.rows = Math.max(0, rows);
  const at = lenenc.after;
  ok.status = at + 2 <= end ? bytes[at] | (bytes[at + 1] << 8) : 0;
  return ok;
}

/** Payload bytes of an EOF packet of protocol 4.1: marker, warnings, status. */
export const eofPayload = 5;

/** Reads an EOF packet. */
export function readEof(frame: Frame): OkPacket {
  const { bytes, end } = frame;
  const at = frame.start + headerBytes + 3;
  ok.rows = 0;
  ok.status = at + 2 <= end ? bytes[at] | (bytes[at + 1] << 8) : 0;
  return ok;
}
