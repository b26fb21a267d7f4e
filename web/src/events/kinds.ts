/** Events as people ask for them, and what their reasons mean. */
import type { StoredEvent } from '../../../src/model/api.ts';

/** Kinds that belong together, under one title. */
export interface EventGroup {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly kinds: readonly StoredEvent['event'][];
  readonly role: 'error' | 'slow' | 'text-3';
}

export const eventGroups: readonly EventGroup[] = [
  {
    id: 'drops',
    title: 'Drops',
    about: 'Packets that the kernel threw away, with its reason; full accept and receive queues',
    kinds: ['drop', 'syn_drop', 'listen_overflow', 'udp_receive_overflow'],
    role: 'error',
  },
  {
    id: 'resets',
    title: 'Resets',
    about: 'Connections cut by one end instead of being closed',
    kinds: ['reset_sent', 'reset_received'],
    role: 'error',
  },
  {
    id: 'retransmits',
    title: 'Retransmits',
    about: 'Segments sent again, as nobody confirmed them: loss on the way, or a peer that is stuck',
    kinds: ['retransmit'],
    role: 'slow',
  },
  {
    id: 'connects',
    title: 'Failed connects',
    about: 'Connections that were refused, timed out or found no way',
    kinds: ['connect_failed'],
    role: 'error',
  },
  {
    id: 'dns',
    title: 'DNS failures',
    about: 'Names that were not resolved: no such name, a failing server, no answer',
    kinds: ['dns_failure'],
    role: 'error',
  },
  {
    id: 'windows',
    title: 'Zero windows',
    about: 'A receiver that had no room left and told the sender to stop',
    kinds: ['zero_window'],
    role: 'slow',
  },
  {
    id: 'losses',
    title: 'Not seen',
    about: 'What Wirelight itself lost: the picture is not complete there',
    kinds: ['loss'],
    role: 'error',
  },
];

/** A sentence for each reason that people meet; the kernel's names are kept beside it. */
const reasons: Readonly<Record<string, string>> = {
  NO_SOCKET: 'Nobody listens on that port or address.',
  NOT_SPECIFIED: 'The kernel gave no reason.',
  TCP_INVALID_SEQUENCE: 'A segment lay outside of what the receiver expects: often a late copy.',
  TCP_OLD_DATA: 'The data had been received already: a retransmit that was not needed.',
  TCP_OLD_SEQUENCE: 'A segment was older than what had been received: a late copy, or a keep-alive.',
  TCP_OLD_ACK: 'An acknowledgement told nothing new.',
  TCP_ACK_UNSENT_DATA: 'An acknowledgement was for data that was never sent.',
  TCP_RESET: 'It was a reset, which ended the connection.',
  TCP_FLAGS: 'Its flags make no sense in the state of the connection.',
  TCP_OFOMERGE: 'An out-of-order segment brought nothing new.',
  TCP_ZEROWINDOW: 'The receiver had no room: its process does not read fast enough.',
  TCP_OVERWINDOW: 'The sender sent more than the receiver had room for.',
  TCP_RFC7323_PAWS: 'A segment from an earlier connection of the same ports was still on its way.',
  TCP_CLOSE: 'The socket was closed while data was still coming.',
  TCP_ABORT_ON_DATA: 'The process closed the socket before it had read everything.',
  TCP_LISTEN_OVERFLOW: 'The accept queue was full: the process does not accept fast enough.',
  LISTEN_OVERFLOW: 'The accept queue was full: the process does not accept fast enough.',
  SOCKET_BACKLOG: "The socket's backlog was full while its process held it.",
  SOCKET_RCVBUFF: 'The receive buffer was full: the process does not read fast enough.',
  PROTO_MEM: 'The kernel had no memory left for sockets of this protocol (tcp_mem, udp_mem).',
  NETFILTER_DROP: 'A firewall rule (nftables, iptables) dropped it.',
  OTHERHOST: 'It was addressed to another machine.',
  IP_OUTNOROUTES: 'There is no route to that address.',
  IP_RPFILTER: 'It came by another way than an answer would go (reverse path filter).',
  UDP_CSUM: 'The checksum was wrong: damaged on the way.',
  TCP_CSUM: 'The checksum was wrong: damaged on the way.',
  SKB_UCOPY_FAULT: 'The process gave a buffer that could not be written to.',
  SOCKET_FILTER: 'A filter on the socket did not want it.',
  QDISC_DROP: 'The queue of the device was full, or traffic shaping dropped it.',
  NEIGH_FAILED: 'The next hop did not answer (ARP, neighbour discovery).',
  refused: 'The other end answered that nobody listens there.',
  timed_out: 'The other end did not answer.',
  unreachable: 'The other end, or its gateway, could not be reached.',
  ECONNREFUSED: 'The other end answered that nobody listens there.',
  ETIMEDOUT: 'The other end did not answer.',
  EHOSTUNREACH: 'The other end, or its gateway, could not be reached.',
  ENETUNREACH: 'There is no route to that network.',
  ECONNRESET: 'The other end cut the connection.',
  EADDRNOTAVAIL: 'No local port was free for it, or the local address is not there.',
  NXDOMAIN: 'There is no such name.',
  SERVFAIL: 'The resolver could not find out: its own upstream failed, or the signature was wrong.',
  REFUSED: 'The resolver does not answer for this client or name.',
  FORMERR: 'The resolver could not read the question.',
  NOTIMP: 'The resolver does not know this kind of question.',
  timeout: 'The resolver did not answer in time.',
  aborted: 'The connection to the resolver ended before the answer came.',
};

/** What a reason means in words, '' where that is not known. */
export function meaningOf(reason: string | undefined): string {
  return reason === undefined ? '' : (reasons[reason] ?? '');
}
