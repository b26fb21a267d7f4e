import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureTime } from '../../base/units.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import { Arrival, TcpReassembly } from './tcp-reassembly.ts';
import { sequenceAdd, sequenceDistance } from './tcp-sequence.ts';

/** Checks each piece against the reference where it lands, and keeps count. */
class Reference {
  readonly stream: Uint8Array;
  position = 0;
  captured = 0;
  skipped = 0;
  lostBytes = 0;
  lostUnknown = 0;
  lastTime = 0;

  constructor(length: number) {
    this.stream = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff);
  }

  piece(chunk: Chunk): void {
    const bytes = chunk.bytes.subarray(chunk.start, chunk.end);
    expect(chunk.skipped).toBeGreaterThanOrEqual(0);
    expect(Buffer.from(bytes).equals(this.stream.subarray(this.position, this.position + bytes.length))).toBe(true);
    this.position += bytes.length + chunk.skipped;
    this.captured += bytes.length;
    this.skipped += chunk.skipped;
    this.lastTime = chunk.time;
  }

  lost(bytes: number): void {
    if (bytes < 0) this.lostUnknown++;
    else {
      this.lostBytes += bytes;
      this.position += bytes;
    }
  }
}

function chunkOf(stream: Uint8Array, from: number, to: number, captured = to - from, time = 1): Chunk {
  // bytes around the chunk must not matter
  const bytes = new Uint8Array(captured + 10).fill(0xee);
  bytes.set(stream.subarray(from, from + captured), 5);
  return {
    bytes,
    start: 5,
    end: 5 + captured,
    skipped: to - from - captured,
    time: time as CaptureTime,
    lastTime: time as CaptureTime,
    readAt: 0 as CaptureTime,
  };
}

const ranges = fc.array(fc.tuple(fc.nat(4000), fc.integer({ min: 1, max: 700 })), {
  minLength: 1,
  maxLength: 60,
  size: 'max',
});
const isn = fc.oneof(fc.constant(0), fc.integer({ min: 0xffffffff - 4000, max: 0xffffffff }), fc.nat(0xffffffff));

describe('sequence numbers', () => {
  test('compare across the wrap', () => {
    expect(sequenceDistance(5, 0xfffffffb)).toBe(10);
    expect(sequenceDistance(0xfffffffb, 5)).toBe(-10);
    expect(sequenceAdd(0xffffffff, 2)).toBe(1);
  });
});

