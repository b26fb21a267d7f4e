import { shownAuthority } from '../authority.ts';
import type { ApiHead } from '../http/api/call.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import type { Target } from '../http/target.ts';
import { clearTraceContext, newTraceContext, readTraceHeader, type TraceContext } from '../trace-context.ts';
import { Field, type FieldName, type FieldValue, targetOfValue } from './fields.ts';
import type { FieldSink } from './hpack.ts';

/** What one header block says. Reused for all. */
export class Block implements FieldSink, ApiHead {
  method = '';
  target: Target | undefined;
  /** The path as it came, '' where there is none. */
  path = '';
  authority = '';
  status = -1;
  contentType = '';
  userAgent = '';
  /** SOAPAction or X-Amz-Target, '' where there is none. */
  action = '';
  /** Signatures are not read here: what is signed for does not come by HTTP/2. */
  readonly signedFor = '';
  /** -1 where there is none. */
  grpcStatus = -1;
  /** Nanoseconds of grpc-timeout, 0 where there is none. */
  deadline = 0;
  waits = false;
  /** A field was not known: method or path may be among what is missing. */
  partial = false;
  readonly trace: TraceContext = newTraceContext();

  get host(): string {
    return this.authority;
  }

  clear(): void {
    this.method = this.path = this.authority = this.contentType = this.userAgent = this.action = '';
    this.target = undefined;
    this.status = this.grpcStatus = -1;
    this.deadline = 0;
    this.waits = this.partial = false;
    clearTraceContext(this.trace);
  }

  field(name: FieldName, value: FieldValue): void {
    switch (name.field) {
      case Field.method:
        this.method = value.text;
        return;
      case Field.path:
        this.path = value.text;
        this.target = targetOfValue(value);
        return;
      case Field.status:
        this.status = value.text.length === 3 ? Number(value.text) | 0 : -1;
        return;
      case Field.authority:
        this.authority = shownAuthority(value.text);
        return;
      case Field.host:
        if (this.authority === '') this.authority = shownAuthority(value.text);
        return;
      case Field.contentType:
        this.contentType = mediaTypeOf(value.text);
        return;
      case Field.userAgent:
        this.userAgent = value.text.slice(0, 256);
        return;
      case Field.grpcStatus:
        this.grpcStatus = /^\d{1,4}$/.test(value.text) ? Number(value.text) : -1;
        return;
      case Field.action:
        this.action = value.text.slice(0, 200).replace(/^"|"$/g, '');
        return;
      case Field.grpcTimeout:
        this.deadline = timeoutOf(value.text);
        return;
      case Field.prefer:
        this.waits = /(?:^|[,;]\s*)wait\s*=/i.test(value.text);
        return;
      default:
    }
  }

  traceField(name: FieldName, bytes: Uint8Array, start: number, end: number): void {
    readTraceHeader(this.trace, name.trace, bytes, start, end);
  }

  unknown(): void {
    this.partial = true;
  }
}

const units = { H: 3600e9, M: 60e9, S: 1e9, m: 1e6, u: 1e3, n: 1 } as const;

/** Nanoseconds of a grpc-timeout ('100m' is a tenth of a second), 0 where it is none. */
function timeoutOf(text: string): number {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match === null ? 0 : Number(match[1]) * units[match[2] as keyof typeof units];
}
