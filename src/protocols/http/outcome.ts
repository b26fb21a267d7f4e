import { Outcome } from '../../model/request.ts';

/** How a connection came to its end, as sessions are told. */
export type How = 'closed' | 'reset' | 'timed_out' | 'unknown';

/** Whose fault an HTTP status is (RFC 9110, section 15). */
export function outcomeOfStatus(status: number): Outcome {
  if (status >= 500) return Outcome.serverError;
  return status >= 400 ? Outcome.clientError : Outcome.ok;
}

/** How a request ended whose connection ended before its response did. */
export function outcomeOfEnd(how: How): Outcome {
  if (how === 'timed_out') return Outcome.timeout;
  return how === 'unknown' ? Outcome.unset : Outcome.aborted;
}
