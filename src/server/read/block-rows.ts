/** Rows of blocks, from agents or from the store, turned back into what a capture hands over, so that they are filtered and shown as everything is. */
import type { CaptureClock, CaptureTime, EpochNanos } from '../../base/units.ts';
import { NEVER } from '../../base/units.ts';
import { addressClass } from '../../identity/address-class.ts';
import type { Entity, StoredConnection, StoredEvent, StoredRequest } from '../../model/api.ts';
import type { Connection, ConnectionChange, Endpoint } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import { addressOnly, type EndpointName, type Names } from '../../model/names.ts';
import { RecordWriter } from '../../model/record-writer.ts';
import { newRequestFields, outcomeNames, type RequestFields } from '../../model/request.ts';
import { connectionStates, eventKinds, sides } from '../../model/tables/index.ts';
import { asId, asNumber, asText, asTime } from '../../store/answer.ts';
import type { ColumnData, ColumnValue } from '../../wire/block/column-data.ts';
import type { Block } from '../../wire/block/native-reader.ts';
import { type EntityDirectory, noId } from '../entities.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads one row after another out of blocks. What the `fields` getters give is reused for the next row. */
export class BlockRows {
  readonly #entities: EntityDirectory;
  readonly #writer: RecordWriter;
  readonly #clock: { origin: EpochNanos } & CaptureClock = { origin: 0n as EpochNanos };
  readonly #client = newEndpoint();
  readonly #server = newEndpoint();
  #clientName: EndpointName = addressOnly('', 'unspecified');
  #serverName: EndpointName = addressOnly('', 'unspecified');
  readonly request: RequestFields = newRequestFields();
  readonly connection: Mutable<Connection>;
  readonly event: EventFields;
  readonly names: Names;
  #block: Block | undefined;
  #columns = new Map<string, ColumnData>();
  #row = 0;

