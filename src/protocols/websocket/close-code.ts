import { Outcome } from '../../model/request.ts';

const names = new Map<number, string>([
  [1000, 'NORMAL'],
  [1001, 'GOING_AWAY'],
  [1002, 'PROTOCOL_ERROR'],
  [1003, 'UNSUPPORTED_DATA'],
  [1005, 'NO_STATUS'],
  [1006, 'ABNORMAL'],
  [1007, 'INVALID_DATA'],
  [1008, 'POLICY_VIOLATION'],
  [1009, 'MESSAGE_TOO_BIG'],
  [1010, 'MANDATORY_EXTENSION'],
  [1011, 'INTERNAL_ERROR'],
  [1012, 'SERVICE_RESTART'],
  [1013, 'TRY_AGAIN_LATER'],
  [1014, 'BAD_GATEWAY'],
]);

/** Nobody said why: the Close frame was empty. */
export const NO_STATUS = 1005;

/** Name of a close code (RFC 6455, section 7.4.1, and IANA's registry); its number where it has none. */
export function closeName(code: number): string {
  return names.get(code) ?? `${code}`;
}

/** What a close code says of the conversation. Codes of applications (from 3000 on) are not judged. */
export function closeOutcome(code: number): Outcome {
  if (code === 1000 || code === 1001 || code === NO_STATUS || code >= 3000) return Outcome.ok;
  return code >= 1011 && code <= 1014 ? Outcome.serverError : Outcome.clientError;
}
