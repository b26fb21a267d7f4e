/** Sees the plaintext of TLS where programs hand it to their library. */
export { type TlsLibrary, tlsFunctions } from './functions.ts';
export { type ProbePoint, planProbes } from './plan.ts';
export { TlsProbes, type TlsProbesOptions, type TlsTarget, tlsSessionKey } from './tls-probes.ts';
