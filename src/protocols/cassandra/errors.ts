import { Outcome } from '../../model/request.ts';

/** Errors by code (native protocol, section 9): name and whose fault. */
const errors = new Map<number, readonly [name: string, outcome: Outcome]>([
  [0x0000, ['SERVER_ERROR', Outcome.serverError]],
  [0x000a, ['PROTOCOL_ERROR', Outcome.clientError]],
  [0x0100, ['AUTHENTICATION_ERROR', Outcome.clientError]],
  [0x1000, ['UNAVAILABLE', Outcome.serverError]],
  [0x1001, ['OVERLOADED', Outcome.serverError]],
  [0x1002, ['IS_BOOTSTRAPPING', Outcome.serverError]],
  [0x1003, ['TRUNCATE_ERROR', Outcome.serverError]],
  [0x1100, ['WRITE_TIMEOUT', Outcome.timeout]],
  [0x1200, ['READ_TIMEOUT', Outcome.timeout]],
  [0x1300, ['READ_FAILURE', Outcome.serverError]],
  [0x1400, ['FUNCTION_FAILURE', Outcome.clientError]],
  [0x1500, ['WRITE_FAILURE', Outcome.serverError]],
  [0x1600, ['CDC_WRITE_FAILURE', Outcome.serverError]],
  [0x1700, ['CAS_WRITE_UNKNOWN', Outcome.timeout]],
  [0x2000, ['SYNTAX_ERROR', Outcome.clientError]],
  [0x2100, ['UNAUTHORIZED', Outcome.clientError]],
  [0x2200, ['INVALID', Outcome.clientError]],
  [0x2300, ['CONFIG_ERROR', Outcome.clientError]],
  [0x2400, ['ALREADY_EXISTS', Outcome.clientError]],
  [0x2500, ['UNPREPARED', Outcome.clientError]],
]);

const unknown = ['', Outcome.serverError] as const;

/** Name of an error and whose fault it is. */
export function errorOf(code: number): readonly [name: string, outcome: Outcome] {
  return errors.get(code) ?? unknown;
}
