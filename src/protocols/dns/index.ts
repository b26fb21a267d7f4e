import type { Protocol } from '../protocol.ts';
import { dnsPorts, recognise } from './recognise.ts';
import { DnsSession } from './session.ts';

export { eachAnswer, type OnAnswer, readDnsAnswers } from './answers.ts';

/** DNS over UDP and TCP (RFC 1035, RFC 6891); multicast DNS and LLMNR queries are shown as expecting no answer. */
export const dns: Protocol = {
  name: 'dns',
  transports: ['udp', 'tcp'],
  ports: dnsPorts,
  recognise,
  open: (context) => new DnsSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = {
      'dns.question.name': request.resource || request.target,
      'dns.question.type': request.method,
    };
    if (request.code >= 0) attributes['dns.response.code'] = request.codeText;
    return attributes;
  },
};
