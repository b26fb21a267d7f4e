import { Outcome, RequestFlag } from '../../model/request.ts';
import type { RequestSink } from '../protocol.ts';
import type { Exchange } from './exchange.ts';

/** Hands a finished exchange to the sink. */
export function report(e: Exchange, sink: RequestSink, outcome: Outcome, partial: boolean): void {
  const r = sink.fields;
  r.protocol = e.protocol;
  r.method = e.method;
  r.target = e.target;
  r.resource = e.resource;
  r.authority = e.authority;
  r.outcome = outcome === Outcome.ok && e.verdict !== Outcome.unset ? e.verdict : outcome;
  r.code = e.code;
  r.codeText = e.codeText;
  r.requestBytes = e.requestBytes;
  r.responseBytes = e.responseBytes;
  r.start = e.start;
  r.requestEnd = e.requestEnd;
  r.readAt = e.readAt;
  r.responseStart = e.responseStart;
  r.end = e.end;
  r.flags = partial ? e.flags | RequestFlag.partial : e.flags;
  r.traceId = e.traceId;
  r.parentSpanId = e.parentSpanId;
  r.correlationId = e.correlationId;
  r.userAgent = e.userAgent;
  r.contentType = e.contentType;
  if (e.attributes !== undefined) for (const text of e.attributes) r.attributes.push(text);
  sink.emit();
}
