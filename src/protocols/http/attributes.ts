import type { RequestFields } from '../../model/request.ts';
import { setServer } from '../authority.ts';

type Attributes = Record<string, string | number | boolean>;

/** OpenTelemetry attributes of a request over HTTP/1 or HTTP/2, also where it calls an API that has a name of its own. */
export function httpAttributes(request: Readonly<RequestFields>): Attributes {
  const attributes: Attributes = {};
  const { method, target } = request;
  const path = request.resource || target;
  setServer(attributes, request.authority);
  if (request.userAgent !== '') attributes['user_agent.original'] = request.userAgent;
  if (request.contentType !== '') attributes['http.response.header.content-type'] = request.contentType;
  if (request.protocol === 'grpc') {
    rpc(attributes, 'grpc', target, method);
    if (request.code >= 0) attributes['rpc.grpc.status_code'] = request.code;
    return attributes;
  }
  if (request.code >= 0) attributes['http.response.status_code'] = request.code;
  if (path.startsWith('/')) attributes['url.path'] = path;
  switch (request.protocol) {
    case 'graphql':
      attributes['graphql.operation.type'] = method;
      if (target !== '') attributes['graphql.operation.name'] = target;
      break;
    case 'jsonrpc':
      rpc(attributes, 'jsonrpc', '', method);
      if (request.codeText !== '') attributes['rpc.jsonrpc.error_code'] = Number(request.codeText);
      break;
    case 'elasticsearch':
      attributes['db.system.name'] = 'elasticsearch';
      attributes['db.operation.name'] = method;
      if (target !== '') attributes['db.collection.name'] = target;
      break;
    case 's3':
      rpc(attributes, 'aws-api', 'S3', method);
      if (target !== '') attributes['aws.s3.bucket'] = target;
      break;
    case 'aws':
      rpc(attributes, 'aws-api', target, method);
      break;
    case 'soap':
      rpc(attributes, 'soap', target, method);
      break;
    case 'kubernetes':
      attributes['k8s.api.verb'] = method;
      attributes['k8s.api.resource'] = target;
      break;
    default:
      if (method !== '') attributes['http.request.method'] = method;
      if (target !== '') attributes['http.route'] = target;
  }
  return attributes;
}

function rpc(attributes: Attributes, system: string, service: string, method: string): void {
  attributes['rpc.system'] = system;
  if (service !== '') attributes['rpc.service'] = service;
  if (method !== '') attributes['rpc.method'] = method;
}
