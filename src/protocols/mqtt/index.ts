import { Side } from '../../model/request.ts';
import { messagingAttributes } from '../messaging.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { MqttSession } from './session.ts';
import { isConnect, wholePackets } from './wire.ts';

const operationTypes = { publish: 'send', deliver: 'process' } as const;

/** MQTT 3.1, 3.1.1 and 5.0 over TCP. */
export const mqtt: Protocol = {
  name: 'mqtt',
  transports: ['tcp'],
  ports: [1883],
  recognise(bytes, start, end, from, _serverPort, total) {
    if (end - start < 2) return end > start && bytes[start] >= 0x10 ? Confidence.more : Confidence.no;
    if (from === Side.client && bytes[start] === 0x10) {
      if (isConnect(bytes, start, end)) return Confidence.yes;
      return end - start < 14 ? Confidence.more : Confidence.no;
    }
    return total === end - start && wholePackets(bytes, start, end) > 0 ? Confidence.maybe : Confidence.no;
  },
  open: (context) => new MqttSession(context),
  attributes: (request) => messagingAttributes('mqtt', operationTypes, request),
};
