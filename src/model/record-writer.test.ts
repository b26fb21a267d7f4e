import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureClock, CaptureTime, EpochNanos } from '../base/units.ts';
import { connectionSchema, eventSchema, recordSchema, requestSchema } from './json.ts';
import { addressOnly } from './names.ts';
import { RecordWriter } from './record-writer.ts';
import { newRequestFields, Outcome, RequestFlag } from './request.ts';
import { anyConnection, anyEvent, anyNames, anyRequest } from './testing/arbitraries.ts';

const clock: CaptureClock = { origin: 1_795_365_314_000_000_000n as EpochNanos };
const throughJson = (record: object): unknown => JSON.parse(JSON.stringify(record));

describe('records', () => {
  test('every request is one that the contract allows, also after it went through JSON', () => {
    fc.assert(
      fc.property(anyRequest, anyConnection, anyNames, (request, connection, names) => {
        const record = new RecordWriter(clock, names).request(request, connection);
        expect(requestSchema.parse(throughJson(record))).toEqual(throughJson(record));
      }),
    );
  });

  test('every connection is one that the contract allows', () => {
    const changes = fc.constantFrom('opened', 'established', 'identified', 'updated', 'closed');
    fc.assert(
      fc.property(anyConnection, changes, anyNames, (connection, change, names) => {
        const record = new RecordWriter(clock, names).connection(connection, change);
        expect(connectionSchema.parse(throughJson(record))).toEqual(throughJson(record));
      }),
    );
  });

  test('every event is one that the contract allows', () => {
    fc.assert(
      fc.property(anyEvent, anyNames, (event, names) => {
        const record = new RecordWriter(clock, names).event(event);
        expect(eventSchema.parse(throughJson(record))).toEqual(throughJson(record));
      }),
    );
  });

  test('the parts of the latency add up to it where all are known and the answer came after the question', () => {
    fc.assert(
      fc.property(anyRequest, anyConnection, anyNames, (request, connection, names) => {
        const r = new RecordWriter(clock, names).request(request, connection);
        const { received_ns, waited_ns, worked_ns, sent_ns, latency_ns, first_byte_ns } = r;
        if (latency_ns === null || received_ns === null || waited_ns === null) return;
        if (worked_ns === null || sent_ns === null || first_byte_ns === null) return;
        if (request.responseStart < Math.max(request.readAt, request.requestEnd)) return;
        expect(received_ns + waited_ns + worked_ns + sent_ns).toBe(latency_ns);
        expect(first_byte_ns + sent_ns).toBe(latency_ns);
      }),
    );
  });

  const [connection] = fc.sample(anyConnection, { numRuns: 1, seed: 1 });
  const names = { nameOf: ({ ip }: { ip: string }) => addressOnly(ip, 'private') };
  const writer = new RecordWriter(clock, names, () => ({ 'http.request.method': 'GET' }));

  test('what is not known is null or absent and never a made-up number', () => {
    const request = { ...newRequestFields(), protocol: 'http', method: 'GET', start: 5 as CaptureTime };
    const record = writer.request(request, connection);
    expect(record).toMatchObject({ status: null, latency_ns: null, waited_ns: null, worked_ns: null, sent_ns: null });
    expect(Object.keys(record)).not.toContain('trace_id');
    expect(record.time).toBe('2026-11-22T16:35:14.000000005Z');
  });

  test('an error has an error type, and what the request itself carries wins over what its protocol says', () => {
    const request = {
      ...newRequestFields(),
      protocol: 'dns',
      outcome: Outcome.clientError,
      code: 3,
      codeText: 'NXDOMAIN',
      flags: RequestFlag.retry | RequestFlag.partial,
      attributes: ['http.request.method', 'POST'],
    };
    const record = writer.request(request, connection);
    expect(record.attributes).toMatchObject({ 'error.type': 'NXDOMAIN', 'http.request.method': 'POST' });
    expect(record.flags).toEqual(['partial', 'retry']);
  });

  test('a record with a field that the contract does not know is refused', () => {
    const record = writer.request({ ...newRequestFields(), protocol: 'http' }, connection);
    expect(recordSchema.safeParse(throughJson(record)).success).toBe(true);
    expect(recordSchema.safeParse({ ...record, latency_ms: 1 }).success).toBe(false);
  });
});
