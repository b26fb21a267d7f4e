import { Outcome } from '../model/request.ts';

/** How a connection came to its end, as sessions are told. */
export type ConnectionEnding = 'closed' | 'reset' | 'timed_out' | 'unknown';

/** How a request ended whose connection ended before its response was complete. */
export function outcomeOfEnding(how: ConnectionEnding): Outcome {
  if (how === 'timed_out') return Outcome.timeout;
  return how === 'unknown' ? Outcome.unset : Outcome.aborted;
}
