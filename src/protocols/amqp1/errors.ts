import { Outcome } from '../../model/request.ts';

/** Conditions by which the other side gives up for reasons of its own (part 2, section 2.8.15 ff.). */
const serverFaults = new Set([
  'amqp:internal-error',
  'amqp:resource-limit-exceeded',
  'amqp:not-implemented',
  'amqp:connection:forced',
  'amqp:link:detach-forced',
  'com.microsoft:server-busy',
  'com.microsoft:timeout',
]);

/** Whose fault an error condition is. */
export function conditionOutcome(condition: string): Outcome {
  if (condition === '') return Outcome.ok;
  return serverFaults.has(condition) ? Outcome.serverError : Outcome.clientError;
}

/** Codes of SASL outcomes (part 5, section 5.3.3.6). */
export const saslCodes = ['ok', 'auth', 'sys', 'sys-perm', 'sys-temp'] as const;

/** How a login ended. */
export function saslOutcome(code: number): Outcome {
  if (code === 0) return Outcome.ok;
  return code === 1 ? Outcome.clientError : Outcome.serverError;
}

/** Delivery states that settle a message (part 3, section 3.4), '' for the good one; undefined for those that do not. */
export function stateName(descriptor: number): string | undefined {
  switch (descriptor) {
    case 0x24: // accepted
    case 0x33: // a transaction was declared
      return '';
    case 0x25:
      return 'rejected';
    case 0x26:
      return 'released';
    case 0x27:
      return 'modified';
    default:
      return undefined;
  }
}
