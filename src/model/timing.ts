/**
 * How a request's time divides: received (its bytes came in), waited (in the socket, until the process read it), worked
 * (until the first byte of the response) and sent (until the last). All in nanoseconds, NaN where it is not known.
 */
import { NEVER } from '../base/units.ts';
import type { RequestFields } from './request.ts';

type Times = Readonly<Pick<RequestFields, 'start' | 'requestEnd' | 'readAt' | 'responseStart' | 'end'>>;

/** From the first byte of the request to the last byte of the response. */
export function latencyOf(r: Times): number {
  return r.end === NEVER ? Number.NaN : r.end - r.start;
}

/** From the first to the last byte of the request. */
export function receivedOf(r: Times): number {
  return r.requestEnd === NEVER ? Number.NaN : r.requestEnd - r.start;
}

/** From the arrival of the request's last byte until the serving process read it: 0 where it was reading already. */
export function waitedOf(r: Times): number {
  return r.readAt === NEVER || r.requestEnd === NEVER ? Number.NaN : Math.max(0, r.readAt - r.requestEnd);
}

/**
 * From the moment when the process had read the request to the first byte of its response. Known only where the reading
 * was seen. 0 where it answered before the request was complete.
 */
export function workedOf(r: Times): number {
  if (r.readAt === NEVER || r.requestEnd === NEVER || r.responseStart === NEVER) return Number.NaN;
  return Math.max(0, r.responseStart - Math.max(r.readAt, r.requestEnd));
}

/** From the first byte of the request to the first byte of the response. */
export function firstByteOf(r: Times): number {
  return r.responseStart === NEVER ? Number.NaN : r.responseStart - r.start;
}

/** From the first to the last byte of the response. */
export function sentOf(r: Times): number {
  return r.responseStart === NEVER || r.end === NEVER ? Number.NaN : r.end - r.responseStart;
}
