import type { Outcome } from '../../../model/request.ts';
import type { Target } from '../target.ts';

/** The part of a request over HTTP that is refined where it calls an API that is known by more than its path. */
export interface ApiCall {
  protocol: string;
  method: string;
  target: string;
  resource: string;
  /** What the bodies of this request and its response are to be read as; {@link Body.none} in almost all cases. */
  body: Body;
  /** What the response's body said, apart from its status. */
  verdict: Outcome;
  codeText: string;
  attributes: string[] | undefined;
}

/** What a body is looked at for. Only its first piece is. */
export const Body = { none: 0, json: 1, graphql: 2, jsonRpc: 3, soap: 4, soapFault: 5 } as const;
export type Body = (typeof Body)[keyof typeof Body];

/** What a path may be the path of. Bits of {@link Target.apis}. */
export const Api = { kubernetes: 1, elasticsearch: 2, graphql: 4, s3: 8 } as const;

/** What is known of a request when its head was read. */
export interface ApiHead {
  readonly target: Target | undefined;
  readonly host: string;
  readonly userAgent: string;
  /** Media type of the request's body. */
  readonly contentType: string;
  /** SOAPAction or X-Amz-Target, '' where there is none. */
  readonly action: string;
  /** The service that an AWS signature is for, '' where there is none. */
  readonly signedFor: string;
}

/** Says what a call is, and keeps what it was over HTTP. */
export function rename(call: ApiCall, protocol: string, method: string, target: string): void {
  note(call, 'http.request.method', call.method);
  call.protocol = protocol;
  call.method = method;
  call.target = target;
}

/** The same for calls of which the path says nothing: it becomes an attribute. */
export function renameAll(call: ApiCall, protocol: string, method: string, target: string): void {
  note(call, 'url.path', call.resource === '' ? call.target : call.resource);
  rename(call, protocol, method, target);
  call.resource = '';
}

/** Adds an attribute. */
export function note(call: ApiCall, name: string, value: string): void {
  call.attributes ??= [];
  call.attributes.push(name, value);
}
