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
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = {};
    if (request.authority !== '') attributes['server.address'] = request.authority;
    if (request.userAgent !== '') attributes['user_agent.original'] = request.userAgent;
    if (request.protocol === 'grpc') {
      attributes['rpc.system'] = 'grpc';
      if (request.method !== '') attributes['rpc.method'] = request.method;
      if (request.target !== '') attributes['rpc.service'] = request.target;
      if (request.code >= 0) attributes['rpc.grpc.status_code'] = request.code;
      return attributes;
    }
    attributes['http.request.method'] = request.method;
    if (request.target !== '') {
      attributes['http.route'] = request.target;
      attributes['url.path'] = request.resource || request.target;
    }
    if (request.code >= 0) attributes['http.response.status_code'] = request.code;
    if (request.contentType !== '') attributes['http.response.header.content-type'] = request.contentType;
    return attributes;
  },
};
