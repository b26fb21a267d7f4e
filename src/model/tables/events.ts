import { choice, column, label, n64, u16, u32 } from './column.ts';
import { endpointColumns, entityColumns, originColumns, startColumn, transports } from './shared-columns.ts';
import { defineTable } from './table.ts';

/** The words of `EventKind`. */
export const eventKinds = [
  'retransmit',
  'reset_sent',
  'reset_received',
  'drop',
  'listen_overflow',
  'syn_drop',
  'udp_receive_overflow',
  'connect_failed',
  'dns_failure',
  'process_start',
  'process_exit',
  'zero_window',
  'loss',
] as const;

const { source_ip, source_port, destination_ip, destination_port } = endpointColumns;

/** Drops, resets, retransmits and the like. */
export const events = defineTable({
  name: 'events',
  doc: 'Something that happened at one moment, or several alike that the kernel folded into one.',
  columns: {
    time: startColumn('When it happened.'),
    kind: column(choice(eventKinds), 'What happened.'),
    reason: column(label, "Drop reason, errno name, rcode; '' where there is none."),
    ...entityColumns,
    transport: column(choice(transports), 'Transport protocol.'),
    protocol: column(label, "Application protocol of the connection, '' where unknown."),
    source_ip,
    source_port,
    destination_ip,
    destination_port,
    netns: column(u32, 'Network namespace (inode) in which it happened, 0 where unknown.'),
    pid: column(u32, 'Process for which the kernel did it, 0 where there is none.'),
    process: column(label, "The kernel's name of that task."),
    tcp_state: column(label, "State of the TCP socket; '' where there is none."),
    bytes: column(n64, 'Bytes of the packet, 0 where unknown.', { unit: 'By' }),
    count: column(u32, 'How many alike this row stands for, at least 1.', { unit: '1' }),
    connection: column(n64, "The agent's number of the connection, 0 where unknown."),
    errno: column(u16, 'Error number, 0 where there is none.'),
    ...originColumns,
  },
  orderBy: ['toStartOfMinute(time)', 'kind', 'destination', 'source', 'time'],
  partitionSeconds: 14_400,
  retention: { by: 'time', days: 30 },
  ingested: true,
  shardBy: 'destination',
});
