/** Which libraries and programs hold TLS, and when to look into them. */
export { executablePath } from './mapped-files.ts';
export { TlsTargets, type TlsTargetsOptions } from './tls-targets.ts';
