/**
 * Requests, connections and events as they leave Wirelight: the JSON of `observe`, `read` and the API. This is a contract,
 * described in docs/records.md and checked by the schemas in json.ts: fields are added, never renamed or given another
 * meaning. A field that is optional is absent where nothing is known; one that may be null is always there.
 */
import type { ConnectionChange, ConnectionEnd } from './connection.ts';
import type { EventKind } from './event.ts';
import type { SeenAt, Verdict } from './judgement.ts';
import type { AddressClass, EntityKind } from './names.ts';
import type { outcomeNames } from './request.ts';

/** One end of a conversation. */
export interface EndpointRecord {
  readonly ip: string;
  readonly port: number;
  /** What people call it; the address where nothing better is known. */
  readonly name: string;
  readonly kind: EntityKind;
  readonly address_class: AddressClass;
  /** True where its socket is on the host that saw it. */
  readonly local: boolean;
  readonly domain?: string;
  readonly workload?: string;
  readonly pid?: number;
  readonly process?: string;
  readonly executable?: string;
  readonly command?: string;
  readonly user?: string;
  readonly container?: string;
  readonly container_id?: string;
  readonly container_runtime?: string;
  readonly unit?: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly netns?: number;
  readonly cgroup?: number;
}

/** What is true of a request. */
export type RequestFlagName = 'partial' | 'wait' | 'streaming' | 'tls' | 'one_way' | 'retry' | 'both_sides' | 'upgrade';

/** OpenTelemetry attributes by name. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One request with its response. */
export interface RequestRecord {
  readonly type: 'request';
  /** When its first byte passed. ISO 8601, UTC, nanoseconds. */
  readonly time: string;
  readonly protocol: string;
  readonly operation: string;
  readonly method: string;
  readonly target: string;
  /** The target with all its values, redacted, where it differs. */
  readonly resource?: string;
  readonly authority?: string;
  /** The protocol's numeric code. */
  readonly status: number | null;
  /** The protocol's textual code. */
  readonly status_text?: string;
  readonly outcome: (typeof outcomeNames)[number];
  readonly verdict: Verdict;
  readonly latency_ns: number | null;
  readonly received_ns: number | null;
  readonly waited_ns: number | null;
  readonly worked_ns: number | null;
  readonly sent_ns: number | null;
  readonly first_byte_ns: number | null;
  readonly side: SeenAt;
  readonly source: EndpointRecord;
  readonly destination: EndpointRecord;
  readonly request_bytes: number;
  readonly response_bytes: number;
  readonly request_messages?: number;
  readonly response_messages?: number;
  readonly flags: readonly RequestFlagName[];
  /** The connection it went over: unique while one agent runs, or within one capture file. */
  readonly connection: number;
  readonly transport: 'tcp' | 'udp';
  readonly trace_id?: string;
  readonly parent_span_id?: string;
  readonly correlation_id?: string;
  readonly attributes: Attributes;
}

/** What became of a connection. */
export interface ConnectionRecord {
  readonly type: 'connection';
  /** When the change happened. */
  readonly time: string;
  readonly change: ConnectionChange;
  readonly connection: number;
  readonly transport: 'tcp' | 'udp';
  /** '' before it was recognised and where it is unknown. */
  readonly protocol: string;
  readonly state: ConnectionEnd;
  readonly verdict: Verdict;
  /** Name of the error number of a connection that failed. */
  readonly error?: string;
  readonly side: SeenAt;
  readonly source: EndpointRecord;
  readonly destination: EndpointRecord;
  /** False where it is older than the capture: then `start` is when it was first seen and who opened it is a guess. */
  readonly beginning_seen: boolean;
  readonly start: string;
  readonly connect_ns: number | null;
  readonly duration_ns: number | null;
  readonly source_bytes: number | null;
  readonly destination_bytes: number | null;
  readonly source_segments: number | null;
  readonly destination_segments: number | null;
  readonly source_retransmits: number | null;
  readonly destination_retransmits: number | null;
  readonly out_of_order: number | null;
  readonly zero_window: number | null;
  readonly rtt_ns: number | null;
  readonly rtt_min_ns: number | null;
  readonly send_queue_bytes: number | null;
  readonly receive_queue_bytes: number | null;
  readonly attributes: Attributes;
}

/** Something that happened at one moment. */
export interface EventRecord {
  readonly type: 'event';
  readonly time: string;
  readonly event: EventKind;
  readonly reason?: string;
  readonly verdict: Verdict;
  /** How many alike this one stands for. */
  readonly count: number;
  readonly transport: 'tcp' | 'udp' | 'other';
  readonly side: SeenAt;
  /** Absent where the event has no address (a process started). */
  readonly source?: EndpointRecord;
  readonly destination?: EndpointRecord;
  readonly connection?: number;
  readonly protocol?: string;
  readonly tcp_state?: string;
  readonly bytes?: number;
  /** The process for which the kernel did it. */
  readonly pid?: number;
  readonly process?: string;
  readonly netns?: number;
  readonly attributes: Attributes;
}

/** What went from one entity to another over one protocol and port within a stretch of time. */
export interface EdgeRecord {
  readonly type: 'edge';
  /** The end of that stretch. */
  readonly time: string;
  /** Its length. */
  readonly window_ns: number;
  readonly source: { readonly name: string; readonly kind: EntityKind };
  readonly destination: { readonly name: string; readonly kind: EntityKind; readonly port: number };
  /** tcp or udp where the protocol is not known. */
  readonly protocol: string;
  readonly requests: number;
  readonly requests_per_second: number;
  /** Server errors, timeouts and aborted requests, and connections that failed. */
  readonly failures: number;
  readonly client_errors: number;
  /** Share of the requests that failed, null where there were none. */
  readonly failure_share: number | null;
  /** Of requests that were answered; those that wait on purpose and streams are left out. */
  readonly latency_p50_ns: number | null;
  readonly latency_p95_ns: number | null;
  readonly latency_p99_ns: number | null;
  readonly bytes: number;
  readonly bytes_per_second: number;
  readonly retransmits: number;
  /** Connections that are open now. */
  readonly connections: number;
}

/** Anything that `observe` and `read` write. */
export type WirelightRecord = RequestRecord | ConnectionRecord | EventRecord;
