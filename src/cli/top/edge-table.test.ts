import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureTime, EpochNanos } from '../../base/units.ts';
import type { Connection } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import { compileFilter, parseFilter } from '../../model/filter/index.ts';
import { edgeSchema } from '../../model/json.ts';
import { addressOnly, type EndpointName } from '../../model/names.ts';
import type { EdgeRecord } from '../../model/records.ts';
import { newRequestFields, Outcome, type RequestFields, RequestFlag } from '../../model/request.ts';
import { anyConnection, anyEvent } from '../../model/testing/arbitraries.ts';
import { fakeNames } from '../testing/fake-agent.ts';
import { EdgeTable } from './edge-table.ts';

const [anEvent] = fc.sample(anyEvent, { numRuns: 1, seed: 1 });
const [sample] = fc.sample(anyConnection, { numRuns: 1, seed: 1 });
const now = 1_795_365_314_000_000_000n as EpochNanos;

function connectionTo(port: number, id = port): Connection {
  const counters = { ...sample.counters, clientBytes: 0, serverBytes: 0, clientRetransmits: 0, serverRetransmits: 0 };
  return {
    ...sample,
    id,
    protocol: 'http',
    end: 'open',
    counters,
    client: { ...sample.client, ip: '10.0.0.9', port: 40_000 },
    server: { ...sample.server, ip: '10.0.0.2', port },
  };
}

function request(milliseconds: number, more: Partial<RequestFields> = {}): RequestFields {
  const start = 1e9 as CaptureTime;
  const end = (start + milliseconds * 1e6) as CaptureTime;
  return {
    ...newRequestFields(),
    protocol: 'http',
    start,
    end,
    outcome: Outcome.ok,
    requestBytes: 100,
    responseBytes: 900,
    ...more,
  };
}

function newTable(filter = '') {
  const clock = { second: 0 };
  const unknown = new Map<string, EndpointName>();
  const names = {
    nameOf: ({ ip, port }: { ip: string; port: number }) => {
      const name = fakeNames.get(port) ?? unknown.get(ip) ?? addressOnly(ip, 'private');
      unknown.set(ip, name);
      return name;
    },
  };
  const table = new EdgeTable(names, compileFilter(parseFilter(filter), names), 10, () => clock.second);
  const records = (): EdgeRecord[] => [...table.edges()].map((edge) => edge.record(clock.second, 10, now));
  return { table, clock, records };
}

describe('the edges of top', () => {
  test('sum up what went over them in the window, and only that', () => {
    const { table, clock, records } = newTable();
    const web = connectionTo(80);
    for (let second = 0; second < 20; second++) {
      clock.second = second;
      for (let i = 0; i < 5; i++) table.request(request(10), web);
      table.request(request(10, { outcome: Outcome.serverError }), web);
      table.request(request(10, { outcome: Outcome.clientError }), web);
    }
    clock.second = 20;
    const [record, ...others] = records();
    expect(others).toEqual([]);
    expect(edgeSchema.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      source: { name: '10.0.0.9', kind: 'address' },
      destination: { name: 'web', kind: 'workload', port: 80 },
      protocol: 'http',
      requests: 70,
      requests_per_second: 7,
      failures: 10,
      client_errors: 10,
      failure_share: 10 / 70,
      bytes: 70_000,
      bytes_per_second: 7000,
      connections: 1,
    });
    expect(record.latency_p95_ns).toBeGreaterThan(9.6e6);
    expect(record.latency_p95_ns).toBeLessThan(10.4e6);
    clock.second = 31;
    expect(records()[0]).toMatchObject({ requests: 0, bytes: 0, latency_p50_ns: null, failure_share: null });
  });

  test('leave requests that wait on purpose, and streams, out of the latency', () => {
    const { table, clock, records } = newTable();
    table.request(request(10), connectionTo(80));
    table.request(request(60_000, { flags: RequestFlag.wait }), connectionTo(80));
    table.request(request(60_000, { flags: RequestFlag.streaming }), connectionTo(80));
    table.request(request(0, { end: 0 as CaptureTime, outcome: Outcome.timeout }), connectionTo(80));
    clock.second = 1;
    expect(records()[0].requests).toBe(4);
    expect(records()[0].latency_p99_ns).toBeLessThan(11e6);
  });

  test('count bytes once, whether requests or counters told of them', () => {
    const { table, clock, records } = newTable();
    const web = connectionTo(80);
    table.connection(web, 'opened');
    table.request(request(1), web);
    web.counters.clientBytes = 100;
    web.counters.serverBytes = 900;
    table.connection(web, 'updated');
    web.counters.serverBytes = 4900;
    table.connection(web, 'updated');
    table.request(request(1), web);
    web.end = 'closed';
    table.connection(web, 'closed');
    clock.second = 1;
    expect(records()[0]).toMatchObject({ bytes: 5000, connections: 0 });
  });

  test('count retransmits once, whether events or counters told of them', () => {
    const { table, clock, records } = newTable();
    const web = connectionTo(80);
    table.request(request(1), web);
    const event: EventFields = {
      ...anEvent,
      kind: 'retransmit',
      count: 3,
      connection: web,
    };
    table.event(event);
    web.counters.clientRetransmits = 3;
    table.connection(web, 'updated');
    web.counters.serverRetransmits = 1;
    table.connection(web, 'closed');
    clock.second = 1;
    expect(records()[0].retransmits).toBe(4);
  });

  test('show connections that could not be made, and none for what never said anything', () => {
    const { table, clock, records } = newTable();
    const refused: Connection = { ...connectionTo(5432), protocol: '', end: 'refused', transport: 'tcp' };
    table.connection(refused, 'opened');
    expect(records()).toEqual([]);
    table.connection(refused, 'closed');
    const silent = connectionTo(443);
    table.connection(silent, 'opened');
    table.connection({ ...silent, end: 'closed' }, 'closed');
    clock.second = 1;
    expect(records().length).toBe(1);
    expect(records()[0]).toMatchObject({
      destination: { name: 'db' },
      protocol: 'tcp',
      failures: 1,
      failure_share: null,
    });
  });

  test('count of a connection that itself does not pass the filter only the requests that do', () => {
    const { table, clock, records } = newTable('status:5xx');
    const web = connectionTo(80);
    table.request(request(1, { code: 200 }), web);
    table.request(request(1, { code: 503, outcome: Outcome.serverError }), web);
    web.counters.serverBytes = 1e9;
    table.connection(web, 'closed');
    clock.second = 1;
    expect(records()[0]).toMatchObject({ requests: 1, bytes: 1000, connections: 0 });
  });

  test('are forgotten when nothing has happened on them for minutes', () => {
    const { table, clock, records } = newTable();
    const web = connectionTo(80);
    table.request(request(1), web);
    clock.second = 1000;
    expect(records().length).toBe(1);
    table.connection(web, 'closed');
    clock.second = 2000;
    expect(records()).toEqual([]);
  });
});
