/** What is said of a record at one glance: at which end it was seen, and whether it got through. */
import type { Connection, ConnectionEnd } from './connection.ts';
import type { EventKind } from './event.ts';
import { Outcome } from './request.ts';

/** At which end something was seen. `unknown`: in a capture file from somewhere between. */
export type SeenAt = 'client' | 'server' | 'both' | 'unknown';

/** At which ends of a connection Wirelight watches. */
export function seenAt(connection: Readonly<Connection>): SeenAt {
  if (connection.client.local) return connection.server.local ? 'both' : 'client';
  return connection.server.local ? 'server' : 'unknown';
}

/**
 * Whether traffic got through. `dropped`: the kernel threw it away. `failed`: no connection came to be, it was cut, or a
 * request got no complete answer. '' where the question makes no sense. An error status is an answer, hence `forwarded`.
 */
export type Verdict = 'forwarded' | 'dropped' | 'failed' | '';

const failedEnds: ReadonlySet<ConnectionEnd> = new Set([
  'reset',
  'aborted',
  'refused',
  'timed_out',
  'unreachable',
  'failed',
]);

/** Verdict on a connection. */
export function connectionVerdict(end: ConnectionEnd): Verdict {
  return failedEnds.has(end) ? 'failed' : 'forwarded';
}

/** Verdict on a request. */
export function requestVerdict(outcome: Outcome): Verdict {
  return outcome === Outcome.timeout || outcome === Outcome.aborted ? 'failed' : 'forwarded';
}

/** Verdict on an event. */
export function eventVerdict(kind: EventKind): Verdict {
  switch (kind) {
    case 'drop':
    case 'listen_overflow':
    case 'syn_drop':
    case 'udp_receive_overflow':
      return 'dropped';
    case 'reset_sent':
    case 'reset_received':
    case 'connect_failed':
    case 'dns_failure':
      return 'failed';
    default:
      return '';
  }
}

/** True where something went wrong, on whichever side: any outcome but `ok` and `unset`. */
export function isError(outcome: Outcome): boolean {
  return outcome >= Outcome.clientError;
}

/** True where it was not the asker's fault: server error, timeout, aborted. What error rates count. */
export function isFailure(outcome: Outcome): boolean {
  return outcome >= Outcome.serverError;
}
