import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../model/connection.ts';
import type { EventFields } from '../model/event.ts';
import { anyConnection, anyEvent } from '../model/testing/arbitraries.ts';
import { scopedEvents } from './scoped-events.ts';

const [[sample, blank]] = fc.sample(fc.tuple(anyConnection, anyEvent), { numRuns: 1, seed: 9 });
const watched: Connection = {
  ...sample,
  client: { ...sample.client, ip: '10.0.0.1', port: 40_000 },
  server: { ...sample.server, ip: '10.0.0.2', port: 80 },
};
const event = (fields: Partial<EventFields>): EventFields => ({
  ...blank,
  kind: 'drop',
  connection: undefined,
  sourceIp: '10.0.0.9',
  sourcePort: 1,
  destinationIp: '10.0.0.2',
  destinationPort: 80,
  ...fields,
});

describe('with a scope, events', () => {
  test.each<[string, Partial<EventFields>, boolean]>([
    ['of a watched connection are kept', { connection: watched }, true],
    ['of packets of a watched connection are kept, either way', { sourceIp: '10.0.0.1', sourcePort: 40_000 }, true],
    ['of packets to it as well', { destinationIp: '10.0.0.1', destinationPort: 40_000 }, true],
    ['of others that talk to the same server are left out', {}, false],
    ['of the same port at another address are left out', { sourceIp: '10.0.0.3', sourcePort: 40_000 }, false],
    ['of its listener are kept', { kind: 'listen_overflow' }, true],
    ['of other listeners are left out', { kind: 'listen_overflow', destinationPort: 81 }, false],
    ['that are no packets at all are kept', { kind: 'loss', sourceIp: '', destinationIp: '' }, true],
  ])('%s', (_name, fields, kept) => {
    const seen: EventFields[] = [];
    const sink = scopedEvents({
      request: () => undefined,
      connection: () => undefined,
      event: (e) => void seen.push(e),
    });
    sink.connection(watched, 'opened');
    sink.connection(watched, 'closed');
    sink.event(event(fields));
    expect(seen).toHaveLength(kept ? 1 : 0);
  });
});
