import { Side } from '../../model/request.ts';
import { messagingAttributes } from '../messaging.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { startsWith } from '../text.ts';
import { AmqpSession } from './session.ts';
import { FrameType, isFrame, protocolHeader } from './wire.ts';

const operationTypes = {
  publish: 'send',
  deliver: 'process',
  get: 'receive',
  ack: 'settle',
  nack: 'settle',
  reject: 'settle',
  'queue.declare': 'create',
  'exchange.declare': 'create',
} as const;

/** AMQP 0-9-1 as RabbitMQ and others speak it. Version 1.0 is another protocol. */
export const amqp: Protocol = {
  name: 'amqp',
  transports: ['tcp'],
  ports: [5672],
  recognise(bytes, start, end, from) {
    if (end <= start) return Confidence.no;
    if (from === Side.client && bytes[start] === 0x41) {
      const length = Math.min(end - start, protocolHeader.length);
      if (!startsWith(bytes, start, end, protocolHeader.slice(0, length))) return Confidence.no;
      return length < protocolHeader.length ? Confidence.more : Confidence.yes;
    }
    if (!isFrame(bytes, start, end)) return Confidence.no;
    // A body or a heartbeat alone could be something else that ends in 0xCE.
    const isProof = bytes[start] === FrameType.method || bytes[start] === FrameType.header;
    return isProof ? Confidence.yes : Confidence.maybe;
  },
  open: (context) => new AmqpSession(context),
  attributes: (request) => messagingAttributes('rabbitmq', operationTypes, request),
};
