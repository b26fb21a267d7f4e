import { type CaptureTime, NEVER } from '../base/units.ts';

/** Which end of a connection: the one that opened it, or the one that accepted it. */
export const Side = { client: 0, server: 1 } as const;
export type Side = (typeof Side)[keyof typeof Side];

/** How a request ended, whatever its protocol. The protocol's own code stands beside it. */
export const Outcome = {
  /** The answer was not understood, or the protocol has no status. */
  unset: 0,
  ok: 1,
  /** The asker's fault (HTTP 4xx, SQL syntax error, NXDOMAIN). */
  clientError: 2,
  /** The answerer's fault (HTTP 5xx, SERVFAIL). */
  serverError: 3,
  /** No answer within the protocol's time, or the connection ended in a timeout. */
  timeout: 4,
  /** The connection was closed or reset before the answer was complete. */
  aborted: 5,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** The names of outcomes in JSON, filters and tables. */
export const outcomeNames = ['unset', 'ok', 'client_error', 'server_error', 'timeout', 'aborted'] as const;

/** Facts about a request that are true or not. Bits of {@link RequestFields.flags}. */
export const RequestFlag = {
  /** Part of it was not seen (joined in the middle, bytes lost): its fields may be incomplete. */
  partial: 1,
  /** It waits on purpose (long poll, blocking pop, watch, subscribe): leave it out of latency statistics. */
  wait: 2,
  /** A stream of messages rather than one answer. */
  streaming: 4,
  /** Read from TLS plaintext. */
  tls: 8,
  /** No answer is expected (notification, acks=0, publish). */
  oneWay: 16,
  /** Asked again after no answer (DNS retry). */
  retry: 32,
  /** Both ends are on this host: this one record stands for both sides. */
  bothSides: 64,
  /** The protocol changed after this exchange (HTTP upgrade, CONNECT, STARTTLS). */
  upgrade: 128,
} as const;

/**
 * One request with its response, as protocol sessions fill it in and sinks read it. There is one such object a sink and
 * it is reused: whoever keeps anything of it copies it. Strings are '' where nothing is known.
 */
export interface RequestFields {
  /** OpenTelemetry-like protocol name: 'http', 'dns', 'postgresql', 'redis'. */
  protocol: string;
  /** The verb: 'GET', 'SELECT', 'HGETALL', 'produce', 'A'. */
  method: string;
  /** What it acts on, with few distinct values: route template, table, topic, queue, domain. */
  target: string;
  /** The same with all its values, redacted: URL path, normalised statement. '' where it equals `target`. */
  resource: string;
  /** Whom it addresses: Host header, :authority, database, virtual host, SNI. */
  authority: string;
  outcome: Outcome;
  /** The protocol's numeric code: HTTP status, DNS rcode, gRPC status, MySQL errno. -1 where there is none. */
  code: number;
  /** The protocol's textual code: SQLSTATE, Redis error prefix, gRPC status name, DNS rcode name. */
  codeText: string;
  /** Bytes of the request and of the response on the wire, above TCP/UDP, heads and framing included. */
  requestBytes: number;
  responseBytes: number;
  /** First byte of the request seen. Always known. */
  start: CaptureTime;
  /** Last byte of the request seen. */
  requestEnd: CaptureTime;
  /** When the serving process read the request; NEVER where that was not seen. */
  readAt: CaptureTime;
  /** First and last byte of the response; NEVER where there was none. */
  responseStart: CaptureTime;
  end: CaptureTime;
  /** Bits of {@link RequestFlag}. */
  flags: number;
  /** Messages of a streaming call: sent by the client, by the server. */
  requestMessages: number;
  responseMessages: number;
  /** Trace context that the message carried, lower-case hex: 32 and 16 digits. */
  traceId: string;
  parentSpanId: string;
  /** Any other id that the message carried to follow it by (x-request-id, b3 without span). */
  correlationId: string;
  /**
   * Where it began in the client's TCP stream: the sequence number of the piece that brought its first byte, plus its number
   * within that piece. Both ends see the same. 0 where it is not known.
   */
  sequence: number;
  /** User agent or client library, and media type of the response. */
  userAgent: string;
  contentType: string;
  /** Further attributes by OpenTelemetry name: key, value, key, value, ... Usually empty. */
  attributes: string[];
}

/** A blank request. */
export function newRequestFields(): RequestFields {
  return {
    protocol: '',
    method: '',
    target: '',
    resource: '',
    authority: '',
    outcome: Outcome.unset,
    code: -1,
    codeText: '',
    requestBytes: 0,
    responseBytes: 0,
    start: NEVER,
    requestEnd: NEVER,
    readAt: NEVER,
    responseStart: NEVER,
    end: NEVER,
    flags: 0,
    requestMessages: 0,
    responseMessages: 0,
    traceId: '',
    parentSpanId: '',
    correlationId: '',
    sequence: 0,
    userAgent: '',
    contentType: '',
    attributes: [],
  };
}

/** Puts every field of a reused request back to blank, without allocating. */
export function clearRequestFields(r: RequestFields): void {
  r.protocol = r.method = r.target = r.resource = r.authority = r.codeText = '';
  r.traceId = r.parentSpanId = r.correlationId = r.userAgent = r.contentType = '';
  r.outcome = Outcome.unset;
  r.code = -1;
  r.requestBytes = r.responseBytes = r.flags = r.requestMessages = r.responseMessages = r.sequence = 0;
  r.start = r.requestEnd = r.readAt = r.responseStart = r.end = NEVER;
  if (r.attributes.length > 0) r.attributes.length = 0;
}
