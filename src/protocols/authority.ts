import { percentEncoded } from './text.ts';

type Attributes = Record<string, string | number | boolean>;

const longest = 255;

/**
 * What is kept of an authority as a client sent it: lower-case, without user and password, which some put there, and
 * without characters that steer a terminal.
 *
 * @example
 * shownAuthority('admin:secret@Shop.example:8080'); // 'shop.example:8080'
 */
export function shownAuthority(sent: string): string {
  const host = sent.slice(sent.lastIndexOf('@') + 1);
  return percentEncoded(host.slice(0, longest)).slice(0, longest).toLowerCase();
}

/**
 * Divides an authority (RFC 3986, section 3.2: Host header, `:authority`) into host and port. The port is -1 where none is
 * written; brackets around an IPv6 address are taken off.
 *
 * @example
 * splitAuthority('shop.example:8080'); // { host: 'shop.example', port: 8080 }
 * splitAuthority('[::1]'); // { host: '::1', port: -1 }
 */
export function splitAuthority(authority: string): { readonly host: string; readonly port: number } {
  const colon = authority.lastIndexOf(':');
  const digits = authority.slice(colon + 1);
  const host = authority.slice(0, colon);
  const hasPort =
    colon > 0 && /^\d{1,5}$/.test(digits) && Number(digits) <= 65_535 && (!host.includes(':') || host.endsWith(']'));
  return { host: withoutBrackets(hasPort ? host : authority), port: hasPort ? Number(digits) : -1 };
}

/** Writes an authority as OpenTelemetry wants it: the host in `server.address`, the port, where there is one, in `server.port`. */
export function setServer(attributes: Attributes, authority: string): void {
  if (authority === '') return;
  const { host, port } = splitAuthority(authority);
  attributes['server.address'] = host;
  if (port >= 0) attributes['server.port'] = port;
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
