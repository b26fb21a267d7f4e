import type { Connection, ConnectionChange } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import type { RecordWriter } from '../../model/record-writer.ts';
import type {
  ConnectionRecord,
  EndpointRecord,
  EventRecord,
  RequestRecord,
  WirelightRecord,
} from '../../model/records.ts';
import type { RequestFields } from '../../model/request.ts';
import { csvLine } from './csv.ts';
import type { RecordLines, Shown } from './record-lines.ts';

/** Columns of an end, in the order in which they stand. */
export const endpointColumns = [
  'ip',
  'port',
  'name',
  'kind',
  'address_class',
  'local',
  'domain',
  'workload',
  'pid',
  'process',
  'executable',
  'command',
  'user',
  'container',
  'container_id',
  'container_runtime',
  'unit',
  'pod',
  'namespace',
  'netns',
  'cgroup',
] as const satisfies readonly (keyof EndpointRecord)[];

/** Columns of requests; the two ends follow, then `attributes` as JSON. */
export const requestColumns = [
  'type',
  'time',
  'protocol',
  'operation',
  'method',
  'target',
  'resource',
  'authority',
  'status',
  'status_text',
  'outcome',
  'verdict',
  'latency_ns',
  'received_ns',
  'waited_ns',
  'worked_ns',
  'sent_ns',
  'first_byte_ns',
  'side',
  'request_bytes',
  'response_bytes',
  'request_messages',
  'response_messages',
  'flags',
  'connection',
  'transport',
  'trace_id',
  'parent_span_id',
  'correlation_id',
] as const satisfies readonly (keyof RequestRecord)[];

/** Columns of connections; the two ends follow, then `attributes` as JSON. */
export const connectionColumns = [
  'type',
  'time',
  'change',
  'connection',
  'transport',
  'protocol',
  'state',
  'verdict',
  'error',
  'side',
  'beginning_seen',
  'start',
  'connect_ns',
  'duration_ns',
  'source_bytes',
  'destination_bytes',
  'source_segments',
  'destination_segments',
  'source_retransmits',
  'destination_retransmits',
  'out_of_order',
  'zero_window',
  'rtt_ns',
  'rtt_min_ns',
  'send_queue_bytes',
  'receive_queue_bytes',
] as const satisfies readonly (keyof ConnectionRecord)[];

/** Columns of events; the two ends follow, then `attributes` as JSON. */
export const eventColumns = [
  'type',
  'time',
  'event',
  'reason',
  'verdict',
  'count',
  'transport',
  'side',
  'connection',
  'protocol',
  'tcp_state',
  'bytes',
  'pid',
  'process',
  'netns',
] as const satisfies readonly (keyof EventRecord)[];

/** Comma-separated values. Where several types are shown, a line has the columns of all of them. */
export class CsvLines implements RecordLines {
  readonly #writer: RecordWriter;
  readonly #columns: readonly string[];
  readonly #flags: number;

  constructor(writer: RecordWriter, shown: Shown) {
    this.#writer = writer;
    this.#columns = [
      ...new Set<string>([
        ...(shown.requests ? requestColumns : []),
        ...(shown.connections ? connectionColumns : []),
        ...(shown.events ? eventColumns : []),
      ]),
    ];
    this.#flags = this.#columns.indexOf('flags');
  }

  header(): string {
    const ends = ['source', 'destination'].flatMap((end) => endpointColumns.map((column) => `${end}.${column}`));
    return csvLine([...this.#columns, ...ends, 'attributes']);
  }

  request(request: Readonly<RequestFields>, connection: Readonly<Connection>): string {
    return this.#line(this.#writer.request(request, connection));
  }

  connection(connection: Readonly<Connection>, change: ConnectionChange): string {
    return this.#line(this.#writer.connection(connection, change));
  }

  event(event: Readonly<EventFields>): string {
    return this.#line(this.#writer.event(event));
  }

  #line(record: WirelightRecord): string {
    const values: unknown[] = this.#columns.map((column) => Reflect.get(record, column));
    if (this.#flags >= 0) values[this.#flags] = listOf(values[this.#flags]);
    const { source, destination } = record;
    for (const column of endpointColumns) values.push(source?.[column]);
    for (const column of endpointColumns) values.push(destination?.[column]);
    values.push(record.attributes);
    return csvLine(values);
  }
}

/** Flags stand in one field, with spaces between. */
function listOf(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : '';
}
