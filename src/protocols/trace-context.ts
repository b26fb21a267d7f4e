import { asciiOf, hexOf, startsWith, textOf } from './text.ts';

/**
 * Trace context found in one message. Reused: {@link clearTraceContext} between messages. Ids are lower-case hexadecimal,
 * 32 and 16 digits (a 64-bit trace id is padded on the left).
 */
export interface TraceContext {
  traceId: string;
  parentSpanId: string;
  /** An id to follow the message by that is no trace id (x-request-id, X-Amzn-Trace-Id's Self, ...). */
  correlationId: string;
  /** How much the trace id is trusted: headers of several kinds may stand side by side. Set by the readers. */
  rank: number;
}

/** A blank context. */
export function newTraceContext(): TraceContext {
  return { traceId: '', parentSpanId: '', correlationId: '', rank: 0 };
}

/** Back to blank. */
export function clearTraceContext(context: TraceContext): void {
  if (context.rank > 0) {
    context.traceId = context.parentSpanId = '';
    context.rank = 0;
  }
  context.correlationId = '';
}

/** Precedence of headers where a message carries several: W3C first, since that is what current libraries continue. */
const Rank = { b3Parts: 1, xray: 2, jaeger: 3, skywalking: 4, b3: 5, w3c: 6 } as const;

const zeros = '00000000000000000000000000000000';
const zeroSpan = '0000000000000000';

/** 0 where bytes[start] .. bytes[end - 1] are not all hexadecimal digits, 2 where some are upper-case, else 1. */
function hexKind(bytes: Uint8Array, start: number, end: number): 0 | 1 | 2 {
  let kind: 1 | 2 = 1;
  for (let i = start; i < end; i++) {
    const b = bytes[i];
    if ((b >= 48 && b <= 57) || (b >= 97 && b <= 102)) continue;
    if (b < 65 || b > 70) return 0;
    kind = 2;
  }
  return kind;
}

/** Hexadecimal text of an id padded to `digits`, '' where it is no id (wrong digits, too long, all zero). */
function id(bytes: Uint8Array, start: number, end: number, digits: number): string {
  const length = end - start;
  if (length < 1 || length > digits) return '';
  const kind = hexKind(bytes, start, end);
  if (kind === 0) return '';
  let text = asciiOf(bytes, start, end);
  if (kind === 2) text = text.toLowerCase();
  if (length < digits) text = zeros.slice(0, digits - length) + text;
  return bytes[start] === 48 && text === (digits === 32 ? zeros : zeroSpan) ? '' : text;
}

function offer(context: TraceContext, rank: number, traceId: string, parentSpanId: string): void {
  if (traceId === '' || rank < context.rank) return;
  context.traceId = traceId;
  context.parentSpanId = parentSpanId;
  context.rank = rank;
}

/** `traceparent: 00-<32 hex>-<16 hex>-<flags>` (W3C Trace Context, section 3.2; later versions read as this one). */
export function readTraceparent(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  if (end - start < 55 || bytes[start + 2] !== 45 || bytes[start + 35] !== 45 || bytes[start + 52] !== 45) return;
  if (hexKind(bytes, start, start + 2) === 0 || startsWith(bytes, start, end, 'ff')) return;
  const parent = id(bytes, start + 36, start + 52, 16);
  if (parent === '') return;
  offer(context, Rank.w3c, id(bytes, start + 3, start + 35, 32), parent);
}

/** `b3: <trace>-<span>[-<sampled>[-<parent>]]` (Zipkin B3, single header). A lone sampling decision carries no id. */
export function readB3(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  let dash = start;
  while (dash < end && bytes[dash] !== 45) dash++;
  if (dash - start < 16 || dash + 17 > end) return;
  offer(context, Rank.b3, id(bytes, start, dash, 32), id(bytes, dash + 1, dash + 17, 16));
}

/** `X-B3-TraceId` (Zipkin B3, several headers). */
export function readB3TraceId(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  if (context.rank > Rank.b3Parts) return;
  const traceId = id(bytes, start, end, 32);
  if (traceId === '') return;
  context.traceId = traceId;
  context.rank = Rank.b3Parts;
}

/** `X-B3-SpanId` (Zipkin B3, several headers). May stand before or after the trace id. */
export function readB3SpanId(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  if (context.rank > Rank.b3Parts) return;
  const spanId = id(bytes, start, end, 16);
  if (spanId === '') return;
  context.parentSpanId = spanId;
  context.rank = Rank.b3Parts;
}

