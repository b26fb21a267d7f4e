import type { CaptureTime } from '../../base/units.ts';
import type { Connection } from '../../model/connection.ts';
import { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import type { Conversation } from '../conversation.ts';
import type { Conversations } from '../conversations.ts';
import type { IpPacket } from './ip-packet.ts';
import type { Skips } from './skips.ts';
import type { TupleEnd } from './tuple-table.ts';

/** Times further apart are not exact any more; nothing lives so long but in damaged files. */
const LONGEST_LIFE = 100 * 86_400e9;

/** A UDP header, reused for all. */
export interface UdpDatagram {
  sourcePort: number;
  destinationPort: number;
  start: number;
  end: number;
  /** Bytes of payload on the wire. */
  length: number;
}

/** Reads the UDP header of a packet (RFC 768). Returns false where there is none to read, which is counted. */
export function parseUdp(ip: IpPacket, out: UdpDatagram, skips: Skips): boolean {
  const { bytes, start } = ip;
  if (ip.length < 8) {
    skips.count('udp_malformed');
    return false;
  }
  if (ip.end - start < 8) {
    skips.count('packet_cut');
    return false;
  }
  const told = (bytes[start + 4] << 8) | bytes[start + 5];
  // 0 in a jumbogram and where segmentation was left to the card
  const length = told === 0 ? ip.length : told;
  if (length < 8 || length > ip.length) {
    skips.count('udp_malformed');
    return false;
  }
  out.sourcePort = (bytes[start] << 8) | bytes[start + 1];
  out.destinationPort = (bytes[start + 2] << 8) | bytes[start + 3];
  out.start = start + 8;
  out.end = Math.min(ip.end, start + length);
  out.length = length - 8;
  return true;
}

/** The datagrams between two UDP sockets. */
export class UdpFlow {
  readonly conversation: Conversation;
  readonly clientEnd: TupleEnd;
  closed = false;
  lastSeen: CaptureTime;
  readonly #conversations: Conversations;

  constructor(conversations: Conversations, conversation: Conversation, clientEnd: TupleEnd, time: CaptureTime) {
    this.#conversations = conversations;
    this.conversation = conversation;
    this.clientEnd = clientEnd;
    this.lastSeen = time;
  }

  get connection(): Connection {
    return this.conversation.connection;
  }

  /** True where it was silent for `idle` ns, so that what comes now belongs to another flow. */
  isOver(now: CaptureTime, idle: number): boolean {
    return now - this.lastSeen > idle || now - this.connection.start > LONGEST_LIFE;
  }

  /** Takes a datagram of `length` bytes. */
  datagram(side: Side, length: number, chunk: Chunk): void {
    if (chunk.time > this.lastSeen) this.lastSeen = chunk.time;
    else chunk.time = chunk.lastTime = this.lastSeen;
    const { counters } = this.connection;
    if (side === Side.client) {
      counters.clientSegments++;
      counters.clientBytes += length;
    } else {
      counters.serverSegments++;
      counters.serverBytes += length;
    }
    if (length > 0) this.#conversations.segment(this.conversation, side, chunk);
  }

  close(time: CaptureTime, end: 'open' | 'closed' | 'refused' | 'unreachable', errno = 0): void {
    if (this.closed) return;
    this.closed = true;
    this.connection.errno = errno;
    this.#conversations.close(this.conversation, time > this.lastSeen ? time : this.lastSeen, end);
  }
}
