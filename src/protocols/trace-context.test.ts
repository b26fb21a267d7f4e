import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './testing.ts';
import { clearTraceContext, newTraceContext, readTraceHeader } from './trace-context.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

function read(...headers: [string, string | Uint8Array][]): string[] {
  const context = newTraceContext();
  for (const [name, value] of headers) {
    const bytes = bytesOf('..', value, '..');
    readTraceHeader(context, name, bytes, 2, bytes.length - 2);
  }
  return [context.traceId, context.parentSpanId, context.correlationId];
}

describe('trace context', () => {
  it('is read from every usual header', () => {
    expect(read(['traceparent', `00-${trace}-${span}-01`])).toEqual([trace, span, '']);
    expect(read(['traceparent', `cc-${trace}-${span}-01-what-the-future-will-be-like`])).toEqual([trace, span, '']);
    expect(read(['b3', `${trace}-${span}-1-05e3ac9a4f6e3b90`])).toEqual([trace, span, '']);
    expect(read(['b3', `${trace.slice(16)}-${span}`])).toEqual([`0000000000000000${trace.slice(16)}`, span, '']);
    expect(read(['x-b3-spanid', span], ['x-b3-traceid', trace])).toEqual([trace, span, '']);
    expect(read(['uber-trace-id', `${trace}%3A${span}%3A0%3A1`])).toEqual([trace, span, '']);
    expect(
      read(['x-amzn-trace-id', 'Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678']),
    ).toEqual(['67891233abcdef012345678912345678', '', '1-67891234-12456789abcdef012345678']);
    expect(
      read(['grpc-trace-bin', bytesOf([0, 0], Buffer.from(trace, 'hex'), [1], Buffer.from(span, 'hex'), [2, 1])]),
    ).toEqual([trace, span, '']);
    expect(read(['sw8', `1-${Buffer.from('a.b.c').toString('base64')}-eA==-3-a-b-c-d`])).toEqual(['', '', 'a.b.c']);
    expect(read(['x-request-id', 'req-1'], ['x-correlation-id', 'other'])).toEqual(['', '', 'req-1']);
  });

  it('prefers W3C to others, whatever the order', () => {
    const b3: [string, string] = ['b3', `${span}${span}-${span}`];
    const w3c: [string, string] = ['traceparent', `00-${trace}-${span}-00`];
    expect(read(b3, w3c)).toEqual(read(w3c, b3));
    expect(read(b3, w3c)[0]).toBe(trace);
  });

  it('is none where the id is malformed or zero', () => {
    for (const bad of [
      `00-${'0'.repeat(32)}-${span}-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
      `ff-${trace}-${span}-01`,
      `00-${trace.replace('a', 'g')}-${span}-01`,
      '00-1-2-3',
    ])
      expect(read(['traceparent', bad])).toEqual(['', '', '']);
    expect(read(['b3', '0'])).toEqual(['', '', '']);
    expect(read(['x-request-id', 'with blanks'])).toEqual(['', '', '']);
  });

  it('is lower-case, and of the right length, whatever comes', () => {
    const names = [
      'traceparent',
      'b3',
      'x-b3-traceid',
      'x-b3-spanid',
      'uber-trace-id',
      'x-amzn-trace-id',
      'sw8',
      'grpc-trace-bin',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.stringMatching(/^[0-9A-Fa-f:-]{0,80}$/), (name, value) => {
        const [traceId, spanId] = read([name, value]);
        expect(traceId).toMatch(/^(?:|[0-9a-f]{32})$/);
        expect(spanId).toMatch(/^(?:|[0-9a-f]{16})$/);
      }),
    );
  });

  it('is forgotten between messages', () => {
    const context = newTraceContext();
    const bytes = bytesOf(`00-${trace}-${span}-01`);
    readTraceHeader(context, 'traceparent', bytes, 0, bytes.length);
    clearTraceContext(context);
    expect(context).toEqual(newTraceContext());
  });
});
