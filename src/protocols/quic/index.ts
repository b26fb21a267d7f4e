import { ByteReader } from '../byte-reader.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { newLongHeader, readLongHeader } from './packet.ts';
import { QuicSession } from './session.ts';

const reader = new ByteReader();
const header = newLongHeader();
/** Clients fill up the datagrams of their first packets (RFC 9000, section 14.1). */
const leastInitial = 1200;

/** QUIC versions 1 and 2: one request a handshake. HTTP/3 is inside, and encrypted. */
export const quic: Protocol = {
  name: 'quic',
  transports: ['udp'],
  ports: [443],
  recognise(bytes, start, end, _from, _serverPort, total) {
    reader.reset(bytes, start, end);
    if (end - start < 7 || !readLongHeader(header, reader, start + total)) return Confidence.no;
    if (header.version === undefined) return Confidence.no;
    if (header.type === 'initial') return total >= leastInitial ? Confidence.yes : Confidence.maybe;
    return header.type === 'handshake' ? Confidence.yes : Confidence.maybe;
  },
  open: (context) => new QuicSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = {};
    if (request.target !== '') attributes['server.address'] = request.target;
    if (request.codeText !== '') attributes['error.type'] = request.codeText;
    for (let i = 0; i + 1 < request.attributes.length; i += 2) {
      const value = request.attributes[i + 1];
      attributes[request.attributes[i]] = value === 'true' || value === 'false' ? value === 'true' : value;
    }
    return attributes;
  },
};
