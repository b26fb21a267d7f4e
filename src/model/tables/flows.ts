import { bool, choice, column, label, n64, s64, u32 } from './column.ts';
import {
  endpointColumns,
  entityColumns,
  originColumns,
  sideColumns,
  smallNumberCodec,
  startColumn,
  transports,
} from './shared-columns.ts';
import { defineTable } from './table.ts';

/** How a connection stands: the words of `ConnectionEnd`. */
export const connectionStates = [
  'open',
  'closed',
  'reset',
  'aborted',
  'refused',
  'timed_out',
  'unreachable',
  'failed',
] as const;

const size = (doc: string) => column(n64, doc, { unit: 'By', codec: smallNumberCodec });
const count = (doc: string) => column(u32, doc, { unit: '1', codec: smallNumberCodec });
const duration = (doc: string, absent = '') => column(s64, doc, { unit: 'ns', codec: smallNumberCodec, absent });

/** What connections did, interval by interval. Counters are of the interval and not since the beginning: they add up. */
export const flows = defineTable({
  name: 'flows',
  doc: 'What one connection did in one interval (10 s, or until it ended).',
  columns: {
    time: startColumn('Beginning of the interval.'),
    duration_ns: duration('Length of the interval.'),
    ...entityColumns,
    ...sideColumns,
    transport: column(choice(transports), 'Transport protocol.'),
    protocol: column(label, "Application protocol, '' before it was recognised and where it is unknown."),
    connection: column(n64, "The agent's number of the connection.", { codec: smallNumberCodec }),
    ...endpointColumns,
    connection_start: startColumn('When the connection began, or was first seen.'),
    beginning_seen: column(bool, 'False where it is older than the agent: who opened it is a good guess.'),
    opened: column(bool, 'It began in this interval.'),
    ended: column(bool, 'It ended in this interval.'),
    state: column(choice(connectionStates), 'How it stands at the end of the interval.'),
    errno: column(u32, 'Error number of a connect that failed, 0 otherwise.'),
    connect_ns: duration('Time it took to establish, in the row in which it did; -1 otherwise.', '-1'),
    source_bytes: size('Payload bytes that left the client.'),
    destination_bytes: size('Payload bytes that left the server.'),
    source_segments: count('Segments that left the client.'),
    destination_segments: count('Segments that left the server.'),
    source_retransmits: count('Segments that the client sent again.'),
    destination_retransmits: count('Segments that the server sent again.'),
    out_of_order: count('Segments that came out of order.'),
    zero_window: count('Times a zero window was announced.'),
    rtt_ns: duration('Smoothed round-trip time at the end of the interval, -1 where unknown.', '-1'),
    rtt_min_ns: duration('Least round-trip time since the beginning, -1 where unknown.', '-1'),
    send_queue_bytes: size('Bytes waiting to be sent when last looked at.'),
    receive_queue_bytes: size('Bytes waiting to be read when last looked at.'),
    ...originColumns,
  },
  aliases: {
    port: { clickhouse: 'UInt16', expression: 'destination_port', doc: "The server's port, named as in the roll-ups." },
  },
  orderBy: ['toStartOfMinute(time)', 'destination', 'source', 'protocol', 'side', 'connection', 'time'],
  primaryKeyLength: 3,
  partitionSeconds: 14_400,
  retention: { by: 'time', days: 14 },
  ingested: true,
  shardBy: 'destination',
});
