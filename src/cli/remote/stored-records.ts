/** Records that a server gave, turned back into what a capture hands over, so that they are shown as live ones are. */
import { type CaptureClock, type CaptureTime, type EpochNanos, NEVER } from '../../base/units.ts';
import type { StoredConnection, StoredEvent, StoredRequest } from '../../model/api.ts';
import type { Connection, Endpoint } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import { addressOnly, type EndpointName, type Names } from '../../model/names.ts';
import type { EndpointRecord, RequestFlagName } from '../../model/records.ts';
import { newRequestFields, outcomeNames, type RequestFields, RequestFlag } from '../../model/request.ts';

const flagBits: Readonly<Record<RequestFlagName, number>> = {
  partial: RequestFlag.partial,
  wait: RequestFlag.wait,
  streaming: RequestFlag.streaming,
  tls: RequestFlag.tls,
  one_way: RequestFlag.oneWay,
  retry: RequestFlag.retry,
  both_sides: RequestFlag.bothSides,
  upgrade: RequestFlag.upgrade,
};

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** The clock and the names of records from a server. */
export class StoredRecords {
  readonly #names = new Map<string, EndpointName>();
  readonly #clock = { origin: 0n as EpochNanos };
  readonly clock: CaptureClock = this.#clock;
  readonly names: Names = {
    nameOf: (endpoint) => this.#names.get(`${endpoint.ip}/${endpoint.port}`) ?? addressOnly(endpoint.ip, 'unspecified'),
  };

  request(record: StoredRequest): { request: RequestFields; connection: Connection } {
    const start = this.#turn(record.time);
    const after = (nanos: number | null): CaptureTime => (nanos === null ? NEVER : ((start + nanos) as CaptureTime));
    const { received_ns: received, waited_ns: waited } = record;
    const request: RequestFields = {
      ...newRequestFields(),
      protocol: record.protocol,
      method: record.method,
      target: record.target,
      resource: record.resource ?? '',
      authority: record.authority ?? '',
      outcome: Math.max(0, outcomeNames.indexOf(record.outcome)) as RequestFields['outcome'],
      code: record.status ?? -1,
      codeText: record.status_text ?? '',
      requestBytes: record.request_bytes,
      responseBytes: record.response_bytes,
      start,
      requestEnd: after(received),
      readAt: received === null || waited === null ? NEVER : after(received + waited),
      responseStart: after(record.first_byte_ns),
      end: after(record.latency_ns),
      flags: record.flags.reduce((bits, name) => bits | flagBits[name], 0),
      requestMessages: record.request_messages ?? 0,
      responseMessages: record.response_messages ?? 0,
      traceId: record.trace_id ?? '',
      parentSpanId: record.parent_span_id ?? '',
      correlationId: record.correlation_id ?? '',
    };
    return { request, connection: { ...this.#connection(record), start, protocol: record.protocol } };
  }

  connection(record: StoredConnection): Connection {
    const start = this.#turn(record.start);
    return {
      ...this.#connection(record),
      beginningSeen: record.beginning_seen,
      start,
      established: record.connect_ns === null ? NEVER : ((start + record.connect_ns) as CaptureTime),
      ended: record.duration_ns === null ? NEVER : ((start + record.duration_ns) as CaptureTime),
      end: record.state,
      counters: {
        clientBytes: record.source_bytes ?? -1,
        serverBytes: record.destination_bytes ?? -1,
        clientSegments: record.source_segments ?? -1,
        serverSegments: record.destination_segments ?? -1,
        clientRetransmits: record.source_retransmits ?? -1,
        serverRetransmits: record.destination_retransmits ?? -1,
        outOfOrder: record.out_of_order ?? -1,
        zeroWindow: record.zero_window ?? -1,
        rttSmoothed: record.rtt_ns ?? -1,
        rttMin: record.rtt_min_ns ?? -1,
        sendQueue: record.send_queue_bytes ?? -1,
        receiveQueue: record.receive_queue_bytes ?? -1,
      },
    };
  }

  event(record: StoredEvent): EventFields {
    const time = this.#turn(record.time);
    const source = this.#end(record.source);
    const destination = this.#end(record.destination);
    return {
      time,
      kind: record.event,
      reason: record.reason ?? '',
      transport: record.transport,
      sourceIp: source.ip,
      sourcePort: source.port,
      destinationIp: destination.ip,
      destinationPort: destination.port,
      netns: record.netns ?? 0,
      pid: record.pid ?? 0,
      comm: record.process ?? '',
      tcpState: record.tcp_state ?? '',
      bytes: record.bytes ?? 0,
      count: record.count,
      connection: undefined,
    };
  }

  /** Times are counted from the record's own, so that they stay exact. */
  #turn(time: string): CaptureTime {
    const seconds = BigInt(Math.floor(Date.parse(`${time.slice(0, 19)}Z`) / 1000));
    this.#clock.origin = (seconds * 1_000_000_000n + BigInt(time.slice(20, 29)) - 1n) as EpochNanos;
    this.#names.clear();
    return 1 as CaptureTime;
  }

  #connection(record: StoredRequest | StoredConnection): Connection {
    return {
      id: record.connection,
      transport: record.transport,
      client: this.#end(record.source),
      server: this.#end(record.destination),
      beginningSeen: true,
      start: NEVER,
      established: NEVER,
      ended: NEVER,
      end: 'open',
      errno: 0,
      protocol: record.protocol,
      counters: {
        clientBytes: -1,
        serverBytes: -1,
        clientSegments: -1,
        serverSegments: -1,
        clientRetransmits: -1,
        serverRetransmits: -1,
        outOfOrder: -1,
        zeroWindow: -1,
        rttSmoothed: -1,
        rttMin: -1,
        sendQueue: -1,
        receiveQueue: -1,
      },
    };
  }

  #end(record: Loose<EndpointRecord> | undefined): Endpoint {
    const ip = record?.ip ?? '';
    const port = record?.port ?? 0;
    if (record !== undefined) {
      this.#names.set(`${ip}/${port}`, {
        name: record.name ?? ip,
        kind: record.kind ?? 'address',
        addressClass: record.address_class ?? 'unspecified',
        domain: record.domain ?? '',
        workload: record.workload ?? '',
        process: record.process ?? '',
        executable: record.executable ?? '',
        command: record.command ?? '',
        user: record.user ?? '',
        container: record.container ?? '',
        containerId: record.container_id ?? '',
        containerRuntime: record.container_runtime ?? '',
        unit: record.unit ?? '',
        pod: record.pod ?? '',
        namespace: record.namespace ?? '',
      });
    }
    return {
      ip,
      port,
      pid: record?.pid ?? 0,
      tid: 0,
      comm: '',
      netns: record?.netns ?? 0,
      cgroup: record?.cgroup ?? 0,
      local: record?.local ?? false,
    };
  }
}
