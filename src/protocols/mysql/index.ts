import { Outcome, Side } from '../../model/request.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { databaseAttributes } from '../sql/index.ts';
import { startsWithIgnoreCase } from '../text.ts';
import { readGreeting } from './handshake.ts';
import { MysqlSession } from './session.ts';
import { Answer, Command, headerBytes, isCommand, packetLength } from './wire.ts';

/** MySQL, MariaDB and what speaks like them (Percona, Aurora, TiDB, Vitess). */
export const mysql: Protocol = {
  name: 'mysql',
  transports: ['tcp'],
  ports: [3306, 3307, 4000, 15306],
  recognise(bytes, start, end, from, _serverPort, total) {
    if (end - start < headerBytes) return end === start ? Confidence.no : Confidence.more;
    const length = packetLength(bytes, start, end);
    return from === Side.server
      ? recogniseServer(bytes, start, end, length, total)
      : recogniseClient(bytes, start, end, length, total);
  },
  open: (context) => new MysqlSession(context),
  attributes(request) {
    const attributes = databaseAttributes('mysql', { ...request, codeText: '' });
    if (request.codeText !== '') attributes['mysql.sqlstate'] = request.codeText;
    if (
      /^(?:SELECT|FETCH|SHOW|VALUES|TABLE|WITH|EXPLAIN|CALL)$/.test(request.method) &&
      request.outcome === Outcome.ok
    ) {
      attributes['db.response.returned_rows'] = request.responseMessages;
    }
    return attributes;
  },
};

/** The server speaks first: a greeting with its version, or an error. */
function recogniseServer(bytes: Uint8Array, start: number, end: number, length: number, total: number): Confidence {
  if (bytes[start + 3] !== 0 || length < 8 || length > 1024) return Confidence.no;
  const at = start + headerBytes;
  if (at >= end) return Confidence.more;
  if (bytes[at] === Answer.error) {
    // 1040 too many connections, 1129 and 1130 host not allowed.
    const code = end - at >= 3 ? bytes[at + 1] | (bytes[at + 2] << 8) : 0;
    return length === total && (code === 1040 || code === 1129 || code === 1130) ? Confidence.yes : Confidence.no;
  }
  if (bytes[at] !== 10) return Confidence.no;
  if (end - start < 32 && total < length) return Confidence.more;
  const greeting = readGreeting({ bytes, start, end });
  return greeting !== undefined && /^\d+\.\d+/.test(greeting.version) ? Confidence.yes : Confidence.no;
}

const verbs = [
  'select',
  'insert',
  'update',
  'delete',
  'replace',
  'show',
  'set ',
  'begin',
  'commit',
  'start',
  'rollback',
];

/** On a connection that was joined: one command that fills the turn; of a statement the first word is known. */
function recogniseClient(bytes: Uint8Array, start: number, end: number, length: number, total: number): Confidence {
  if (bytes[start + 3] !== 0 || length !== total || end - start <= headerBytes) return Confidence.no;
  if (!isCommand(bytes, start, end)) return Confidence.no;
  const at = start + headerBytes + 1;
  switch (bytes[at - 1]) {
    case Command.query:
    case Command.prepare: {
      const text = bytes[at] < 9 && bytes[at + 1] === 1 ? at + 2 : at;
      if (verbs.some((verb) => startsWithIgnoreCase(bytes, text, end, verb))) return Confidence.yes;
      return isText(bytes, text, Math.min(end, text + 64)) ? Confidence.maybe : Confidence.no;
    }
    case Command.initDb:
      return isText(bytes, at, end) ? Confidence.maybe : Confidence.no;
    case Command.execute:
      // Behind the statement's id and flags the number of iterations, which is always 1.
      return bytes[at + 5] === 1 && bytes[at + 6] === 0 && bytes[at + 7] === 0 ? Confidence.maybe : Confidence.no;
    default:
      // Of those without text only the ones whose length is known say enough.
      return length <= headerBytes + 9 ? Confidence.maybe : Confidence.no;
  }
}

/** True where no byte is a control character other than white space. */
function isText(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i];
    if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 127) return false;
  }
  return from < to;
}
