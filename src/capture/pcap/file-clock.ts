import type { CaptureClock, CaptureTime, EpochNanos } from '../../base/units.ts';
import type { Skips } from './skips.ts';

/**
 * Capture time 0 lies a day before the first packet, so that packets which are in the file out of order (several
 * interfaces, merged files) still have times above {@link NEVER}, and ns stay exact in a double for the 103 days after.
 */
const MARGIN = 86_400_000_000_000n;

/** The last moment of the year 9999: what is after it cannot be written as an ISO date and is no timestamp. */
const LAST_EPOCH = 253_402_300_799_000_000_000n;

/** The clock of a capture file. It starts with the file's first packet. */
export class FileClock implements CaptureClock {
  origin = 0n as EpochNanos;
  /** Time of the first packet in the file, and the latest time of a packet so far. */
  first = 0 as CaptureTime;
  now = 0 as CaptureTime;
  readonly #skips: Skips;
  #started = false;
  #last = Number.MAX_VALUE;

  constructor(skips: Skips) {
    this.#skips = skips;
  }

  /** The capture time of a moment, which starts the clock where it is the first. Cold: packets use {@link bounded}. */
  at(epoch: bigint): CaptureTime {
    const within = epoch < 0n ? 0n : epoch > LAST_EPOCH ? LAST_EPOCH : epoch;
    if (!this.#started) {
      this.#started = true;
      this.origin = (within - MARGIN) as EpochNanos;
      this.#last = Number(LAST_EPOCH - this.origin);
      this.first = Number(within - this.origin) as CaptureTime;
    }
    return this.bounded(Number(epoch - this.origin));
  }

  /** Takes a computed time to whole nanoseconds and into the range that can be shown, counting where it was not. */
  bounded(exact: number): CaptureTime {
    const time = Math.round(exact);
    if (time >= 1 && time <= this.#last) {
      if (time > this.now) this.now = time as CaptureTime;
      return time as CaptureTime;
    }
    this.#skips.count('timestamp_out_of_range');
    return (time < 1 ? 1 : this.#last) as CaptureTime;
  }
}

/**
 * Turns 64-bit timestamps of one interface into capture times with doubles alone: differences to the interface's first
 * timestamp are exact, and only that first one is converted with BigInt.
 */
export class TimestampScale {
  readonly #clock: FileClock;
  readonly #unitsPerSecond: bigint;
  readonly #nanosPerUnit: number;
  readonly #offsetNanos: bigint;
  #baseHigh = -1;
  #baseLow = 0;
  #base = 0;

  /** @param unitsPerSecond 1_000_000n for microseconds; a power of 10 or of 2
   *  @param offsetSeconds what is to be added to every timestamp (pcapng's if_tsoffset) */
  constructor(clock: FileClock, unitsPerSecond: bigint, offsetSeconds = 0n) {
    this.#clock = clock;
    this.#unitsPerSecond = unitsPerSecond;
    this.#nanosPerUnit = 1e9 / Number(unitsPerSecond);
    this.#offsetNanos = offsetSeconds * 1_000_000_000n;
  }

  /** The capture time of the timestamp `high` * 2^32 + `low`, in this scale's units. */
  time(high: number, low: number): CaptureTime {
    if (this.#baseHigh < 0) {
      const units = (BigInt(high) << 32n) | BigInt(low);
      this.#baseHigh = high;
      this.#baseLow = low;
      this.#base = this.#clock.at((units * 1_000_000_000n) / this.#unitsPerSecond + this.#offsetNanos);
      return this.#base as CaptureTime;
    }
    const units = (high - this.#baseHigh) * 4_294_967_296 + (low - this.#baseLow);
    return this.#clock.bounded(this.#base + units * this.#nanosPerUnit);
  }

  /** The capture time of `seconds` and a `fraction` in this scale's units (classic pcap). */
  timeOf(seconds: number, fraction: number): CaptureTime {
    if (this.#baseHigh < 0) {
      this.#baseHigh = seconds;
      this.#baseLow = fraction;
      this.#base = this.#clock.at(
        BigInt(seconds) * 1_000_000_000n + (BigInt(fraction) * 1_000_000_000n) / this.#unitsPerSecond,
      );
      return this.#base as CaptureTime;
    }
    const nanos = (seconds - this.#baseHigh) * 1e9 + (fraction - this.#baseLow) * this.#nanosPerUnit;
    return this.#clock.bounded(this.#base + nanos);
  }
}
