import { type CaptureTime, NEVER } from '../base/units.ts';
import { Outcome, RequestFlag } from '../model/request.ts';
import type { RequestSink } from './protocol.ts';
import type { TraceContext } from './trace-context.ts';

/** What of a frame or chunk an exchange takes over. */
interface Passage {
  readonly time: CaptureTime;
  readonly lastTime: CaptureTime;
  readonly readAt: CaptureTime;
}

/**
 * A request on its way to its response: what is known when it is asked, kept until it is answered. Made to be reused, so
 * that it can live in a `PendingQueue` or `PendingTable`: {@link ask} sets every field.
 */
export class Exchange {
  method = '';
  target = '';
  resource = '';
  authority = '';
  userAgent = '';
  contentType = '';
  outcome: Outcome = Outcome.unset;
  code = -1;
  codeText = '';
  flags = 0;
  requestBytes = 0;
  responseBytes = 0;
  requestMessages = 0;
  responseMessages = 0;
  start: CaptureTime = NEVER;
  requestEnd: CaptureTime = NEVER;
  readAt: CaptureTime = NEVER;
  responseStart: CaptureTime = NEVER;
  end: CaptureTime = NEVER;
  traceId = '';
  parentSpanId = '';
  correlationId = '';
  readonly attributes: string[] = [];
  /** For the protocol's own pairing: which kind of request, and a number to know it by. */
  kind = 0;
  key = 0;

  /** Begins anew with a request that passed as told. */
  ask(method: string, target: string, passage: Passage, bytes: number): this {
    this.method = method;
    this.target = target;
    this.resource = this.authority = this.userAgent = this.contentType = this.codeText = '';
    this.outcome = Outcome.unset;
    this.code = -1;
    this.flags = 0;
    this.requestBytes = bytes;
    this.responseBytes = this.requestMessages = this.responseMessages = 0;
    this.start = passage.time;
    this.requestEnd = passage.lastTime;
    this.readAt = this.responseStart = this.end = NEVER;
    this.traceId = this.parentSpanId = this.correlationId = '';
    if (this.attributes.length > 0) this.attributes.length = 0;
    this.kind = this.key = 0;
    return this;
  }

  /** More of the request passed. */
  askMore(passage: Passage, bytes: number): void {
    this.requestEnd = passage.lastTime;
    this.requestBytes += bytes;
  }

  /** Its response, or a further part of it, passed. */
  answer(passage: Passage, bytes: number): this {
    if (this.responseStart === NEVER) {
      this.responseStart = passage.time;
      this.readAt = passage.readAt;
    }
    this.end = passage.lastTime;
    this.responseBytes += bytes;
    return this;
  }

  /** Sets how it ended. */
  ended(outcome: Outcome, code = -1, codeText = ''): this {
    this.outcome = outcome;
    this.code = code;
    this.codeText = codeText;
    return this;
  }

  /** Takes over what a message carried to follow it by. */
  follow(context: Readonly<TraceContext>): void {
    this.traceId = context.traceId;
    this.parentSpanId = context.parentSpanId;
    this.correlationId = context.correlationId;
  }

  /** Adds an attribute by its OpenTelemetry name. */
  attribute(name: string, value: string): void {
    this.attributes.push(name, value);
  }

  /** Marks it as not wholly seen. */
  partial(): this {
    this.flags |= RequestFlag.partial;
    return this;
  }

  /** Hands it to the sink as a request of `protocol`. */
  emit(sink: RequestSink, protocol: string): void {
    const r = sink.fields;
    r.protocol = protocol;
    r.method = this.method;
    r.target = this.target;
    r.resource = this.resource;
    r.authority = this.authority;
    r.userAgent = this.userAgent;
    r.contentType = this.contentType;
    r.outcome = this.outcome;
    r.code = this.code;
    r.codeText = this.codeText;
    r.flags = this.flags;
    r.requestBytes = this.requestBytes;
    r.responseBytes = this.responseBytes;
    r.requestMessages = this.requestMessages;
    r.responseMessages = this.responseMessages;
    r.start = this.start;
    r.requestEnd = this.requestEnd;
    r.readAt = this.readAt;
    r.responseStart = this.responseStart;
    r.end = this.end;
    r.traceId = this.traceId;
    r.parentSpanId = this.parentSpanId;
    r.correlationId = this.correlationId;
    for (let i = 0; i < this.attributes.length; i++) r.attributes.push(this.attributes[i]);
    sink.emit();
  }
}

/** A blank exchange, for `PendingQueue` and `PendingTable`. */
export function newExchange(): Exchange {
  return new Exchange();
}
