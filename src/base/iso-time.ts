import type { CaptureClock, CaptureTime, EpochNanos } from './units.ts';

const billion = 1_000_000_000;

/** A moment as ISO 8601 in UTC with nanoseconds: `2026-11-22T16:35:14.123456789Z`. */
export function isoTime(time: EpochNanos): string {
  const seconds = Number(time / 1_000_000_000n);
  return `${isoSeconds(seconds)}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** Turns capture times into text, many a second: the part down to the second is kept from one call to the next. */
export class TimeText {
  readonly #clock: CaptureClock;
  #origin: EpochNanos;
  #originSeconds = 0;
  #originNanos = 0;
  #isoSecond = -1;
  #isoPrefix = '';
  #localSecond = -1;
  #localPrefix = '';

  constructor(clock: CaptureClock) {
    this.#clock = clock;
    this.#origin = this.#follow();
  }

  /** ISO 8601 in UTC with nanoseconds. */
  iso(time: CaptureTime): string {
    const nanos = this.#nanos(time);
    const second = Math.floor(nanos / billion);
    if (second !== this.#isoSecond) {
      this.#isoSecond = second;
      this.#isoPrefix = isoSeconds(this.#originSeconds + second);
    }
    return `${this.#isoPrefix}.${String(nanos - second * billion).padStart(9, '0')}Z`;
  }

  /** Time of day in the local zone with milliseconds, cut off rather than rounded: `17:35:14.123`. */
  local(time: CaptureTime): string {
    const nanos = this.#nanos(time);
    const second = Math.floor(nanos / billion);
    if (second !== this.#localSecond) {
      this.#localSecond = second;
      const date = new Date((this.#originSeconds + second) * 1000);
      this.#localPrefix = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
    }
    return `${this.#localPrefix}.${String(Math.floor((nanos - second * billion) / 1e6)).padStart(3, '0')}`;
  }

  /** Nanoseconds since the second in which the capture began. */
  #nanos(time: CaptureTime): number {
    if (this.#clock.origin !== this.#origin) this.#origin = this.#follow();
    return Math.round(time) + this.#originNanos;
  }

  /** The origin of a live clock moves when the wall clock is set. */
  #follow(): EpochNanos {
    const { origin } = this.#clock;
    this.#originSeconds = Number(origin / 1_000_000_000n);
    this.#originNanos = Number(origin % 1_000_000_000n);
    this.#isoSecond = this.#localSecond = -1;
    return origin;
  }
}

function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
