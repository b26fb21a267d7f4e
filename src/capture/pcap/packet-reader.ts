import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Side } from '../../model/request.ts';
import type { Chunk, Protocol, ProtocolOptions } from '../../protocols/protocol.ts';
import { Conversations } from '../conversations.ts';
import type { CaptureSink } from '../sink.ts';
import { addressPair } from './address-pair.ts';
import { ServerPorts } from './client-side.ts';
import { DuplicatePackets } from './duplicate-packets.ts';
import { EventWriter } from './event-writer.ts';
import { ICMP_HEADER, icmpError } from './icmp-error.ts';
import { IpFragments } from './ip-fragments.ts';
import { type IpPacket, IpProtocol, newIpPacket, otherTransportName } from './ip-packet.ts';
import { parseIp, parseReassembled } from './ip-parser.ts';
import { networkLayer } from './link-layer.ts';
import type { CapturedPacket } from './packet.ts';
import { MAX_PROCESS_COMMENT, noteProcesses } from './process-comment.ts';
import { Skips } from './skips.ts';
import { GRACE, TcpConnection, type TcpHost } from './tcp-connection.ts';
import { newTcpSegment, parseTcp } from './tcp-segment.ts';
import { TcpTracker } from './tcp-tracker.ts';
import { TupleTable, TupleTransport } from './tuple-table.ts';
import { parseUdp, type UdpDatagram, UdpFlow } from './udp-flow.ts';

/** What a packet reader is made of, and how much memory it may use. */
export interface PacketReaderOptions {
  readonly sink: CaptureSink;
  readonly protocols: readonly Protocol[];
  readonly protocolOptions: ProtocolOptions;
  /** Most connections and flows known at a time. 65,536 by default. */
  readonly maxConnections?: number;
  /** Bytes held of TCP streams behind gaps, all together. 128 MiB by default. */
  readonly maxHeldBytes?: number;
}

/** ESP, RFC 4303. */
const IP_PROTOCOL_ESP = 50;
/** Silence in ns after which an unanswered SYN counts as timed out. */
const SYN_IDLE = 130e9;
/** Silence in ns after which a UDP flow counts as over: what comes then is another one. */
const UDP_IDLE = 60e9;
const UDP_IDLE_OF_MANY = 6e9;
/** How long a closed connection is remembered for its stragglers. */
const REMEMBERED = 10e9;
/** Sessions are told the time about once a second of capture time. */
const TICK = 1e9;
/** Every so many packets, as many entries of the table are looked at for whether they are over. */
const SWEEP = 256;

type Tracked = TcpConnection | UdpFlow;

