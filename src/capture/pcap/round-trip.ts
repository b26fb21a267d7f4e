import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Counters } from '../../model/connection.ts';
import { sequenceDistance } from './tcp-sequence.ts';

/**
 * Times how long one side's data takes to be acknowledged, seen from the place of the capture: the way from there to the
 * other side and back. One segment is timed at a time; a retransmission makes its sample void (RFC 6298, 3).
 */
export class HalfRoundTrip {
  smoothed = -1;
  min = -1;
  #end = 0;
  #since: CaptureTime = NEVER;

  /** A segment passed whose last byte (or SYN, FIN) is before `end`. */
  sent(end: number, time: CaptureTime): void {
    if (this.#since !== NEVER) return;
    this.#end = end;
    this.#since = time;
  }

  /** Something was sent again. */
  repeated(): void {
    this.#since = NEVER;
  }

  /** The other side acknowledged everything before `acknowledgement`. Returns true where that gave a sample. */
  acknowledged(acknowledgement: number, time: CaptureTime): boolean {
    if (this.#since === NEVER || sequenceDistance(acknowledgement, this.#end) < 0) return false;
    const sample = Math.max(0, time - this.#since);
    this.#since = NEVER;
    this.smoothed = this.smoothed < 0 ? sample : this.smoothed + (sample - this.smoothed) / 8;
    if (this.min < 0 || sample < this.min) this.min = sample;
    return true;
  }
}

/** Puts the two halves together into a connection's counters; a half that was never seen counts as nothing. */
export function setRoundTrip(counters: Counters, client: HalfRoundTrip, server: HalfRoundTrip): void {
  counters.rttSmoothed = Math.round(Math.max(0, client.smoothed) + Math.max(0, server.smoothed));
  counters.rttMin = Math.max(0, client.min) + Math.max(0, server.min);
}
