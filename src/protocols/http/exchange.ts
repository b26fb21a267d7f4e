import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome } from '../../model/request.ts';
import { type ApiCall, Body } from './api/call.ts';

/** Methods that change how a response is read. */
export const MethodKind = { other: 0, head: 1, connect: 2 } as const;
export type MethodKind = (typeof MethodKind)[keyof typeof MethodKind];

/** One request on its way to its response. Reused: {@link PendingQueue} hands it out with its former values. */
export interface Exchange extends ApiCall {
  /** Stands for requests that went by unseen, in unknown number. */
  unseen: boolean;
  kind: MethodKind;
  authority: string;
  userAgent: string;
  traceId: string;
  parentSpanId: string;
  correlationId: string;
  contentType: string;
  /** Protocols it asks to upgrade to, '' where it does not. */
  upgrade: string;
  flags: number;
  requestBytes: number;
  responseBytes: number;
  start: CaptureTime;
  requestEnd: CaptureTime;
  readAt: CaptureTime;
  responseStart: CaptureTime;
  end: CaptureTime;
  /** Status, -1 before the response. */
  code: number;
}

/** A blank exchange. */
export function newExchange(): Exchange {
  return {
    unseen: false,
    protocol: 'http',
    body: Body.none,
    verdict: Outcome.unset,
    codeText: '',
    kind: MethodKind.other,
    method: '',
    target: '',
    resource: '',
    authority: '',
    userAgent: '',
    traceId: '',
    parentSpanId: '',
    correlationId: '',
    contentType: '',
    upgrade: '',
    flags: 0,
    requestBytes: 0,
    responseBytes: 0,
    start: 0.5 as CaptureTime,
    requestEnd: 0.5 as CaptureTime,
    readAt: 0.5 as CaptureTime,
    responseStart: 0.5 as CaptureTime,
    end: 0.5 as CaptureTime,
    code: -1,
    attributes: undefined,
  };
}

/** Puts an exchange back to blank, beginning at `time`. */
export function resetExchange(e: Exchange, time: CaptureTime): void {
  e.unseen = false;
  e.protocol = 'http';
  e.body = Body.none;
  e.verdict = Outcome.unset;
  e.codeText = '';
  e.kind = MethodKind.other;
  e.method = e.target = e.resource = e.authority = e.userAgent = '';
  e.traceId = e.parentSpanId = e.correlationId = e.contentType = e.upgrade = '';
  e.flags = e.requestBytes = e.responseBytes = 0;
  e.start = time;
  e.requestEnd = e.readAt = e.responseStart = e.end = NEVER;
  e.code = -1;
  e.attributes = undefined;
}
