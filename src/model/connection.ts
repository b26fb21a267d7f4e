import type { CaptureTime } from '../base/units.ts';

/** One end of a connection. Addresses are 16 bytes, IPv4 mapped into IPv6 (::ffff:a.b.c.d), as the store keeps them. */
export interface Endpoint {
  /** The address as text: dotted quad for IPv4 and mapped addresses, RFC 5952 for IPv6. */
  readonly ip: string;
  readonly port: number;
  /** Process that owns the socket, 0 where it is on another host or not yet known. */
  pid: number;
  /** Thread that last sent, 0 where unknown. */
  tid: number;
  /** Kernel's name of the task (at most 15 bytes), '' where unknown. */
  comm: string;
  /** Network namespace (inode number), 0 where unknown. */
  netns: number;
  /** cgroup v2 id, 0 where unknown. */
  cgroup: number;
  /** True where this end's socket is on this host and was seen. */
  local: boolean;
}

/** How a connection came to its end, or did not come to be. */
export type ConnectionEnd =
  | 'open' // still there
  | 'closed' // FIN both ways
  | 'reset' // RST received
  | 'aborted' // RST sent
  | 'refused' // SYN answered by RST
  | 'timed_out' // no answer (SYN or data)
  | 'unreachable' // ICMP or routing error
  | 'failed'; // any other errno

/** What became of a connection just now. */
export type ConnectionChange = 'opened' | 'established' | 'identified' | 'updated' | 'closed';

/** What one end's kernel counted, sums since the connection began. -1 where not known. */
export interface Counters {
  /** Payload bytes and segments that left the client, and that left the server. */
  clientBytes: number;
  serverBytes: number;
  clientSegments: number;
  serverSegments: number;
  /** Retransmitted segments by side. */
  clientRetransmits: number;
  serverRetransmits: number;
  /** Segments received out of order; times a zero window was announced. */
  outOfOrder: number;
  zeroWindow: number;
  /** Round-trip times in nanoseconds. */
  rttSmoothed: number;
  rttMin: number;
  /** Bytes waiting in the send and receive queues when last looked at. */
  sendQueue: number;
  receiveQueue: number;
}

/** One conversation between two sockets, kept while it lives and handed to sinks by reference. */
export interface Connection {
  /** Unique while the agent runs. */
  readonly id: number;
  readonly transport: 'tcp' | 'udp';
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** False where it had begun before the agent did, so that who opened it is a (good) guess. */
  readonly beginningSeen: boolean;
  start: CaptureTime;
  /** When it was established, NEVER where that was not seen. */
  established: CaptureTime;
  ended: CaptureTime;
  end: ConnectionEnd;
  /** errno of a failed connect, 0 otherwise. */
  errno: number;
  /** Name of the protocol once recognised, '' before or where unknown. */
  protocol: string;
  readonly counters: Counters;
}
