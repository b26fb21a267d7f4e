/** Random requests, connections, events and names for property tests: wide in form, narrow in values, so that filters hit. */
import fc from 'fast-check';
import type { CaptureTime } from '../../base/units.ts';
import type { Connection, ConnectionEnd, Endpoint } from '../connection.ts';
import type { EventFields, EventKind } from '../event.ts';
import { type AddressClass, addressOnly, type EndpointName, type EntityKind, type Names } from '../names.ts';
import { newRequestFields, type Outcome, type RequestFields } from '../request.ts';

const ips = ['10.0.0.1', '10.0.0.77', '10.9.1.2', '127.0.0.1', '8.8.8.8', '::1', 'fd00::1:2', '2001:db8::5'];
const ports = [53, 80, 443, 8080, 40_001, 40_002];
const texts = ['', 'web', 'Web-7d9f', 'checkout', 'a b', 'x*y', 'shop.example.com', 'äöü', '"quoted"', 'no,colon:'];
const text = fc.constantFrom(...texts);
const time = fc.integer({ min: 1, max: 2 ** 40 });

export const anyEndpoint: fc.Arbitrary<Endpoint> = fc.record({
  ip: fc.constantFrom(...ips),
  port: fc.constantFrom(...ports),
  pid: fc.constantFrom(0, 1, 4711),
  tid: fc.constantFrom(0, 4712),
  comm: fc.constantFrom('', 'nginx', 'curl'),
  netns: fc.constantFrom(0, 4_026_531_840),
  cgroup: fc.constantFrom(0, 9001),
  local: fc.boolean(),
});

export const anyConnection: fc.Arbitrary<Connection> = fc
  .record({
    id: fc.integer({ min: 1, max: 20 }),
    transport: fc.constantFrom<('tcp' | 'udp')[]>('tcp', 'udp'),
    client: anyEndpoint,
    server: anyEndpoint,
    beginningSeen: fc.boolean(),
    start: time,
    times: fc.tuple(fc.nat(2 ** 30), fc.nat(2 ** 40), fc.boolean(), fc.boolean()),
    end: fc.constantFrom<ConnectionEnd[]>('open', 'closed', 'reset', 'refused', 'timed_out', 'failed'),
    errno: fc.constantFrom(0, 110, 111, 4242),
    protocol: fc.constantFrom('', 'http', 'dns'),
    counters: fc.record({
      clientBytes: fc.constantFrom(-1, 0, 1000, 5_000_000),
      serverBytes: fc.constantFrom(-1, 0, 1000, 5_000_000),
      clientSegments: fc.constantFrom(-1, 0, 7),
      serverSegments: fc.constantFrom(-1, 0, 7),
      clientRetransmits: fc.constantFrom(-1, 0, 3),
      serverRetransmits: fc.constantFrom(-1, 0, 3),
      outOfOrder: fc.constantFrom(-1, 0, 2),
      zeroWindow: fc.constantFrom(-1, 0, 2),
      rttSmoothed: fc.constantFrom(-1, 40_000, 80_000_000),
      rttMin: fc.constantFrom(-1, 20_000),
      sendQueue: fc.constantFrom(-1, 0, 9),
      receiveQueue: fc.constantFrom(-1, 0, 9),
    }),
  })
  .map(({ start, times: [connect, length, hasEstablished, hasEnded], ...rest }) => ({
    ...rest,
    start: start as CaptureTime,
    established: (hasEstablished ? start + connect : 0) as CaptureTime,
    ended: (hasEnded ? start + length : 0) as CaptureTime,
  }));