/** `uber-trace-id: <trace>:<span>:<parent>:<flags>`, colons perhaps percent-encoded (Jaeger). */
export function readUberTraceId(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  const text = textOf(bytes, start, Math.min(end, start + 120)).replace(/%3a/gi, ':');
  const match = /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):/i.exec(text);
  if (match === null) return;
  const traceId = match[1].toLowerCase().padStart(32, '0');
  if (traceId !== zeros) offer(context, Rank.jaeger, traceId, match[2].toLowerCase().padStart(16, '0'));
}

/** `X-Amzn-Trace-Id: Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;...` (AWS X-Ray). A load balancer's Self is a correlation id. */
export function readAmznTraceId(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  // In comments of SQL it is percent-encoded.
  const text = textOf(bytes, start, Math.min(end, start + 300))
    .replace(/%3d/gi, '=')
    .replace(/%3b/gi, ';');
  const root = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})/i.exec(text);
  if (root !== null) {
    const parent = /(?:^|;)\s*Parent=([0-9a-f]{16})/i.exec(text);
    offer(context, Rank.xray, (root[1] + root[2]).toLowerCase(), parent === null ? '' : parent[1].toLowerCase());
  }
  if (context.correlationId !== '') return;
  const self = /(?:^|;)\s*Self=([\w-]{1,64})/.exec(text);
  if (self !== null) context.correlationId = self[1];
}

/**
 * `sw8: <sample>-<base64 trace id>-<base64 segment id>-<span index>-...` (SkyWalking v3). Its ids are text of any shape:
 * a trace id that is 32 hexadecimal digits (dashes aside) is taken as such, any other becomes the correlation id. Spans are
 * named by segment and index, so there is no parent span id.
 */
export function readSw8(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  const text = textOf(bytes, start, Math.min(end, start + 600)).replace(/%3d/gi, '=');
  const match = /^[01]-([A-Za-z0-9+/=]{4,200})-[A-Za-z0-9+/=]+-\d+-/.exec(text);
  if (match === null) return;
  const traceId = Buffer.from(match[1], 'base64').toString('latin1');
  const digits = traceId.replace(/-/g, '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits) && digits !== zeros) offer(context, Rank.skywalking, digits, '');
  else if (context.correlationId === '' && /^[\x21-\x7e]{1,128}$/.test(traceId)) context.correlationId = traceId;
}

/** `x-request-id`, `x-correlation-id`: any visible text of at most 128 bytes. The first one wins. */
export function readCorrelationId(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  if (context.correlationId !== '' || end <= start || end - start > 128) return;
  for (let i = start; i < end; i++) if (bytes[i] < 0x21 || bytes[i] > 0x7e) return;
  context.correlationId = asciiOf(bytes, start, end);
}

/** Binary trace context as gRPC's `grpc-trace-bin` carries it: 00, 00 + 16 bytes, 01 + 8 bytes, 02 + flags. */
export function readTraceBin(context: TraceContext, bytes: Uint8Array, start: number, end: number): void {
  if (end - start < 27 || bytes[start] !== 0 || bytes[start + 1] !== 0 || bytes[start + 18] !== 1) return;
  const traceId = hexOf(bytes, start + 2, start + 18);
  const spanId = hexOf(bytes, start + 19, start + 27);
  if (traceId !== zeros && spanId !== zeroSpan) offer(context, Rank.b3, traceId, spanId);
}

/**
 * Reads a header of any protocol (Kafka, NATS, AMQP, gRPC metadata) by its name, which must be lower-case. Returns false
 * where the name means nothing here. HTTP/1 does not use it: it tells names apart without making strings.
 */
export function readTraceHeader(
  context: TraceContext,
  name: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  switch (name) {
    case 'traceparent':
      readTraceparent(context, bytes, start, end);
      return true;
    case 'b3':
      readB3(context, bytes, start, end);
      return true;
    case 'x-b3-traceid':
      readB3TraceId(context, bytes, start, end);
      return true;
    case 'x-b3-spanid':
      readB3SpanId(context, bytes, start, end);
      return true;
    case 'uber-trace-id':
      readUberTraceId(context, bytes, start, end);
      return true;
    case 'x-amzn-trace-id':
      readAmznTraceId(context, bytes, start, end);
      return true;
    case 'sw8':
      readSw8(context, bytes, start, end);
      return true;
    case 'x-request-id':
    case 'x-correlation-id':
      readCorrelationId(context, bytes, start, end);
      return true;
    case 'grpc-trace-bin':
      readTraceBin(context, bytes, start, end);
      return true;
    default:
      return false;
  }
}