  constructor(entities: EntityDirectory) {
    this.#entities = entities;
    this.connection = newConnection(this.#client, this.#server);
    this.event = newEvent();
    this.names = { nameOf: (endpoint) => this.#nameOf(endpoint) };
    this.#writer = new RecordWriter(this.#clock, this.names);
  }

  /** Ids of everything that rows of a block name: they must be known before rows are read. */
  static idsIn(block: Block): Set<string> {
    const ids = new Set<string>();
    for (const name of ['source', 'destination', 'source_instance', 'destination_instance', 'entity']) {
      const data = block.columns.get(name)?.data;
      if (data === undefined) continue;
      for (let row = 0; row < block.rows; row++) ids.add(asId(data.get(row)));
    }
    return ids;
  }

  /** Turns to a row of a block of `requests`. */
  readRequest(block: Block, row: number): void {
    this.#turn(block, row);
    const start = this.#origin('time');
    const r = this.request;
    this.#readConnection(start);
    r.protocol = this.#text('protocol');
    r.method = this.#text('method');
    r.target = this.#text('target');
    r.resource = this.#text('resource');
    r.authority = this.#text('authority');
    r.outcome = Math.max(0, outcomeNames.indexOf(this.#text('outcome') as 'ok')) as RequestFields['outcome'];
    r.code = this.#number('code', -1);
    r.codeText = this.#text('code_text');
    r.requestBytes = this.#number('request_bytes');
    r.responseBytes = this.#number('response_bytes');
    const latency = this.#number('latency_ns', -1);
    const received = this.#number('received_ns', -1);
    const waited = this.#number('waited_ns', -1);
    const sent = this.#number('sent_ns', -1);
    r.start = start;
    r.requestEnd = received < 0 ? NEVER : ((start + received) as CaptureTime);
    r.readAt = waited < 0 || received < 0 ? NEVER : ((start + received + waited) as CaptureTime);
    r.end = latency < 0 ? NEVER : ((start + latency) as CaptureTime);
    r.responseStart = latency < 0 || sent < 0 ? NEVER : ((start + latency - sent) as CaptureTime);
    r.flags = this.#number('flags');
    r.requestMessages = this.#number('request_messages');
    r.responseMessages = this.#number('response_messages');
    r.traceId = this.#text('trace_id');
    r.parentSpanId = this.#text('parent_span_id');
    r.correlationId = this.#text('correlation_id');
    r.userAgent = this.#text('user_agent');
    r.contentType = this.#text('content_type');
    r.attributes = flat(this.#value('attributes'));
    this.connection.protocol = r.protocol;
  }

  /** Turns to a row of a block of `flows`. @returns what became of the connection in it */
  readFlow(block: Block, row: number): ConnectionChange {
    this.#turn(block, row);
    const time = this.#origin('time');
    const c = this.connection;
    this.#readConnection(time);
    const begun = asTime(this.#value('connection_start'));
    const start = (begun === 0n ? time : Number(begun - this.#clock.origin)) as CaptureTime;
    const connect = this.#number('connect_ns', -1);
    const ended = this.#value('ended') === true || this.#number('ended') === 1;
    c.protocol = this.#text('protocol');
    (c as { beginningSeen: boolean }).beginningSeen = this.#value('beginning_seen') === true;
    c.start = start;
    c.established = connect < 0 ? NEVER : ((start + connect) as CaptureTime);
    c.ended = ended ? ((time + this.#number('duration_ns')) as CaptureTime) : NEVER;
    c.end = connectionStates.find((state) => state === this.#text('state')) ?? 'open';
    c.errno = this.#number('errno');
    const { counters } = c;
    counters.clientBytes = this.#number('source_bytes');
    counters.serverBytes = this.#number('destination_bytes');
    counters.clientSegments = this.#number('source_segments');
    counters.serverSegments = this.#number('destination_segments');
    counters.clientRetransmits = this.#number('source_retransmits');
    counters.serverRetransmits = this.#number('destination_retransmits');
    counters.outOfOrder = this.#number('out_of_order');
    counters.zeroWindow = this.#number('zero_window');
    counters.rttSmoothed = this.#number('rtt_ns', -1);
    counters.rttMin = this.#number('rtt_min_ns', -1);
    counters.sendQueue = this.#number('send_queue_bytes');
    counters.receiveQueue = this.#number('receive_queue_bytes');
    return ended ? 'closed' : 'updated';
  }

  /** Turns to a row of a block of `events`. */
  readEvent(block: Block, row: number): void {
    this.#turn(block, row);
    const time = this.#origin('time');
    const e = this.event;
    this.#readConnection(time);
    e.time = time;
    e.kind = eventKinds.find((kind) => kind === this.#text('kind')) ?? 'drop';
    e.reason = this.#text('reason');
    e.transport = this.connection.transport;
    const transport = this.#text('transport');
    e.transport = transport === 'tcp' || transport === 'udp' ? transport : 'other';
    // An event of a process has no ends.
    const none = this.#id('source') === noId && this.#client.port === 0 && this.#server.port === 0;
    e.sourceIp = none ? '' : this.#client.ip;
    e.sourcePort = this.#client.port;
    e.destinationIp = none ? '' : this.#server.ip;
    e.destinationPort = this.#server.port;
    e.netns = this.#number('netns');
    e.pid = this.#number('pid');
    e.comm = this.#text('process');
    e.tcpState = this.#text('tcp_state');
    e.bytes = this.#number('bytes');
    e.count = Math.max(1, this.#number('count'));
    this.connection.protocol = this.#text('protocol');
    e.connection = this.#number('connection') === 0 ? undefined : this.connection;
  }

  /** @param otherLatency nanoseconds that the other side measured, where it was seen; -1 where it saw no answer */
  requestRecord(otherLatency?: number): StoredRequest {
    return {
      ...(this.#writer.request(this.request, this.connection) as Mutable<StoredRequest>),
      ...this.#originOf(),
      sides: this.#sides(otherLatency),
    };
  }

  #sides(otherLatency: number | undefined): StoredRequest['sides'] {
    const side = this.#text('side');
    if (otherLatency === undefined || (side !== 'client' && side !== 'server')) return null;
    const own = this.#number('latency_ns', -1);
    const [client, server] = side === 'client' ? [own, otherLatency] : [otherLatency, own];
    return {
      client_latency_ns: client < 0 ? null : client,
      server_latency_ns: server < 0 ? null : server,
      between_ns: client < 0 || server < 0 ? null : client - server,
    };
  }

  connectionRecord(change: ConnectionChange): StoredConnection {
    const until = Number(this.#number('duration_ns')) as CaptureTime;
    return {
      ...(this.#writer.connection(this.connection, change, until) as Mutable<StoredConnection>),
      ...this.#originOf(),
    };
  }

  eventRecord(): StoredEvent {
    return { ...(this.#writer.event(this.event) as Mutable<StoredEvent>), ...this.#originOf() };
  }

  #originOf(): Pick<StoredRequest, 'id' | 'cluster' | 'host' | 'agent' | 'source_entity' | 'destination_entity'> {
    return {
      id: rowId(asTime(this.#value('time')), this.#value('row_hash')),
      cluster: this.#text('cluster'),
      host: this.#text('host'),
      agent: this.#id('agent'),
      source_entity: this.#id('source'),
      destination_entity: this.#id('destination'),
    };
  }

  #turn(block: Block, row: number): void {
    if (block !== this.#block) {
      this.#block = block;
      this.#columns = new Map([...block.columns.values()].map(({ name, data }) => [name, data]));
    }
    this.#row = row;
  }

  /** Times are counted from the row's own, so that they stay exact. */
  #origin(column: string): CaptureTime {
    this.#clock.origin = (asTime(this.#value(column)) - 1n) as EpochNanos;
    return 1 as CaptureTime;
  }

  #readConnection(start: CaptureTime): void {
    const c = this.connection;
    const side = sides.find((word) => word === this.#text('side')) ?? 'unknown';
    (c as { id: number }).id = this.#number('connection');
    (c as { transport: string }).transport = this.#text('transport') === 'udp' ? 'udp' : 'tcp';
    c.start = start;
    this.#readEnd('source', this.#client, side === 'client' || side === 'both');
    this.#readEnd('destination', this.#server, side === 'server' || side === 'both');
    this.#clientName = this.#name('source', this.#client.ip);
    this.#serverName = this.#name('destination', this.#server.ip);
  }

  #readEnd(end: string, into: Mutable<Endpoint>, local: boolean): void {
    into.ip = this.#text(`${end}_ip`);
    into.port = this.#number(`${end}_port`);
    into.pid = this.#number(`${end}_pid`);
    into.tid = this.#number(`${end}_tid`);
    into.netns = this.#number(`${end}_netns`);
    into.local = local;
  }

  #name(end: string, ip: string): EndpointName {
    return endpointName(this.#entities.peek(this.#id(end)), this.#entities.peek(this.#id(`${end}_instance`)), ip);
  }

  #nameOf(endpoint: Readonly<Endpoint>): EndpointName {
    if (endpoint === this.#client) return this.#clientName;
    if (endpoint === this.#server) return this.#serverName;
    // Ends of an event without a connection are known by their addresses.
    return endpoint.ip === this.#client.ip && endpoint.port === this.#client.port ? this.#clientName : this.#serverName;
  }

  #value(name: string): ColumnValue | undefined {
    return this.#columns.get(name)?.get(this.#row);
  }

  #text(name: string): string {
    return asText(this.#value(name));
  }

  #id(name: string): string {
    return asId(this.#value(name));
  }

  #number(name: string, otherwise = 0): number {
    const number = asNumber(this.#value(name));
    return Number.isNaN(number) ? otherwise : number;
  }
}

/** Names a row: its time and a hash of the rest. */
export function rowId(time: bigint, hash: ColumnValue | undefined): string {
  return `${time.toString(16)}-${typeof hash === 'bigint' ? hash.toString(16) : '0'}`;
}

/** SQL of the hash that tells rows of the same time apart. */
export const rowHashSql: Readonly<Record<'requests' | 'flows' | 'events', string>> = {
  requests:
    'cityHash64(agent, block, connection, method, target, resource, latency_ns, request_bytes, response_bytes, source_port)',
  flows: 'cityHash64(agent, block, connection, duration_ns, source_port)',
  events:
    'cityHash64(agent, block, connection, kind, reason, source_ip, source_port, destination_ip, destination_port, pid, count)',
};

const nameCache = new WeakMap<Entity, Map<string, EndpointName>>();

/** What is known of an end by its entity and its instance. The same object for the same. */
function endpointName(entity: Entity | undefined, instance: Entity | undefined, ip: string): EndpointName {
  if (entity === undefined) return addressOnly(ip, addressClass(ip));
  let names = nameCache.get(entity);
  if (names === undefined) {
    names = new Map();
    nameCache.set(entity, names);
  }
  const key = `${instance?.id ?? ''}/${instance?.last_seen ?? ''}/${ip}`;
  let name = names.get(key);
  if (name !== undefined) return name;
  const detail = (field: string): string => instance?.details[field] ?? '';
  name = {
    name: entity.name,
    kind: entity.kind,
    addressClass: addressClass(ip),
    domain: detail('domain') || (entity.details.domain ?? ''),
    workload: entity.kind === 'workload' || entity.kind === 'container' ? entity.name : '',
    process: detail('process'),
    executable: detail('executable'),
    command: detail('command'),
    user: detail('user'),
    container: detail('container'),
    containerId: detail('container_id'),
    containerRuntime: detail('container_runtime'),
    unit: detail('unit'),
    pod: detail('pod'),
    namespace: detail('pod_namespace') || entity.namespace,
  };
  if (names.size > 1000) names.clear();
  names.set(key, name);
  return name;
}

function flat(value: ColumnValue | undefined): string[] {
  if (!(value instanceof Map)) return [];
  const pairs: string[] = [];
  for (const [key, one] of value as ReadonlyMap<ColumnValue, ColumnValue>) pairs.push(String(key), String(one));
  return pairs;
}

function newEndpoint(): Mutable<Endpoint> {
  return { ip: '', port: 0, pid: 0, tid: 0, comm: '', netns: 0, cgroup: 0, local: false };
}

function newConnection(client: Endpoint, server: Endpoint): Mutable<Connection> {
  return {
    id: 0,
    transport: 'tcp',
    client,
    server,
    beginningSeen: true,
    start: NEVER,
    established: NEVER,
    ended: NEVER,
    end: 'open',
    errno: 0,
    protocol: '',
    counters: {
      clientBytes: 0,
      serverBytes: 0,
      clientSegments: 0,
      serverSegments: 0,
      clientRetransmits: 0,
      serverRetransmits: 0,
      outOfOrder: 0,
      zeroWindow: 0,
      rttSmoothed: -1,
      rttMin: -1,
      sendQueue: 0,
      receiveQueue: 0,
    },
  };
}

function newEvent(): EventFields {
  return {
    time: NEVER,
    kind: 'drop',
    reason: '',
    transport: 'other',
    sourceIp: '',
    sourcePort: 0,
    destinationIp: '',
    destinationPort: 0,
    netns: 0,
    pid: 0,
    comm: '',
    tcpState: '',
    bytes: 0,
    count: 1,
    connection: undefined,
  };
}
