import type { RequestFields } from '../model/request.ts';

/**
 * OpenTelemetry attributes that all messaging protocols share (semantic conventions for messaging 1.3x).
 *
 * @param system value of `messaging.system`
 * @param types `messaging.operation.type` by method: create, send, receive, process, settle; others have none
 */
export function messagingAttributes(
  system: string,
  types: Readonly<Record<string, string>>,
  request: Readonly<RequestFields>,
): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = {
    'messaging.system': system,
    'messaging.operation.name': request.method,
  };
  const type = types[request.method];
  if (type !== undefined) attributes['messaging.operation.type'] = type;
  if (request.target !== '') {
    attributes['messaging.destination.name'] = request.resource === '' ? request.target : request.resource;
    if (request.resource !== '' && request.resource !== request.target) {
      attributes['messaging.destination.template'] = request.target;
    }
  }
  if (request.codeText !== '') attributes['error.type'] = request.codeText;
  for (let i = 0; i + 1 < request.attributes.length; i += 2) {
    attributes[request.attributes[i]] = request.attributes[i + 1];
  }
  return attributes;
}
