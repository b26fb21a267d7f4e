import { Side } from '../../model/request.ts';
import { u16be, u32be } from '../byte-reader.ts';
import { messagingAttributes } from '../messaging.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { Key } from './calls.ts';
import { KafkaSession } from './session.ts';
import { isRequest, isSize, sizeBytes } from './wire.ts';

const operationTypes = {
  produce: 'send',
  fetch: 'receive',
  share_fetch: 'receive',
  offset_commit: 'settle',
  share_acknowledge: 'settle',
  create_topics: 'create',
} as const;

/** Apache Kafka, and what speaks its protocol (Redpanda, Event Hubs, ...). */
export const kafka: Protocol = {
  name: 'kafka',
  transports: ['tcp'],
  ports: [9092],
  recognise(bytes, start, end, from, _serverPort, total) {
    if (from === Side.server || end - start < sizeBytes) return Confidence.no;
    if (!isSize(bytes, start, 8)) return Confidence.no;
    if (end - start < 14) return Confidence.more;
    const length = sizeBytes + u32be(bytes, start);
    if (!isRequest(bytes, start, end, length)) return Confidence.no;
    const next = start + length;
    // Behind it there is nothing or another one.
    if (next + 14 <= end && !isRequest(bytes, next, end, sizeBytes + u32be(bytes, next))) return Confidence.no;
    const clientId = u16be(bytes, start + 12);
    if (clientId < 0xffff && start + 14 + clientId > end) return Confidence.more;
    const isNamed = clientId > 0 && clientId < 0xffff;
    // A client id of text behind numbers that all agree is no accident.
    // The rest of a large frame is still to come; small numbers in front of a short text are not enough then.
    if (isNamed && length > total) return total >= 256 && clientId >= 4 ? Confidence.yes : Confidence.more;
    if (isNamed) return Confidence.yes;
    // Nameless clients are rare; of theirs only the first questions that each asks are believed.
    const key = u16be(bytes, start + 4);
    const isFirst = key === Key.apiVersions || key === Key.metadata;
    return clientId === 0xffff && isFirst && length === total ? Confidence.maybe : Confidence.no;
  },
  open: (context) => new KafkaSession(context),
  attributes: (request) => messagingAttributes('kafka', operationTypes, request),
};
