import { Outcome } from '../../model/request.ts';

/** Names of reason codes of MQTT 5 (section 2.4), those of success aside. */
const names: Readonly<Record<number, string>> = {
  4: 'Disconnect with Will Message',
  16: 'No matching subscribers',
  17: 'No subscription existed',
  128: 'Unspecified error',
  129: 'Malformed Packet',
  130: 'Protocol Error',
  131: 'Implementation specific error',
  132: 'Unsupported Protocol Version',
  133: 'Client Identifier not valid',
  134: 'Bad User Name or Password',
  135: 'Not authorized',
  136: 'Server unavailable',
  137: 'Server busy',
  138: 'Banned',
  139: 'Server shutting down',
  140: 'Bad authentication method',
  141: 'Keep Alive timeout',
  142: 'Session taken over',
  143: 'Topic Filter invalid',
  144: 'Topic Name invalid',
  145: 'Packet Identifier in use',
  146: 'Packet Identifier not found',
  147: 'Receive Maximum exceeded',
  148: 'Topic Alias invalid',
  149: 'Packet too large',
  150: 'Message rate too high',
  151: 'Quota exceeded',
  152: 'Administrative action',
  153: 'Payload format invalid',
  154: 'Retain not supported',
  155: 'QoS not supported',
  156: 'Use another server',
  157: 'Server moved',
  158: 'Shared Subscriptions not supported',
  159: 'Connection rate exceeded',
  160: 'Maximum connect time',
  161: 'Subscription Identifiers not supported',
  162: 'Wildcard Subscriptions not supported',
};

/** Return codes of CONNACK in MQTT 3 (section 3.2.2.3), and the reason code of MQTT 5 that means the same. */
const connectCodes = [0, 132, 133, 136, 134, 135];

/** What went wrong on the server's side. */
const serverFaults = new Set([128, 131, 136, 137, 139, 156, 157]);

/** Name of a reason code, '' for plain success. */
export function reasonName(code: number): string {
  return names[code] ?? (code >= 128 ? `Reason ${code}` : '');
}

/** Whose fault a reason code is. */
export function reasonOutcome(code: number): Outcome {
  if (code < 128) return Outcome.ok;
  return serverFaults.has(code) ? Outcome.serverError : Outcome.clientError;
}

/** The reason code of MQTT 5 for a CONNACK's code, by the version of the connection. */
export function connectReason(code: number, version: number): number {
  return version === 5 || code > 5 ? code : connectCodes[code];
}
