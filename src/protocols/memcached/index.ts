import { Outcome, Side } from '../../model/request.ts';
import { u32be } from '../byte-reader.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { startsWith } from '../text.ts';
import { headBytes, isBinaryHead } from './binary.ts';
import { MemcachedSession } from './session.ts';
import { isAnswerLine, isCommandLine } from './text.ts';

/** memcached over TCP: classic text, meta commands, binary. */
export const memcached: Protocol = {
  name: 'memcached',
  transports: ['tcp'],
  ports: [11211, 11212],
  recognise(bytes, start, end, from, _serverPort, total) {
    if (end <= start) return Confidence.no;
    const magic = from === Side.client ? 0x80 : 0x81;
    if (bytes[start] === magic) return recogniseBinary(bytes, start, end, magic, total);
    if (from === Side.server) {
      if (!isAnswerLine(bytes, start, end)) return Confidence.no;
      const isOwn = startsWith(bytes, start, end, 'VALUE ') || startsWith(bytes, start, end, 'STORED\r');
      return isOwn ? Confidence.yes : Confidence.maybe;
    }
    if (!isCommandLine(bytes, start, end)) return Confidence.no;
    // The rest is said in Redis too, by hand.
    const isOwn = [
      'set ',
      'add ',
      'cas ',
      'replace ',
      'append ',
      'prepend ',
      'ms ',
      'mg ',
      'mn\r',
      'gets ',
      'gats ',
    ].some((text) => startsWith(bytes, start, end, text));
    return isOwn ? Confidence.yes : Confidence.maybe;
  },
  open: (context) => new MemcachedSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = { 'db.system.name': 'memcached' };
    if (request.method !== '') {
      attributes['db.operation.name'] = request.method;
      const key = request.resource === '' ? request.target : request.resource;
      attributes['db.query.text'] = key === '' ? request.method : `${request.method} ${key}`;
    }
    if (request.codeText !== '') attributes['db.response.status_code'] = request.codeText;
    if (request.outcome > Outcome.ok && request.codeText !== '') attributes['error.type'] = request.codeText;
    if (/^(?:get|gat|mg)/.test(request.method) && request.outcome === Outcome.ok) {
      attributes['db.response.returned_rows'] = request.responseMessages;
    }
    return attributes;
  },
};

function recogniseBinary(bytes: Uint8Array, start: number, end: number, magic: number, total: number): Confidence {
  if (end - start < headBytes) return total >= headBytes ? Confidence.no : Confidence.more;
  if (!isBinaryHead(bytes, start, end, magic)) return Confidence.no;
  const length = headBytes + u32be(bytes, start + 8);
  if (length === total) return Confidence.yes;
  if (length > total) return Confidence.maybe;
  const next = start + length;
  return next + headBytes > end || isBinaryHead(bytes, next, end, magic) ? Confidence.yes : Confidence.no;
}
