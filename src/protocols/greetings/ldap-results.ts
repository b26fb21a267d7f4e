import { Outcome } from '../../model/request.ts';

/** Result codes of LDAP (RFC 4511, appendix A). */
const names: Readonly<Record<number, string>> = {
  0: '',
  1: 'operationsError',
  2: 'protocolError',
  3: 'timeLimitExceeded',
  4: 'sizeLimitExceeded',
  5: 'compareFalse',
  6: 'compareTrue',
  7: 'authMethodNotSupported',
  8: 'strongerAuthRequired',
  10: 'referral',
  11: 'adminLimitExceeded',
  12: 'unavailableCriticalExtension',
  13: 'confidentialityRequired',
  14: 'saslBindInProgress',
  16: 'noSuchAttribute',
  17: 'undefinedAttributeType',
  18: 'inappropriateMatching',
  19: 'constraintViolation',
  20: 'attributeOrValueExists',
  21: 'invalidAttributeSyntax',
  32: 'noSuchObject',
  33: 'aliasProblem',
  34: 'invalidDNSyntax',
  36: 'aliasDereferencingProblem',
  48: 'inappropriateAuthentication',
  49: 'invalidCredentials',
  50: 'insufficientAccessRights',
  51: 'busy',
  52: 'unavailable',
  53: 'unwillingToPerform',
  54: 'loopDetect',
  64: 'namingViolation',
  65: 'objectClassViolation',
  66: 'notAllowedOnNonLeaf',
  67: 'notAllowedOnRDN',
  68: 'entryAlreadyExists',
  69: 'objectClassModsProhibited',
  71: 'affectsMultipleDSAs',
  80: 'other',
  118: 'canceled',
};

const fine = new Set([0, 5, 6, 10, 14]);
const serverFaults = new Set([1, 3, 51, 52, 54, 80]);

/** Name of a result code, '' for success. */
export function resultName(code: number): string {
  return names[code] ?? `result_${code}`;
}

/** How an operation with this result ended. */
export function resultOutcome(code: number): Outcome {
  if (fine.has(code)) return Outcome.ok;
  return serverFaults.has(code) ? Outcome.serverError : Outcome.clientError;
}
