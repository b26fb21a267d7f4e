import { Side } from '../../model/request.ts';
import { messagingAttributes } from '../messaging.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { startsWith } from '../text.ts';
import { Amqp1Session } from './session.ts';
import { isFrame, isProtocolHeader } from './wire.ts';

const operationTypes = { send: 'send', deliver: 'process' } as const;

/** AMQP 1.0 (ISO 19464), as brokers like ActiveMQ, Artemis, Qpid, RabbitMQ and Azure Service Bus speak it. */
export const amqp1: Protocol = {
  name: 'amqp1',
  transports: ['tcp'],
  ports: [5672],
  recognise(bytes, start, end, from) {
    if (end <= start) return Confidence.no;
    if (from === Side.client && bytes[start] === 0x41) {
      if (end - start >= 8) return isProtocolHeader(bytes, start, end) ? Confidence.yes : Confidence.no;
      return startsWith(bytes, start, end, 'AMQP'.slice(0, end - start)) ? Confidence.more : Confidence.no;
    }
    return isFrame(bytes, start, end) ? Confidence.yes : Confidence.no;
  },
  open: (context) => new Amqp1Session(context),
  attributes: (request) => ({
    ...messagingAttributes('amqp', operationTypes, request),
    'network.protocol.name': 'amqp',
    'network.protocol.version': '1.0',
  }),
};
