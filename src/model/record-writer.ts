import { TimeText } from '../base/iso-time.ts';
import { type CaptureClock, type CaptureTime, NEVER } from '../base/units.ts';
import type { Connection, ConnectionChange, Endpoint } from './connection.ts';
import { errnoName } from './errno.ts';
import type { EventFields } from './event.ts';
import { EventEnds } from './event-ends.ts';
import { connectionVerdict, eventVerdict, isError, requestVerdict, seenAt } from './judgement.ts';
import { type EndpointName, type Names, processOf } from './names.ts';
import { operationOf } from './operation.ts';
import type {
  Attributes,
  ConnectionRecord,
  EndpointRecord,
  EventRecord,
  RequestFlagName,
  RequestRecord,
} from './records.ts';
import { outcomeNames, type RequestFields, RequestFlag } from './request.ts';
import { firstByteOf, latencyOf, receivedOf, sentOf, waitedOf, workedOf } from './timing.ts';

/** Gives the OpenTelemetry attributes of a request that only its protocol knows. */
export type AttributesOf = (request: Readonly<RequestFields>) => Attributes;

/** Turns what a capture hands over into records. Cold path: called for what is printed, after the filter. */
export class RecordWriter {
  readonly #time: TimeText;
  readonly #names: Names;
  readonly #attributesOf: AttributesOf;
  readonly #ends = new EventEnds();

  constructor(clock: CaptureClock, names: Names, attributesOf: AttributesOf = () => ({})) {
    this.#time = new TimeText(clock);
    this.#names = names;
    this.#attributesOf = attributesOf;
  }

  request(r: Readonly<RequestFields>, connection: Readonly<Connection>): RequestRecord {
    const source = this.#endpoint(connection.client);
    const destination = this.#endpoint(connection.server);
    const record: Writable<RequestRecord> = {
      type: 'request',
      time: this.#time.iso(r.start),
      protocol: r.protocol,
      operation: operationOf(r),
      method: r.method,
      target: r.target,
      status: r.code === -1 ? null : r.code,
      outcome: outcomeNames[r.outcome],
      verdict: requestVerdict(r.outcome),
      latency_ns: nanos(latencyOf(r)),
      received_ns: nanos(receivedOf(r)),
      waited_ns: nanos(waitedOf(r)),
      worked_ns: nanos(workedOf(r)),
      sent_ns: nanos(sentOf(r)),
      first_byte_ns: nanos(firstByteOf(r)),
      side: seenAt(connection),
      source,
      destination,
      request_bytes: r.requestBytes,
      response_bytes: r.responseBytes,
      flags: flagNames(r.flags),
      connection: connection.id,
      transport: connection.transport,
      attributes: this.#requestAttributes(r, connection, destination),
    };
    if (r.resource !== '') record.resource = r.resource;
    if (r.authority !== '') record.authority = r.authority;
    if (r.codeText !== '') record.status_text = r.codeText;
    if (r.requestMessages > 0) record.request_messages = r.requestMessages;
    if (r.responseMessages > 0) record.response_messages = r.responseMessages;
    if (r.traceId !== '') record.trace_id = r.traceId;
    if (r.parentSpanId !== '') record.parent_span_id = r.parentSpanId;
    if (r.correlationId !== '') record.correlation_id = r.correlationId;
    return record;
  }

  /** @param now the moment of the change, where it is none that the connection itself holds */
  connection(c: Readonly<Connection>, change: ConnectionChange, now: CaptureTime = NEVER): ConnectionRecord {
    const destination = this.#endpoint(c.server);
    const { counters } = c;
    const record: Writable<ConnectionRecord> = {
      type: 'connection',
      time: this.#time.iso(timeOf(c, change, now)),
      change,
      connection: c.id,
      transport: c.transport,
      protocol: c.protocol,
      state: c.end,
      verdict: connectionVerdict(c.end),
      side: seenAt(c),
      source: this.#endpoint(c.client),
      destination,
      beginning_seen: c.beginningSeen,
      start: this.#time.iso(c.start),
      connect_ns: c.established === NEVER || !c.beginningSeen ? null : nanos(c.established - c.start),
      duration_ns: c.ended === NEVER ? null : nanos(c.ended - c.start),
      source_bytes: counted(counters.clientBytes),
      destination_bytes: counted(counters.serverBytes),
      source_segments: counted(counters.clientSegments),
      destination_segments: counted(counters.serverSegments),
      source_retransmits: counted(counters.clientRetransmits),
      destination_retransmits: counted(counters.serverRetransmits),
      out_of_order: counted(counters.outOfOrder),
      zero_window: counted(counters.zeroWindow),
      rtt_ns: counted(counters.rttSmoothed),
      rtt_min_ns: counted(counters.rttMin),
      send_queue_bytes: counted(counters.sendQueue),
      receive_queue_bytes: counted(counters.receiveQueue),
      attributes: networkAttributes(c, destination),
    };
    if (c.errno !== 0) record.error = errnoName(c.errno);
    return record;
  }

