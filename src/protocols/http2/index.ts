import { httpAttributes } from '../http/attributes.ts';
import type { Protocol } from '../protocol.ts';
import { recognise } from './recognise.ts';
import { Http2Session } from './session.ts';

/** HTTP/2 (RFC 9113) and gRPC on it. Its requests call themselves 'http' (version 2) and 'grpc'. */
export const http2: Protocol = {
  name: 'http2',
  transports: ['tcp'],
  ports: [80, 8080, 50051],
  recognise: (bytes, start, end, from, _serverPort, total) => recognise(bytes, start, end, from, total),
  open: (context) => new Http2Session(context),
  attributes: httpAttributes,
};
