import { Side } from '../../model/request.ts';
import { messagingAttributes } from '../messaging.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { recogniseRequest } from './recognise.ts';
import { KafkaSession } from './session.ts';

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
    return from === Side.server ? Confidence.no : recogniseRequest(bytes, start, end, total);
  },
  open: (context) => new KafkaSession(context),
  attributes: (request) => messagingAttributes('kafka', operationTypes, request),
};