  event(e: Readonly<EventFields>): EventRecord {
    this.#ends.set(e);
    const { source, destination } = this.#ends;
    const attributes: Writable<Attributes> = {};
    if (e.transport !== 'other') attributes['network.transport'] = e.transport;
    if (e.sourceIp !== '') attributes['network.type'] = networkType(e.sourceIp);
    const record: Writable<EventRecord> = {
      type: 'event',
      time: this.#time.iso(e.time),
      event: e.kind,
      verdict: eventVerdict(e.kind),
      count: e.count,
      transport: e.transport,
      side: e.connection === undefined ? 'unknown' : seenAt(e.connection),
      attributes,
    };
    if (source.ip !== '') record.source = this.#endpoint(source);
    if (destination.ip !== '') record.destination = this.#endpoint(destination);
    if (e.reason !== '') record.reason = e.reason;
    if (e.connection !== undefined) record.connection = e.connection.id;
    if (e.connection !== undefined && e.connection.protocol !== '') record.protocol = e.connection.protocol;
    if (e.tcpState !== '') record.tcp_state = e.tcpState;
    if (e.bytes > 0) record.bytes = e.bytes;
    if (e.pid !== 0) record.pid = e.pid;
    if (e.comm !== '') record.process = e.comm;
    if (e.netns !== 0) record.netns = e.netns;
    return record;
  }

  #requestAttributes(r: Readonly<RequestFields>, c: Readonly<Connection>, destination: EndpointRecord): Attributes {
    const attributes = networkAttributes(c, destination);
    if (isError(r.outcome)) attributes['error.type'] = errorType(r);
    Object.assign(attributes, this.#attributesOf(r));
    for (let i = 0; i + 1 < r.attributes.length; i += 2) attributes[r.attributes[i]] = r.attributes[i + 1];
    return attributes;
  }

  #endpoint(endpoint: Readonly<Endpoint>): EndpointRecord {
    const name = this.#names.nameOf(endpoint);
    const record: Writable<EndpointRecord> = {
      ip: endpoint.ip,
      port: endpoint.port,
      name: name.name,
      kind: name.kind,
      address_class: name.addressClass,
      local: endpoint.local,
    };
    if (endpoint.pid !== 0) record.pid = endpoint.pid;
    const process = processOf(name, endpoint);
    if (process !== '') record.process = process;
    Object.assign(record, known(name));
    if (endpoint.netns !== 0) record.netns = endpoint.netns;
    if (endpoint.cgroup !== 0) record.cgroup = endpoint.cgroup;
    return record;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What a name holds does not change while it is the same object, so what is made of it is kept with it. */
const knownOfNames = new WeakMap<EndpointName, Partial<EndpointRecord>>();

function known(name: EndpointName): Partial<EndpointRecord> {
  let fields = knownOfNames.get(name);
  if (fields === undefined) {
    const all: [keyof EndpointRecord, string][] = [
      ['domain', name.domain],
      ['workload', name.workload],
      ['executable', name.executable],
      ['command', name.command],
      ['user', name.user],
      ['container', name.container],
      ['container_id', name.containerId],
      ['container_runtime', name.containerRuntime],
      ['unit', name.unit],
      ['pod', name.pod],
      ['namespace', name.namespace],
    ];
    fields = Object.fromEntries(all.filter(([, value]) => value !== ''));
    knownOfNames.set(name, fields);
  }
  return fields;
}

function timeOf(c: Readonly<Connection>, change: ConnectionChange, now: CaptureTime): CaptureTime {
  if (change === 'opened') return c.start;
  if (change === 'established' && c.established !== NEVER) return c.established;
  if (change === 'closed' && c.ended !== NEVER) return c.ended;
  return now === NEVER ? latestOf(c) : now;
}

function latestOf(c: Readonly<Connection>): CaptureTime {
  return Math.max(c.start, c.established, c.ended) as CaptureTime;
}

/** Attributes that every conversation has. `server.address` is the name where one is known, as OpenTelemetry wants it. */
function networkAttributes(c: Readonly<Connection>, destination: EndpointRecord): Writable<Attributes> {
  const attributes: Writable<Attributes> = {
    'network.transport': c.transport,
    'network.type': networkType(c.server.ip),
    'client.address': c.client.ip,
    'client.port': c.client.port,
    'server.address': destination.domain ?? c.server.ip,
    'server.port': c.server.port,
    'network.peer.address': c.server.ip,
    'network.peer.port': c.server.port,
  };
  if (c.protocol !== '') attributes['network.protocol.name'] = c.protocol;
  return attributes;
}

function networkType(ip: string): 'ipv4' | 'ipv6' {
  return ip.includes(':') ? 'ipv6' : 'ipv4';
}

function errorType(r: Readonly<RequestFields>): string {
  if (r.codeText !== '') return r.codeText;
  return r.code === -1 ? outcomeNames[r.outcome] : String(r.code);
}

const flags = Object.entries({
  partial: RequestFlag.partial,
  wait: RequestFlag.wait,
  streaming: RequestFlag.streaming,
  tls: RequestFlag.tls,
  one_way: RequestFlag.oneWay,
  retry: RequestFlag.retry,
  both_sides: RequestFlag.bothSides,
  upgrade: RequestFlag.upgrade,
} satisfies Record<RequestFlagName, number>) as [RequestFlagName, number][];

const flagLists = new Map<number, readonly RequestFlagName[]>();

/** The names of the flags that are set. The same list for the same bits. */
function flagNames(bits: number): readonly RequestFlagName[] {
  let list = flagLists.get(bits);
  if (list === undefined) {
    list = flags.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
    flagLists.set(bits, list);
  }
  return list;
}

function nanos(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value);
}

function counted(value: number): number | null {
  return value < 0 ? null : value;
}