describe('TCP reassembly', () => {
  test('gives the stream back whatever the order, splits, duplicates and overlaps of its segments', () => {
    fc.assert(
      fc.property(ranges, isn, fc.boolean(), (pieces, first, known) => {
        const reference = new Reference(5000);
        const reassembly = new TcpReassembly(reference);
        if (known) reassembly.start(first);
        // in order once, so that every byte is there; the random ranges overlap, repeat and run ahead of it
        let sent = 0;
        if (!known) {
          reassembly.segment(first, 1, chunkOf(reference.stream, 0, 1));
          sent = 1;
        }
        for (const [from, length] of pieces) {
          const to = Math.min(5000, from + length);
          reassembly.segment(sequenceAdd(first, from), to - from, chunkOf(reference.stream, from, to));
          const next = Math.min(5000, sent + 97);
          if (next > sent)
            reassembly.segment(sequenceAdd(first, sent), next - sent, chunkOf(reference.stream, sent, next));
          sent = next;
        }
        if (sent < 5000)
          reassembly.segment(sequenceAdd(first, sent), 5000 - sent, chunkOf(reference.stream, sent, 5000));
        expect(reference.position).toBe(5000);
        expect(reference.captured).toBe(5000);
        expect(reference.lostBytes).toBe(0);
        expect(reassembly.held).toBe(0);
        expect(reassembly.next).toBe(sequenceAdd(first, 5000));
      }),
      { numRuns: 400 },
    );
  });

  test('accounts for every byte as captured, skipped or lost when segments are missing or cut', () => {
    fc.assert(
      fc.property(ranges, isn, fc.nat(300), (pieces, first, snap) => {
        const reference = new Reference(5000);
        const reassembly = new TcpReassembly(reference);
        reassembly.start(first);
        const covered = new Uint8Array(5000);
        let end = 0;
        for (const [from, length] of pieces) {
          const to = Math.min(5000, from + length);
          const captured = Math.min(snap, to - from);
          reassembly.segment(sequenceAdd(first, from), to - from, chunkOf(reference.stream, from, to, captured));
          covered.fill(1, from, to);
          end = Math.max(end, to);
        }
        reassembly.finish(9 as CaptureTime);
        const uncovered = end - covered.reduce((sum, bit) => sum + bit, 0);
        expect(reference.position).toBe(end);
        expect(reference.lostBytes).toBe(uncovered);
        expect(reference.captured + reference.skipped + reference.lostBytes).toBe(end);
        expect(reassembly.held).toBe(0);
        expect(reassembly.hasGap).toBe(false);
      }),
      { numRuns: 400 },
    );
  });

  test('tells continuation, gap, late filling and repetition apart', () => {
    const reference = new Reference(100);
    const reassembly = new TcpReassembly(reference);
    reassembly.start(1000);
    const send = (from: number, to: number) =>
      reassembly.segment(1000 + from, to - from, chunkOf(reference.stream, from, to));
    expect(send(0, 10)).toBe(Arrival.inOrder);
    expect(send(30, 40)).toBe(Arrival.ahead);
    expect(send(20, 30)).toBe(Arrival.late);
    expect(send(20, 40)).toBe(Arrival.repeated);
    expect(reference.position).toBe(10);
    expect(send(10, 20)).toBe(Arrival.late);
    expect(reference.position).toBe(40);
    expect(send(0, 10)).toBe(Arrival.repeated);
    expect(send(35, 45)).toBe(Arrival.repeated);
    expect(reference.position).toBe(45);
  });

  test('declares lost only what the peer is known to have, and hands out what lies behind', () => {
    const reference = new Reference(100);
    const reassembly = new TcpReassembly(reference);
    reassembly.start(0);
    reassembly.segment(20, 10, chunkOf(reference.stream, 20, 30));
    reassembly.segment(50, 10, chunkOf(reference.stream, 50, 60));
    reassembly.giveUpTo(30, 5 as CaptureTime);
    expect([reference.position, reference.lostBytes]).toEqual([30, 20]);
    reassembly.giveUpTo(70, 6 as CaptureTime);
    expect([reference.position, reference.lostBytes]).toEqual([70, 50]);
  });

  test('ends at the FIN, which an acknowledgement one beyond does not pass', () => {
    const reference = new Reference(100);
    const reassembly = new TcpReassembly(reference);
    reassembly.start(0);
    reassembly.segment(0, 10, chunkOf(reference.stream, 0, 10));
    reassembly.end(30);
    expect(reassembly.ended).toBe(false);
    reassembly.giveUpTo(31, 5 as CaptureTime);
    expect([reference.position, reference.lostBytes, reassembly.ended]).toEqual([30, 20, true]);
  });

  test('takes the stream up anew when segments keep coming from somewhere else', () => {
    const reference = new Reference(100);
    const reassembly = new TcpReassembly(reference);
    reassembly.start(1_000_000_000);
    const elsewhere = 10_000;
    let last: Arrival = Arrival.inOrder;
    for (let i = 0; i < 4; i++) {
      last = reassembly.segment(elsewhere + i * 10, 10, chunkOf(reference.stream, 0, 10));
      if (i < 3) expect(last).toBe(Arrival.stale);
    }
    expect(last).toBe(Arrival.inOrder);
    expect(reference.lostUnknown).toBe(1);
  });

  test('says when more is held than may be', () => {
    const reference = new Reference(5000);
    const reassembly = new TcpReassembly(reference, { bytes: 2000, pieces: 100 });
    reassembly.start(0);
    for (let from = 100; from + 100 <= 2500; from += 100) {
      reassembly.segment(from, 100, chunkOf(reference.stream, from, from + 100));
    }
    expect(reassembly.overLimit).toBe(true);
    reassembly.finish(9 as CaptureTime);
    expect(reassembly.overLimit).toBe(false);
    expect(reference.position).toBe(2500);
  });

  test('gives held pieces the time at which they became readable', () => {
    const reference = new Reference(30);
    const reassembly = new TcpReassembly(reference);
    reassembly.start(0);
    reassembly.segment(10, 10, chunkOf(reference.stream, 10, 20, 10, 5));
    reassembly.segment(0, 10, chunkOf(reference.stream, 0, 10, 10, 9));
    expect(reference.lastTime).toBe(9);
  });

  test('lets go what claims to lie beyond the FIN', { timeout: 5000 }, () => {
    const reference = new Reference(100);
    const reassembly = new TcpReassembly(reference);
    reassembly.start(0);
    reassembly.segment(0, 10, chunkOf(reference.stream, 0, 10, 10));
    reassembly.end(20);
    reassembly.segment(50, 10, chunkOf(reference.stream, 50, 60, 10));
    reassembly.finish(9 as CaptureTime);
    expect([reassembly.hasGap, reassembly.held]).toEqual([false, 0]);
  });
});
