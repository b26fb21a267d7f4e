import type { Protocol } from '../protocol.ts';
import { recognise } from './recognise.ts';
import { HttpSession } from './session.ts';

/** HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112). */
export const http: Protocol = {
  name: 'http',
  transports: ['tcp'],
  ports: [80, 8080, 8000, 8888, 3000, 5000, 9090, 9200],
  recognise: (bytes, start, end, from, _serverPort, total) => recognise(bytes, start, end, from, total),
  open: (context) => new HttpSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = { 'http.request.method': request.method };
    if (request.target !== '') attributes['http.route'] = request.target;
    if (request.resource !== '' || request.target !== '') attributes['url.path'] = request.resource || request.target;
    if (request.authority !== '') attributes['server.address'] = request.authority;
    if (request.code >= 0) attributes['http.response.status_code'] = request.code;
    if (request.userAgent !== '') attributes['user_agent.original'] = request.userAgent;
    if (request.contentType !== '') attributes['http.response.header.content-type'] = request.contentType;
    return attributes;
  },
};