export const anyRequest: fc.Arbitrary<RequestFields> = fc
  .record({
    protocol: fc.constantFrom('http', 'dns', 'postgresql'),
    method: fc.constantFrom('', 'GET', 'post', 'SELECT'),
    target: fc.constantFrom('', '/api/{id}', '/API/orders', 'orders'),
    resource: fc.constantFrom('', '/api/17', '/a*b,c"d'),
    authority: text,
    outcome: fc.constantFrom<Outcome[]>(0, 1, 2, 3, 4, 5),
    code: fc.constantFrom(-1, 0, 3, 200, 404, 500, 503, 599, 600),
    codeText: fc.constantFrom('', 'NXDOMAIN', '42P01', 'ok', 'aborted', '404'),
    requestBytes: fc.constantFrom(0, 100, 64_000),
    responseBytes: fc.constantFrom(0, 100, 2_000_000),
    start: time,
    steps: fc.array(fc.nat(500_000_000), { minLength: 4, maxLength: 4 }),
    seen: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    flags: fc.nat(255),
    traceId: fc.constantFrom('', '4bf92f3577b34da6a3ce929d0e0e4736'),
    parentSpanId: fc.constantFrom('', '00f067aa0ba902b7'),
    correlationId: fc.constantFrom('', 'req-1'),
    userAgent: fc.constantFrom('', 'curl/8.5'),
    contentType: fc.constantFrom('', 'application/json'),
    requestMessages: fc.nat(2),
    responseMessages: fc.nat(2),
    attributes: fc.constantFrom<string[][]>([], ['a.b', 'c']),
  })
  .map(({ start, steps: [received, waited, worked, sent], seen: [ended, read, answered], ...rest }) => {
    const requestEnd = start + received;
    return {
      ...newRequestFields(),
      ...rest,
      start: start as CaptureTime,
      requestEnd: requestEnd as CaptureTime,
      readAt: (read ? requestEnd + waited - received : 0) as CaptureTime,
      responseStart: (answered ? requestEnd + worked : 0) as CaptureTime,
      end: (answered && ended ? requestEnd + worked + sent : 0) as CaptureTime,
    };
  })
  .filter((r) => r.readAt === 0 || r.readAt >= r.start);

export const anyEvent: fc.Arbitrary<EventFields> = fc
  .record({
    time: time.map((t) => t as CaptureTime),
    kind: fc.constantFrom<EventKind[]>('drop', 'retransmit', 'reset_received', 'connect_failed', 'process_start'),
    reason: fc.constantFrom('', 'NO_SOCKET', 'ECONNREFUSED'),
    transport: fc.constantFrom<('tcp' | 'udp' | 'other')[]>('tcp', 'udp', 'other'),
    sourceIp: fc.constantFrom(...ips),
    sourcePort: fc.constantFrom(...ports),
    destinationIp: fc.constantFrom(...ips),
    destinationPort: fc.constantFrom(...ports),
    netns: fc.constantFrom(0, 4_026_531_840),
    pid: fc.constantFrom(0, 4711),
    comm: fc.constantFrom('', 'nginx'),
    tcpState: fc.constantFrom('', 'ESTABLISHED'),
    bytes: fc.constantFrom(0, 1500),
    count: fc.integer({ min: 1, max: 9 }),
    connection: fc.option(anyConnection, { nil: undefined }),
  })
  .map((event) => (event.kind === 'process_start' ? { ...event, ...noAddresses } : event));

const noAddresses = { sourceIp: '', sourcePort: 0, destinationIp: '', destinationPort: 0, connection: undefined };

const anyName: fc.Arbitrary<EndpointName> = fc.record({
  name: text.filter((name) => name !== ''),
  kind: fc.constantFrom<EntityKind[]>('workload', 'process', 'domain', 'address'),
  addressClass: fc.constantFrom<AddressClass[]>('loopback', 'private', 'public'),
  domain: text,
  workload: text,
  process: text,
  executable: text,
  command: text,
  user: text,
  container: text,
  containerId: text,
  containerRuntime: text,
  unit: text,
  pod: text,
  namespace: text,
});

/** Names by address, made up. */
export const anyNames: fc.Arbitrary<Names> = fc
  .array(anyName, { minLength: ips.length, maxLength: ips.length })
  .map((all) => ({ nameOf: (endpoint) => all[ips.indexOf(endpoint.ip)] ?? addressOnly(endpoint.ip, 'private') }));
