import type { Endpoint } from '../../model/connection.ts';
import { type EndpointName, type Names, processOf } from '../../model/names.ts';

/** How people see one end: its name; the program where only that is known; else the address. */
export function endText(names: Names, endpoint: Readonly<Endpoint>): string {
  if (endpoint.ip === '') return '';
  const name = names.nameOf(endpoint);
  return nameText(name, endpoint);
}

/** The same with the port: `web:80`, `10.0.0.1:80`, `[::1]:80`. */
export function endTextWithPort(names: Names, endpoint: Readonly<Endpoint>): string {
  const text = endText(names, endpoint);
  if (endpoint.port === 0 || text === '') return text;
  return text.includes(':') ? `[${text}]:${endpoint.port}` : `${text}:${endpoint.port}`;
}

function nameText(name: EndpointName, endpoint: Readonly<Endpoint>): string {
  if (name.kind !== 'address') return name.name;
  return processOf(name, endpoint) || name.name;
}
