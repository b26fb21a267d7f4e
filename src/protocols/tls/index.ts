import { Side } from '../../model/request.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { TlsSession } from './session.ts';
import { Content, isClientHello, isServerHello, recordHeader, records } from './wire.ts';

/** TLS itself: one request a handshake. What is inside is read elsewhere, from the libraries that encrypt it. */
export const tls: Protocol = {
  name: 'tls',
  transports: ['tcp'],
  ports: [443],
  recognise(bytes, start, end, from, _serverPort, total) {
    const length = records.length(bytes, start, end);
    if (end <= start || length < 0) return Confidence.no;
    if (end - start < 11) return Confidence.more;
    if (bytes[start] === Content.handshake) {
      const isHello = from === Side.client ? isClientHello : isServerHello;
      return isHello(bytes, start, end) ? Confidence.yes : Confidence.no;
    }
    // In the middle of a connection: records of data that follow each other to the end of the turn.
    if (bytes[start] !== Content.applicationData || bytes[start + 2] !== 3) return Confidence.no;
    let at = start;
    while (at + recordHeader <= end) {
      const next = records.length(bytes, at, end);
      if (next < 0 || bytes[at] < Content.alert || bytes[at] > Content.applicationData) return Confidence.no;
      at += next;
    }
    if (at - start === total) return Confidence.yes;
    return at - start > total ? Confidence.more : Confidence.maybe;
  },
  open: (context) => new TlsSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = {};
    if (request.target !== '') attributes['server.address'] = request.target;
    if (request.codeText !== '') attributes['error.type'] = request.codeText;
    for (let i = 0; i + 1 < request.attributes.length; i += 2) {
      const name = request.attributes[i];
      const value = request.attributes[i + 1];
      attributes[name] = name === 'tls.established' || name === 'tls.resumed' ? value === 'true' : value;
    }
    return attributes;
  },
};
