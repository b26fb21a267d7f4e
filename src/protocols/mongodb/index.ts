import { Side } from '../../model/request.ts';
import { u32le } from '../byte-reader.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { databaseAttributes } from '../sql/index.ts';
import { MongodbSession } from './session.ts';
import { headBytes, messageLength, Operation } from './wire.ts';

/** MongoDB and what speaks like it. */
export const mongodb: Protocol = {
  name: 'mongodb',
  transports: ['tcp'],
  ports: [27017, 27018, 27019],
  recognise(bytes, start, end, from, _serverPort, total) {
    if (end - start < 4) return end === start ? Confidence.no : Confidence.more;
    const length = messageLength(bytes, start, end);
    if (length < 0) return Confidence.no;
    if (end - start < headBytes + 5) return total > end - start ? Confidence.no : Confidence.more;
    const operation = u32le(bytes, start + 12);
    const answers = u32le(bytes, start + 8);
    // Requests answer nothing, answers do.
    if (from === Side.client ? answers !== 0 || operation === Operation.reply : answers === 0) return Confidence.no;
    const at = start + headBytes;
    switch (operation) {
      case Operation.message:
        return (u32le(bytes, at) & 0xfffe_fffc) === 0 && bytes[at + 4] <= 1 ? Confidence.yes : Confidence.no;
      case Operation.compressed:
        return bytes[at + 8] <= 3 && u32le(bytes, at) > 2000 && u32le(bytes, at) <= 2013
          ? Confidence.yes
          : Confidence.no;
      case Operation.reply:
        return length >= headBytes + 20 && u32le(bytes, at) < 16 ? Confidence.yes : Confidence.no;
      case Operation.query:
        return u32le(bytes, at) < 256 && bytes[at + 4] >= 0x20 && bytes[at + 4] < 0x7f ? Confidence.yes : Confidence.no;
      default:
        return Confidence.maybe;
    }
  },
  open: (context) => new MongodbSession(context),
  attributes(request) {
    const attributes = databaseAttributes('mongodb', { ...request, codeText: '' });
    if (request.codeText !== '') attributes['mongodb.code_name'] = request.codeText;
    return attributes;
  },
};
