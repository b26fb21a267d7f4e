/** Why an agent does not get through to its server, in one sentence that says what to do. */

interface Said {
  readonly what: string;
  readonly next: string;
}

/** By the codes of OpenSSL and of the system. */
const sentences: Readonly<Record<string, (server: string) => Said>> = {
  ECONNREFUSED: (server) => ({ what: `no server listens at ${server}`, next: 'start it, or correct --server' }),
  ENOENT: (server) => ({
    what: `no server runs here (${server} is not there)`,
    next: 'start it with: wirelight serve',
  }),
  EACCES: (server) => ({
    what: `${server} may not be opened`,
    next: 'run the agent as root, or as the user of the server',
  }),
  ENOTFOUND: (server) => ({
    what: `there is no host ${hostOf(server)}`,
    next: 'correct --server, or the name service',
  }),
  EAI_AGAIN: (server) => ({ what: `the name ${hostOf(server)} cannot be looked up`, next: 'look at the name service' }),
  EHOSTUNREACH: (server) => ({ what: `there is no way to ${hostOf(server)}`, next: 'look at routes and firewalls' }),
  ETIMEDOUT: (server) => ({ what: `${server} does not answer`, next: 'look at routes and firewalls' }),
  CERT_HAS_EXPIRED: (server) => ({
    what: `the certificate of ${server} has expired`,
    next: 'renew it there (--tls-cert), or set the clock of this host if it is wrong',
  }),
  CERT_NOT_YET_VALID: (server) => ({
    what: `the certificate of ${server} is not valid yet`,
    next: 'set the clock of this host, or of the one that made it',
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: (server) => ({
    what: `the certificate of ${server} is for another name than ${hostOf(server)}`,
    next: 'use a name that it has in --server, or make one with this name',
  }),
  UNTRUSTED: (server) => ({
    what: `the certificate of ${server} is not signed by an authority that this agent trusts`,
    next: 'give --server-ca with the certificate of the authority that signed it',
  }),
};

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** @param server as the agent was told: a URL, or the path of a socket */
export function whyNot(cause: unknown, server: string): string {
  const code = codeOf(cause);
  const said = sentences[untrusted.has(code) ? 'UNTRUSTED' : code];
  if (said === undefined) return cause instanceof Error ? cause.message : String(cause);
  const { what, next } = said(server);
  return `${what}: ${next}`;
}

/** What a server says to an agent whose certificate does not do. @param code of OpenSSL; '' where there was none */
export function certificateRefusal(code: string): string {
  switch (code) {
    case '':
      return 'this server wants a certificate, and the agent showed none: give --certificate and --key';
    case 'CERT_HAS_EXPIRED':
      return "the agent's certificate has expired: renew it, or set the clock of the server's host if that is wrong";
    case 'CERT_NOT_YET_VALID':
      return "the agent's certificate is not valid yet: set the clock of the server's host, or of the one that made it";
    default:
      return `the agent's certificate is not signed by the authority that this server trusts (--ingest-client-ca): use one that is (${code})`;
  }
}

function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).hostname : server;
}

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return '';
  if ('code' in cause && typeof cause.code === 'string' && cause.code !== 'ERR_HTTP2_SESSION_ERROR') return cause.code;
  return 'cause' in cause ? codeOf(cause.cause) : '';
}
