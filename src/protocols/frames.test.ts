import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaptureTime, NEVER } from '../base/units.ts';
import { FrameCutter, type FrameRule } from './frames.ts';

/** Frames of two bytes: a mark and the length of all of it. */
const rule: FrameRule = {
  length: (bytes, at, end) => (bytes[at] !== 0xaa ? -1 : end - at < 2 ? 0 : Math.max(2, bytes[at + 1])),
  begins: (bytes, at, end) => end - at >= 2 && bytes[at] === 0xaa && bytes[at + 1] >= 2,
};
const frameOf = (length: number) => [0xaa, length, ...Array.from({ length: length - 2 }, (_, i) => i)];

function cutter(synced = true) {
  const frames: { bytes: number[]; length: number; time: number; lastTime: number }[] = [];
  let time = 0;
  const cut = new FrameCutter(
    rule,
    (frame) => {
      const { bytes, start, end, length } = frame;
      frames.push({ bytes: [...bytes.subarray(start, end)], length, time: frame.time, lastTime: frame.lastTime });
    },
    { synced, keep: 64 },
  );
  const push = (bytes: readonly number[], skipped = 0) => {
    time++;
    const scratch = Uint8Array.from([7, 7, ...bytes, 7]);
    const at = time as CaptureTime;
    cut.push({ bytes: scratch, start: 2, end: 2 + bytes.length, skipped, time: at, lastTime: at, readAt: NEVER });
    scratch.fill(0);
  };
  return { cut, push, frames };
}

describe('a frame cutter', () => {
  it('gives the same frames however the stream is cut', () => {
    const lengths = fc.array(fc.integer({ min: 2, max: 60 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lengths, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (all, sizes) => {
        const stream = all.flatMap(frameOf);
        const { push, frames } = cutter();
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length];
          push(stream.slice(at, at + size));
          at += size;
        }
        expect(frames.map((f) => f.bytes)).toEqual(all.map(frameOf));
      }),
    );
  });

  it('counts through what was not captured, and keeps the beginning', () => {
    const { push, frames } = cutter();
    push(frameOf(50).slice(0, 10), 40);
    push(frameOf(60).slice(0, 10), 20);
    push(frameOf(60).slice(30));
    push(frameOf(4));
    expect(frames.map((f) => [f.length, f.bytes.length, f.time, f.lastTime])).toEqual([
      [50, 10, 1, 1],
      [60, 10, 2, 3],
      [4, 4, 4, 4],
    ]);
  });

  it('waits for a sure beginning where it lost its place', () => {
    const { cut, push, frames } = cutter();
    push(frameOf(8), 5);
    expect(cut.synced).toBe(false);
    push([1, 2, 3]);
    push(frameOf(6));
    expect(frames.map((f) => f.length)).toEqual([8, 6]);
    push([0xbb]);
    expect(cut.synced).toBe(false);
    cut.resume();
    push(frameOf(3));
    expect(frames.at(-1)?.length).toBe(3);
  });

  it('begins in the middle where it is told so', () => {
    const { push, frames } = cutter(false);
    push([3, 4, 5]);
    push(frameOf(5));
    expect(frames.map((f) => f.length)).toEqual([5]);
  });

  it('closes a gap of known size inside a frame', () => {
    const { cut, push, frames } = cutter();
    push(frameOf(20).slice(0, 6));
    cut.gap(10, 9 as CaptureTime);
    push(frameOf(20).slice(16));
    push(frameOf(2));
    expect(frames.map((f) => [f.length, f.bytes.length])).toEqual([
      [20, 6],
      [2, 2],
    ]);
  });
});
