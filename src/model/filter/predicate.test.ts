import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureClock, EpochNanos } from '../../base/units.ts';
import { RecordWriter } from '../record-writer.ts';
import type { WirelightRecord } from '../records.ts';
import { anyConnection, anyEvent, anyNames, anyRequest } from '../testing/arbitraries.ts';
import { anyFilter } from '../testing/filters.ts';
import { passes } from '../testing/plain-evaluator.ts';
import { compileFilter, type Filter, parseFilter, printFilter } from './index.ts';

const clock: CaptureClock = { origin: 1_795_365_314_000_000_000n as EpochNanos };

describe('a compiled filter', () => {
  const check = (filter: Filter, record: WirelightRecord, passed: boolean) => {
    const expected = passes(filter, record);
    if (passed !== expected) {
      throw new Error(`${printFilter(filter)}\n${JSON.stringify(record)}\nexpected ${expected}, got ${passed}`);
    }
  };

  test('passes exactly the requests whose JSON a plain evaluation passes', () => {
    fc.assert(
      fc.property(anyFilter, anyRequest, anyConnection, anyNames, (filter, request, connection, names) => {
        const predicate = compileFilter(filter, names);
        const record = new RecordWriter(clock, names, ({ userAgent, contentType }) => ({
          agent: userAgent,
          content_type: contentType,
        })).request(request, connection);
        const passed = predicate.request(request, connection);
        check(filter, record, passed);
        if (passed) expect(predicate.passes.requests).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('passes exactly the connections whose JSON a plain evaluation passes', () => {
    const changes = fc.constantFrom('opened' as const, 'established' as const, 'closed' as const);
    fc.assert(
      fc.property(anyFilter, anyConnection, changes, anyNames, (filter, connection, change, names) => {
        const predicate = compileFilter(filter, names);
        const record = new RecordWriter(clock, names).connection(connection, change);
        const passed = predicate.connection(connection, change);
        check(filter, record, passed);
        if (passed) expect(predicate.passes.connections).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('passes exactly the events whose JSON a plain evaluation passes', () => {
    fc.assert(
      fc.property(anyFilter, anyEvent, anyNames, (filter, event, names) => {
        const predicate = compileFilter(filter, names);
        const record = new RecordWriter(clock, names).event(event);
        const passed = predicate.event(event);
        check(filter, record, passed);
        if (passed) expect(predicate.passes.events).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test.each<[string, { requests: boolean; connections: boolean; events: boolean }]>([
    ['status:5xx', { requests: true, connections: false, events: false }],
    ['type:event from:web', { requests: false, connections: false, events: true }],
    ['change:closed or event:drop', { requests: false, connections: true, events: true }],
    ['from:web', { requests: true, connections: true, events: true }],
    ['not type:request', { requests: false, connections: true, events: true }],
  ])('knows which types %s can pass at all', (written, expected) => {
    const names = { nameOf: () => expect.fail('nobody was asked yet') };
    expect(compileFilter(parseFilter(written), names).passes).toEqual(expected);
  });
});
