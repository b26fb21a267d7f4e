import type { CaptureTime } from '../base/units.ts';
import type { Connection } from './connection.ts';

/** Something that happened at one moment. The names are what JSON, filters and tables show. */
export type EventKind =
  | 'retransmit'
  | 'reset_sent'
  | 'reset_received'
  | 'drop'
  | 'listen_overflow'
  | 'syn_drop'
  | 'udp_receive_overflow'
  | 'zero_window'
  | 'connect_failed'
  | 'dns_failure'
  | 'process_start'
  | 'process_exit'
  /** Wirelight itself lost something: `reason` says where, `count` how many. */
  | 'loss';

/** One event, reused by its source: whoever keeps it copies it. */
export interface EventFields {
  time: CaptureTime;
  kind: EventKind;
  /** Kernel's drop reason ('NO_SOCKET', 'TCP_INVALID_SEQUENCE', ...), errno name, rcode; '' where there is none. */
  reason: string;
  transport: 'tcp' | 'udp' | 'other';
  sourceIp: string;
  sourcePort: number;
  destinationIp: string;
  destinationPort: number;
  netns: number;
  pid: number;
  comm: string;
  /** TCP state of the socket at that moment, '' where there is none. */
  tcpState: string;
  /** Bytes of the packet, 0 where unknown. */
  bytes: number;
  /** How many alike this record stands for (the kernel folds bursts); at least 1. */
  count: number;
  /** The connection it belongs to where that is known. */
  connection: Connection | undefined;
}
