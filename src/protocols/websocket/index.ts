import { setServer } from '../authority.ts';
import { Confidence, type Protocol } from '../protocol.ts';
import { WebSocketSession } from './session.ts';

/** WebSocket (RFC 6455). Never recognised by its bytes, which could be anything: HTTP/1 hands over after the handshake. */
export const websocket: Protocol = {
  name: 'websocket',
  transports: ['tcp'],
  ports: [],
  recognise: () => Confidence.no,
  open: (context) => new WebSocketSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = { 'network.protocol.name': 'websocket' };
    if (request.target !== '') attributes['http.route'] = request.target;
    setServer(attributes, request.authority);
    if (request.code >= 0) attributes['websocket.close.code'] = request.code;
    return attributes;
  },
};
