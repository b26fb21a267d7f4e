import { RequestFlag } from '../../model/request.ts';
import { isApi, refineByHead } from './api/refine.ts';
import { type Exchange, MethodKind } from './exchange.ts';
import { isStreamType } from './media-type.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';
import { rawOf } from './target.ts';

/** Takes over what a request's head says. */
export function fillRequest(e: Exchange, head: RequestHead, keepRaw: boolean, serverPort: number): void {
  const { target, trace } = head;
  e.method = head.method;
  e.target = target.template;
  e.resource = keepRaw ? rawOf(target) : target.path;
  e.authority = target.authority === '' ? head.host : target.authority;
  e.userAgent = head.userAgent;
  e.traceId = trace.traceId;
  e.parentSpanId = trace.parentSpanId;
  e.correlationId = trace.correlationId;
  e.upgrade = head.upgrade;
  if (target.waits || head.waits) e.flags |= RequestFlag.wait;
  if (head.cut) e.flags |= RequestFlag.partial;
  if (head.method === 'HEAD') e.kind = MethodKind.head;
  else if (head.method === 'CONNECT') {
    e.kind = MethodKind.connect;
    if (e.authority === '') e.authority = target.template;
  }
  if (head.ambiguous) e.attributes = ['http.request.ambiguous_length', 'true'];
  if (isApi(head.method, head)) refineByHead(e, head, serverPort);
}

/** Takes over what a response's head says. */
export function fillResponse(e: Exchange, head: ResponseHead): void {
  e.code = head.status;
  e.contentType = head.contentType;
  if (isStreamType(head.contentType)) e.flags |= RequestFlag.streaming;
  if (head.cut) e.flags |= RequestFlag.partial;
  if (e.correlationId === '') e.correlationId = head.trace.correlationId;
  if (head.ambiguous) {
    e.attributes ??= [];
    e.attributes.push('http.response.ambiguous_length', 'true');
  }
}
