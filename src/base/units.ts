/** Branded numbers, so that a duration cannot be passed where a size is wanted. */
declare const unit: unique symbol;
type Brand<T, Name extends string> = T & { readonly [unit]: Name };

/**
 * A moment, in nanoseconds since the start of a capture (the "capture clock"), as a double: exact for 104 days, and
 * within 2 ns for years. {@link CaptureClock} turns it into wall-clock time.
 */
export type CaptureTime = Brand<number, 'CaptureTime'>;

/** A length of time in nanoseconds. */
export type Nanos = Brand<number, 'Nanos'>;

/** A moment, in nanoseconds since the Unix epoch. 64 bits: used at the edges, never per event. */
export type EpochNanos = Brand<bigint, 'EpochNanos'>;

/** No moment: what was not seen. Every real {@link CaptureTime} is above it. */
export const NEVER = 0 as CaptureTime;

/** Turns capture times into wall-clock times. One per source: a kernel's boot clock, a capture file. */
export interface CaptureClock {
  /** Epoch nanoseconds of capture time 0. */
  readonly origin: EpochNanos;
}

/** Epoch nanoseconds of a moment on a capture clock. */
export function toEpoch(clock: CaptureClock, time: CaptureTime): EpochNanos {
  return (clock.origin + BigInt(Math.round(time))) as EpochNanos;
}
