import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime, TimeText } from './iso-time.ts';
import { type CaptureTime, type EpochNanos, toEpoch } from './units.ts';

test('a moment is written in UTC with nine digits of a second', () => {
  expect(isoTime(1_795_365_314_000_000_007n as EpochNanos)).toBe('2026-11-22T16:35:14.000000007Z');
});

test('times of a capture are written exactly as their epoch times, forwards and backwards', () => {
  const origins = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n });
  const times = fc.array(fc.integer({ min: 1, max: 10 ** 15 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(origins, times, (origin, all) => {
      const clock = { origin: origin as EpochNanos };
      const text = new TimeText(clock);
      for (const time of all as CaptureTime[]) expect(text.iso(time)).toBe(isoTime(toEpoch(clock, time)));
    }),
  );
});

test('the local time of day keeps milliseconds', () => {
  const text = new TimeText({ origin: 1_795_365_314_999_000_000n as EpochNanos });
  const second = new Date(1_795_365_314_000).getSeconds();
  expect(text.local(999_999 as CaptureTime)).toMatch(new RegExp(`:${second}\\.999$`));
  expect(text.local(1_000_000 as CaptureTime)).toMatch(/:15\.000$/);
});

test('a clock that is set is followed', () => {
  const clock = { origin: 1_000_000_000_000_000_000n as EpochNanos };
  const text = new TimeText(clock);
  text.iso(5 as CaptureTime);
  clock.origin = 1_000_000_000_900_000_000n as EpochNanos;
  expect(text.iso(200_000_005 as CaptureTime)).toBe('2001-09-09T01:46:41.100000005Z');
});
