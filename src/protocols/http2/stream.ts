import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome } from '../../model/request.ts';
import { type ApiCall, Body } from '../http/api/call.ts';
import { MessageCounter } from './grpc.ts';

/** One stream: a request on its way to the end of its response. Reused. */
export interface Stream extends ApiCall {
  /** The path as it came. */
  path: string;
  authority: string;
  userAgent: string;
  traceId: string;
  parentSpanId: string;
  correlationId: string;
  contentType: string;
  /** It is a gRPC call. */
  grpc: boolean;
  grpcStatus: number;
  code: number;
  flags: number;
  pushed: boolean;
  requestBytes: number;
  responseBytes: number;
  start: CaptureTime;
  requestEnd: CaptureTime;
  readAt: CaptureTime;
  responseStart: CaptureTime;
  /** Last byte of the response so far. */
  end: CaptureTime;
  requestEnded: boolean;
  /** Nanoseconds that the client gives the call (grpc-timeout), 0 where it does not say. */
  deadline: number;
  readonly requests: MessageCounter;
  readonly responses: MessageCounter;
}

/** A blank stream. */
export function newStream(): Stream {
  return {
    protocol: 'http',
    body: Body.none,
    verdict: Outcome.unset,
    codeText: '',
    attributes: undefined,
    requests: new MessageCounter(),
    responses: new MessageCounter(),
    method: '',
    target: '',
    resource: '',
    path: '',
    authority: '',
    userAgent: '',
    traceId: '',
    parentSpanId: '',
    correlationId: '',
    contentType: '',
    grpc: false,
    grpcStatus: -1,
    code: -1,
    flags: 0,
    pushed: false,
    requestBytes: 0,
    responseBytes: 0,
    start: NEVER,
    requestEnd: NEVER,
    readAt: NEVER,
    responseStart: NEVER,
    end: NEVER,
    requestEnded: false,
    deadline: 0,
  };
}

/** Puts a stream back to blank, beginning at `time`. */
export function resetStream(s: Stream, time: CaptureTime): void {
  s.method = s.target = s.resource = s.path = s.authority = s.userAgent = '';
  s.traceId = s.parentSpanId = s.correlationId = s.contentType = '';
  s.protocol = 'http';
  s.body = Body.none;
  s.verdict = Outcome.unset;
  s.codeText = '';
  s.attributes = undefined;
  s.grpc = s.pushed = s.requestEnded = false;
  s.grpcStatus = s.code = -1;
  s.flags = s.requestBytes = s.responseBytes = s.deadline = 0;
  s.start = time;
  s.requestEnd = s.readAt = s.responseStart = s.end = NEVER;
  s.requests.reset();
  s.responses.reset();
}
