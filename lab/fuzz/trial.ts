import type { RequestFields } from '../../src/model/request.ts';
import type { Protocol } from '../../src/protocols/protocol.ts';
import { type Piece, recogniseFirst, runSession } from '../../src/protocols/testing.ts';

/** Most requests that a mutant of a few pieces may give. */
const mostRequests = 100_000;

const ends = ['closed', 'reset', 'timed_out', 'unknown'] as const;

/**
 * Feeds a mutant to every entrance of a protocol. Returns what is wrong with what came out, '' where nothing is; throws what
 * the protocol throws.
 */
export function trial(
  protocol: Protocol,
  protocols: readonly Protocol[],
  pieces: readonly Piece[],
  index: number,
): string {
  const transport = protocol.transports[index % protocol.transports.length];
  const serverPort = index % 3 === 0 ? 1 : (protocol.ports[0] ?? 1);
  const confidence = recogniseFirst(protocol, pieces, serverPort);
  if (![0, 1, 2, 3].includes(confidence)) return `recognise gave ${confidence}`;
  const run = runSession(protocol, pieces, {
    transport,
    serverPort,
    protocols,
    fromTheBeginning: index % 4 !== 3,
    options: { keepRaw: index % 2 === 0 },
    tickAfter: index % 5 === 0 ? 6e9 : 1e6,
    end: ends[index % ends.length],
  });
  if (run.requests.length > mostRequests) return `${run.requests.length} requests`;
  for (const request of run.requests) {
    const fault = faultOf(request);
    if (fault !== '') return fault;
  }
  return run.session.pending === 0 ? '' : `pending is ${run.session.pending} after the connection's end`;
}

/** What a request must never say; '' where it does not. */
export function faultOf(request: RequestFields): string {
  for (const [name, value] of Object.entries(request)) {
    if (typeof value === 'number' && !Number.isFinite(value)) return `${name} is ${value}`;
    if (value === undefined) return `${name} is missing`;
    if (typeof value === 'string' && value.length > 8192) return `${name} has ${value.length} characters`;
  }
  if (request.protocol === '') return 'protocol is empty';
  if (request.start <= 0) return `start is ${request.start}`;
  if (request.requestBytes < 0 || request.responseBytes < 0) return 'a size is below 0';
  if (request.end !== 0 && request.end < request.start) return `end ${request.end} is before start ${request.start}`;
  if (request.attributes.length % 2 !== 0) return 'an attribute has no value';
  if (request.traceId !== '' && !/^[0-9a-f]{32}$/.test(request.traceId)) return `trace id is ${request.traceId}`;
  if (request.parentSpanId !== '' && !/^[0-9a-f]{16}$/.test(request.parentSpanId))
    return `span id is ${request.parentSpanId}`;
  return '';
}
