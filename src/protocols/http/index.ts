import type { Protocol } from '../protocol.ts';
import { httpAttributes } from './attributes.ts';
import { recognise } from './recognise.ts';
import { HttpSession } from './session.ts';

/** HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112). */
export const http: Protocol = {
  name: 'http',
  transports: ['tcp'],
  ports: [80, 8080, 8000, 8888, 3000, 5000, 9090, 9200],
  recognise: (bytes, start, end, from, _serverPort, total) => recognise(bytes, start, end, from, total),
  open: (context) => new HttpSession(context),
  attributes: httpAttributes,
};
