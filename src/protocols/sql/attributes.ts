import { Outcome, type RequestFields } from '../../model/request.ts';

/**
 * OpenTelemetry attributes that all databases share (semantic conventions for database client calls, stable since 1.33).
 *
 * @param system value of `db.system.name`
 */
export function databaseAttributes(
  system: string,
  request: Readonly<RequestFields>,
): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = { 'db.system.name': system };
  if (request.authority !== '') attributes['db.namespace'] = request.authority;
  if (request.method !== '') attributes['db.operation.name'] = request.method;
  if (request.target !== '') {
    // The convention wants the collection only where there is one; several go into the summary.
    if (!request.target.includes(', ')) attributes['db.collection.name'] = request.target;
  }
  if (request.method !== '') {
    attributes['db.query.summary'] = `${request.method} ${request.target.replaceAll(', ', ' ')}`.trim();
  }
  if (request.resource !== '') attributes['db.query.text'] = request.resource;
  const status = request.codeText !== '' ? request.codeText : request.code >= 0 ? String(request.code) : '';
  if (status !== '') {
    attributes['db.response.status_code'] = status;
    if (request.outcome > Outcome.ok) attributes['error.type'] = status;
  }
  for (let i = 0; i + 1 < request.attributes.length; i += 2) {
    const value = request.attributes[i + 1];
    attributes[request.attributes[i]] = /^(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value;
  }
  return attributes;
}
