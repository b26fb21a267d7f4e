import { Outcome, type RequestFields, Side } from '../../model/request.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { textOf } from '../text.ts';
import { lineEnd, readLength, replyBegins, Type } from './line.ts';
import { RedisSession } from './session.ts';

/** Redis and what speaks RESP as it does: Valkey, KeyDB, Dragonfly, Sentinel. */
export const redis: Protocol = {
  name: 'redis',
  transports: ['tcp'],
  ports: [6379, 6380, 26379],
  recognise(bytes, start, end, from) {
    if (end <= start) return Confidence.no;
    return from === Side.client ? recogniseCommand(bytes, start, end) : recogniseReply(bytes, start, end);
  },
  open: (context) => new RedisSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = {
      'db.system.name': 'redis',
      'db.namespace': request.authority,
    };
    if (request.method !== '') {
      attributes['db.operation.name'] = request.method;
      attributes['db.query.text'] = queryText(request);
    }
    if (request.codeText !== '') attributes['db.response.status_code'] = request.codeText;
    if (request.codeText !== '' && request.outcome > Outcome.ok) attributes['error.type'] = request.codeText;
    return attributes;
  },
};

/** The command with its key, and `?` for what follows. */
function queryText(request: Readonly<RequestFields>): string {
  const key = request.resource === '' ? request.target : request.resource;
  return key === '' ? request.method : `${request.method} ${key} ?`;
}

/** `*2`, `$3`, a name of letters: nothing else begins so. */
function recogniseCommand(bytes: Uint8Array, start: number, end: number): Confidence {
  if (bytes[start] !== Type.array) return isTypedCommand(bytes, start, end) ? Confidence.maybe : Confidence.no;
  const first = lineEnd(bytes, start, end);
  if (first < 0) return end - start < 12 ? Confidence.more : Confidence.no;
  const count = readLength(bytes, start + 1, first);
  if (count < 1) return Confidence.no;
  const at = first + 2;
  if (at >= end) return Confidence.more;
  if (bytes[at] !== Type.bulk) return Confidence.no;
  const second = lineEnd(bytes, at, end);
  if (second < 0) return end - at < 12 ? Confidence.more : Confidence.no;
  const length = readLength(bytes, at + 1, second);
  if (length < 2 || length > 32) return Confidence.no;
  const name = second + 2;
  for (let i = name; i < Math.min(end, name + length); i++) {
    const letter = bytes[i] | 32;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    if (!isLetter && (i === name || !/[0-9._-]/.test(String.fromCharCode(bytes[i])))) return Confidence.no;
  }
  return name + length <= end ? Confidence.yes : Confidence.more;
}

/** A command that people or health checks type, without a type or length. */
function isTypedCommand(bytes: Uint8Array, start: number, end: number): boolean {
  const stop = lineEnd(bytes, start, end);
  return stop > 0 && /^(?:PING|INFO|QUIT|EXISTS \S+|AUTH \S+|ROLE|DBSIZE)$/i.test(textOf(bytes, start, stop));
}

/** Replies alone are too simple to be sure of. */
function recogniseReply(bytes: Uint8Array, start: number, end: number): Confidence {
  // Lines that begin with a plus or minus are POP3's too, and others'; the next command tells.
  if (bytes[start] === Type.simple || bytes[start] === Type.error) return Confidence.no;
  return replyBegins(bytes, start, end) ? Confidence.maybe : Confidence.no;
}
