import { Side } from '../../model/request.ts';
import { u32be } from '../byte-reader.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { databaseAttributes } from '../sql/index.ts';
import { textOf } from '../text.ts';
import { CassandraSession } from './session.ts';
import { frameLength, headBytes, Opcode, segment, segmentLength } from './wire.ts';

/** Cassandra, ScyllaDB and what speaks CQL's native protocol as they do. */
export const cassandra: Protocol = {
  name: 'cassandra',
  transports: ['tcp'],
  ports: [9042, 9142, 19042],
  recognise(bytes, start, end, from, _serverPort, total) {
    if (end <= start) return Confidence.no;
    const isAnswer = from === Side.server;
    const length = frameLength(bytes, start, end, isAnswer);
    if (length === 0) return Confidence.more;
    if (length > 0) return recogniseFrame(bytes, start, end, length, total);
    return recogniseSegment(bytes, start, end, isAnswer);
  },
  open: (context) => new CassandraSession(context),
  attributes(request) {
    const attributes = databaseAttributes('cassandra', { ...request, codeText: '' });
    if (request.codeText !== '') attributes['cassandra.error'] = request.codeText;
    if (request.method === 'BATCH' && request.requestMessages > 1) {
      attributes['db.operation.batch.size'] = request.requestMessages;
    }
    return attributes;
  },
};

function recogniseFrame(bytes: Uint8Array, start: number, end: number, length: number, total: number): Confidence {
  const at = start + headBytes;
  const body = length - headBytes;
  switch (bytes[start + 4]) {
    case Opcode.options:
      return body === 0 && total === headBytes ? Confidence.yes : Confidence.no;
    case Opcode.startup:
      return body < 1024 && textOf(bytes, at, end).includes('CQL_VERSION') ? Confidence.yes : Confidence.no;
    case Opcode.supported:
      return textOf(bytes, at, end).includes('CQL_VERSION') ? Confidence.yes : Confidence.no;
    case Opcode.query:
    case Opcode.prepare: {
      if (end - at < 12 || (bytes[start + 1] & 5) !== 0) return length === total ? Confidence.maybe : Confidence.no;
      const text = u32be(bytes, at);
      if (text < 4 || text > body - 4) return Confidence.no;
      const word = textOf(bytes, at + 4, Math.min(end, at + 16));
      return /^\s*(?:select|insert|update|delete|begin|create|alter|drop|use|truncate)\b/i.test(word)
        ? Confidence.yes
        : Confidence.maybe;
    }
    case Opcode.result: {
      const kind = end - at >= 4 ? u32be(bytes, at) : 0;
      return kind >= 1 && kind <= 5 && (length === total || length > end - start) ? Confidence.maybe : Confidence.no;
    }
    default:
      return length === total ? Confidence.maybe : Confidence.no;
  }
}

/** A segment, whose head has a checksum, with a frame in it. */
function recogniseSegment(bytes: Uint8Array, start: number, end: number, isAnswer: boolean): Confidence {
  for (const compressed of [false, true]) {
    if (segmentLength(bytes, start, end, compressed) <= 0) continue;
    if (compressed && segment.uncompressed > 0) return Confidence.yes;
    return frameLength(bytes, start + segment.head, end, isAnswer) > 0 ? Confidence.yes : Confidence.no;
  }
  return Confidence.no;
}
