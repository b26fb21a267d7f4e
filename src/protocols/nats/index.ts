import { messagingAttributes } from '../messaging.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { indexOfByte, startsWith } from '../text.ts';
import { NatsSession } from './session.ts';
import { certainty } from './wire.ts';

const operationTypes = {
  publish: 'send',
  request: 'send',
  deliver: 'process',
  fetch: 'receive',
} as const;

/** NATS and, on top of it, JetStream. */
export const nats: Protocol = {
  name: 'nats',
  transports: ['tcp'],
  ports: [4222],
  recognise(bytes, start, end, from) {
    const opening = from === 1 ? 'INFO {' : 'CONNECT {';
    const length = Math.min(end - start, opening.length);
    if (length > 0 && startsWith(bytes, start, end, opening.slice(0, length))) {
      if (length < opening.length) return Confidence.more;
      const proof = from === 1 ? '"server_id"' : '"verbose"';
      for (let at = indexOfByte(bytes, 34, start, end); at >= 0; at = indexOfByte(bytes, 34, at + 1, end)) {
        if (startsWith(bytes, at, end, proof)) return Confidence.yes;
      }
      return indexOfByte(bytes, 10, start, end) < 0 ? Confidence.more : Confidence.no;
    }
    return certainty(bytes, start, end);
  },
  open: (context) => new NatsSession(context),
  attributes: (request) => messagingAttributes('nats', operationTypes, request),
};