/** Turns packets into conversations, requests, connections and events. Never throws, whatever the packets contain. */
export class PacketReader {
  readonly skips: Skips;
  readonly conversations: Conversations;
  /** Packets seen. */
  packets = 0;
  now: CaptureTime = NEVER;
  readonly #maxConnections: number;
  readonly #table: TupleTable<Tracked>;
  readonly #host: TcpHost;
  readonly #tcp: TcpTracker;
  readonly #ports: ServerPorts;
  readonly #fragments: IpFragments;
  readonly #duplicates = new DuplicatePackets();
  readonly #ip = newIpPacket();
  readonly #inner = newIpPacket();
  readonly #segment = newTcpSegment();
  readonly #datagram: UdpDatagram = { sourcePort: 0, destinationPort: 0, start: 0, end: 0, length: 0 };
  readonly #chunk: Chunk = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    skipped: 0,
    time: NEVER,
    lastTime: NEVER,
    readAt: NEVER,
  };
  #nextTick = 0;
  #packetsAtTick = 0;

  constructor(options: PacketReaderOptions, skips = new Skips()) {
    const { sink, protocols, protocolOptions } = options;
    this.skips = skips;
    this.conversations = new Conversations({ sink, protocols, protocolOptions });
    this.#maxConnections = options.maxConnections ?? 65_536;
    this.#table = new TupleTable(this.#maxConnections);
    this.#ports = new ServerPorts(protocols);
    this.#fragments = new IpFragments(skips);
    this.#host = {
      conversations: this.conversations,
      sink,
      events: new EventWriter(sink),
      skips,
      waiting: new Set(),
      budget: { held: 0, limit: options.maxHeldBytes ?? 128 * 1024 * 1024 },
    };
    this.#tcp = new TcpTracker(this.#host, this.#ports);
  }

  /** Takes the next packet of the file. Nothing of it is kept. */
  packet(packet: CapturedPacket): void {
    this.packets++;
    if (packet.time > this.now) this.now = packet.time;
    this.#passTime();
    const network = networkLayer(packet, this.skips);
    if (network < 0) return;
    const ip = this.#ip;
    const wireLength = packet.length - (network - packet.start);
    if (!parseIp(packet.bytes, network, packet.end, wireLength, ip, this.skips)) return;
    if (ip.isFragment) {
      if (!this.#fragments.add(ip, packet.time) || !parseReassembled(ip, this.skips)) return;
    }
    if (this.#duplicates.isDuplicate(packet, network, ip, packet.time)) {
      this.skips.count('duplicate_packet');
      return;
    }
    this.#transport(ip, packet.time, packet);
  }

  /** The file has ended: everything that is open is reported as what it then is. */
  finish(): void {
    this.#expireFragments(Number.POSITIVE_INFINITY);
    this.conversations.tick(this.now);
    for (const tracked of this.#table.values()) this.#abandon(tracked);
  }

  #transport(ip: IpPacket, time: CaptureTime, packet?: CapturedPacket): void {
    switch (ip.protocol) {
      case IpProtocol.tcp:
        this.#takeTcp(ip, time, packet);
        break;
      case IpProtocol.udp:
        this.#takeUdp(ip, time, packet);
        break;
      case IpProtocol.icmp:
      case IpProtocol.icmpv6:
        this.#takeIcmp(ip, time);
        break;
      case IP_PROTOCOL_ESP:
        this.skips.count('ip_encrypted');
        break;
      default:
        this.skips.count('not_tcp_or_udp', 1, otherTransportName(ip.protocol));
    }
  }

  #takeTcp(ip: IpPacket, time: CaptureTime, packet: CapturedPacket | undefined): void {
    const segment = this.#segment;
    if (!parseTcp(ip, segment, this.skips)) return;
    const chunk = this.#payload(ip.bytes, segment.start, segment.end, segment.length, time);
    const found = this.#table.find(ip.addresses, segment.sourcePort, segment.destinationPort, TupleTransport.tcp);
    const known = found instanceof TcpConnection ? found : undefined;
    const { end } = this.#table;
    const connection = this.#tcp.segment(known, end, ip, segment, chunk);
    if (connection === undefined) return;
    if (connection !== known) {
      if (known === undefined) this.#add(connection);
      else this.#table.replace(connection);
    }
    if (packet !== undefined) this.#note(packet, connection, end === connection.clientEnd);
  }

  #takeUdp(ip: IpPacket, time: CaptureTime, packet: CapturedPacket | undefined): void {
    const datagram = this.#datagram;
    if (!parseUdp(ip, datagram, this.skips)) return;
    const { sourcePort, destinationPort } = datagram;
    const found = this.#table.find(ip.addresses, sourcePort, destinationPort, TupleTransport.udp);
    const { end } = this.#table;
    let flow = found instanceof UdpFlow ? found : undefined;
    if (flow?.isOver(time, UDP_IDLE) === true) flow.close(flow.lastSeen, 'closed');
    if (flow === undefined || flow.closed) {
      const opened = this.#openFlow(ip, datagram, time);
      if (flow === undefined) this.#add(opened);
      else this.#table.replace(opened);
      flow = opened;
    }
    const isClient = end === flow.clientEnd;
    if (packet !== undefined) this.#note(packet, flow, isClient);
    const chunk = this.#payload(ip.bytes, datagram.start, datagram.end, datagram.length, time);
    flow.datagram(isClient ? Side.client : Side.server, datagram.length, chunk);
  }

  #openFlow(ip: IpPacket, datagram: UdpDatagram, time: CaptureTime): UdpFlow {
    const { sourcePort, destinationPort } = datagram;
    const isFromServer = this.#ports.isDatagramFromServer(sourcePort, destinationPort);
    const [source, destination] = addressPair(ip.addresses, sourcePort, destinationPort);
    const conversation = this.conversations.open({
      transport: 'udp',
      client: isFromServer ? destination : source,
      server: isFromServer ? source : destination,
      time,
      beginningSeen: !isFromServer,
    });
    const { end } = this.#table;
    const clientEnd = isFromServer ? (end === 0 ? 1 : 0) : end;
    return new UdpFlow(this.conversations, conversation, clientEnd, time);
  }

  #payload(bytes: Uint8Array, start: number, end: number, length: number, time: CaptureTime): Chunk {
    const chunk = this.#chunk;
    chunk.bytes = bytes;
    chunk.start = start;
    chunk.end = Math.min(end, start + length);
    chunk.skipped = length - (chunk.end - start);
    chunk.time = chunk.lastTime = time;
    if (chunk.skipped > 0) this.skips.count('payload_cut');
    return chunk;
  }

  #takeIcmp(ip: IpPacket, time: CaptureTime): void {
    const error = icmpError(ip);
    if (error === undefined) {
      this.skips.count('not_tcp_or_udp', 1, otherTransportName(ip.protocol));
      return;
    }
    const tracked = this.#subjectOf(ip);
    if (tracked === undefined) {
      this.skips.count('answer_unmatched');
    } else if (tracked instanceof TcpConnection) {
      if (tracked.isOpening && !tracked.isOutlived(time)) tracked.fail(time, error.end, error.errno, error.errnoName);
    } else if (!tracked.closed && !tracked.isOver(time, UDP_IDLE)) {
      const { connection } = tracked;
      this.#host.events.report('connect_failed', time, connection, Side.client, { reason: error.errnoName });
      tracked.close(time, error.end, error.errno);
    }
  }

  /** The connection that an ICMP error is about: the error carries the beginning of one of its packets. */
  #subjectOf(icmp: IpPacket): Tracked | undefined {
    const inner = this.#inner;
    const start = icmp.start + ICMP_HEADER;
    // what it carries is cut by nature, so that a packet that cannot be read is no loss of its own
    const ignored = new Skips();
    if (!parseIp(icmp.bytes, start, icmp.end, icmp.length - ICMP_HEADER, inner, ignored)) return undefined;
    if (inner.end - inner.start < 4 || (inner.isFragment && inner.fragmentOffset !== 0)) return undefined;
    const { bytes, start: at, protocol } = inner;
    if (protocol !== TupleTransport.tcp && protocol !== TupleTransport.udp) return undefined;
    const sourcePort = (bytes[at] << 8) | bytes[at + 1];
    const destinationPort = (bytes[at + 2] << 8) | bytes[at + 3];
    return this.#table.find(inner.addresses, sourcePort, destinationPort, protocol);
  }

  #add(tracked: Tracked): void {
    const evicted = this.#table.add(tracked);
    if (evicted === undefined || evicted.closed) return;
    if (evicted instanceof TcpConnection || !evicted.isOver(this.now, this.#idle))
      this.skips.count('connection_evicted');
    this.#abandon(evicted);
  }

  #abandon(tracked: Tracked): void {
    if (tracked instanceof TcpConnection) tracked.abandon(this.now);
    else tracked.close(tracked.lastSeen, tracked.isOver(this.now, this.#idle) ? 'closed' : 'open');
  }

  /** Takes the names of processes from the packet's comment, once a connection. */
  #note(packet: CapturedPacket, tracked: Tracked, isFromClient: boolean): void {
    const length = packet.commentEnd - packet.commentStart;
    if (length === 0 || length > MAX_PROCESS_COMMENT) return;
    const { client, server } = tracked.connection;
    if (client.pid !== 0 && server.pid !== 0) return;
    const comment = Buffer.from(packet.bytes.buffer, packet.bytes.byteOffset + packet.commentStart, length);
    noteProcesses(comment.toString(), isFromClient ? client : server, isFromClient ? server : client);
  }

  /** What has to happen as capture time goes by; amortised, so that it costs little a packet whatever the file. */
  #passTime(): void {
    if (this.#host.waiting.size > 0) settleWaiting(this.#host.waiting, this.now);
    if (this.#fragments.size > 0) this.#expireFragments(this.now);
    if (this.packets % SWEEP === 0) this.#table.sweep(SWEEP, (tracked) => this.#isOver(tracked));
    if (this.now < this.#nextTick || (this.packets - this.#packetsAtTick) * 64 < this.conversations.size) return;
    this.#nextTick = this.now + TICK;
    this.#packetsAtTick = this.packets;
    this.conversations.tick(this.now);
  }

  #expireFragments(now: number): void {
    this.#fragments.expire(now, this.#inner, (whole, time) => {
      if (parseReassembled(whole, this.skips)) this.#transport(whole, time);
    });
  }

  /** Flows are forgotten sooner where there are many: by then their answers have come, or never will. */
  get #idle(): number {
    return this.#table.size > this.#maxConnections * 0.75 ? UDP_IDLE_OF_MANY : UDP_IDLE;
  }

  #isOver(tracked: Tracked): boolean {
    if (tracked instanceof UdpFlow) {
      if (!tracked.isOver(this.now, this.#idle)) return false;
      tracked.close(tracked.lastSeen, 'closed');
      return true;
    }
    if (tracked.closed) return this.now - tracked.closedAt > REMEMBERED;
    if (!tracked.isOpening || this.now - tracked.lastSeen <= SYN_IDLE) return false;
    tracked.abandon(this.now);
    return true;
  }
}

/** Looks at connections that have waited long enough; they are in the order in which they began to wait. */
function settleWaiting(waiting: Set<TcpConnection>, now: CaptureTime): void {
  for (const connection of waiting) {
    if (now - connection.waitingSince <= GRACE) return;
    waiting.delete(connection);
    if (connection.settle(now)) continue;
    connection.waitingSince = now;
    waiting.add(connection);
  }
}
