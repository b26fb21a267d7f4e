import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Endpoint } from '../../model/connection.ts';
import type { EventFields } from '../../model/event.ts';
import type { Kernel } from '../../probe/kernel.ts';
import {
  CapturePolicy,
  DatagramRecord,
  EventRecord,
  FlowKey,
  FlowValue,
  ProcessRecord,
  RecordFlag,
  RecordHeader,
  RecordKind,
  SegmentRecord,
  SocketRecord,
  TcpState,
} from '../../probe/layout.ts';
import { type Chunk, type Protocol, type ProtocolOptions, Want } from '../../protocols/protocol.ts';
import type { Conversation } from '../conversation.ts';
import { Conversations } from '../conversations.ts';
import type { CaptureSink } from '../sink.ts';
import { Addresses, type MutableTuple } from './addresses.ts';
import { Datagrams } from './datagrams.ts';
import { EventReader } from './event-reader.ts';
import { LiveConversation } from './live-conversation.ts';
import { PlaintextReader, type PlaintextSource } from './plaintext.ts';
import { nobody, type Owner, type Seat, SocketTable } from './socket-table.ts';
import type { StreamOrder, StreamTarget } from './stream-order.ts';
import { NameReader, TaskNames } from './task-names.ts';
import { endOf } from './tcp-state.ts';

const HIGH = 0x100000000;
/** Sockets are listed anew for bytes of unknown sockets at most this often, in nanoseconds. */
const RESOLVE_EVERY = 100_000_000;
/** Bytes of unknown sockets so soon after the first segment belong to what was under way before, in nanoseconds. */
const BEGINNING = 2_000_000_000;
/** UDP flows silent for so long are forgotten. */
const FLOW_IDLE = 60_000_000_000;

/** A socket that is not listed any more and was silent for so long has closed, though its closing was not shown. */
const FORGET_AFTER = 20_000_000_000;

/** What a live capture needs besides the kernel. */
export interface KernelCaptureOptions {
  readonly sink: CaptureSink;
  readonly protocols: readonly Protocol[];
  readonly protocolOptions: ProtocolOptions;
  /** Whether sockets of a cgroup are watched. All are where this is absent; those whose cgroup is not known (0) always. */
  readonly watches?: (cgroup: number) => boolean;
  /** Where the plaintext of TLS comes from, if it is wanted. */
  readonly tls?: PlaintextSource | undefined;
  /** A process has executed a program or ended. */
  readonly process?: (pid: number, parent: number, exited: boolean, comm: string) => void;
}

/**
 * Turns the kernel's records into conversations, in the order in which they were made. This is the hot path: a record is
 * read where it lies in the ring, and nothing is allocated for a message of a known connection.
 */
export class KernelCapture {
  readonly conversations: Conversations;
  readonly #kernel: Kernel;
  readonly #sink: CaptureSink;
  readonly #sockets: SocketTable;
  readonly #datagrams: Datagrams;
  readonly #addresses = new Addresses();
  readonly #events: EventReader;
  readonly #plaintext: PlaintextReader | undefined;
  readonly #process: KernelCaptureOptions['process'];
  readonly #watches: (cgroup: number) => boolean;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #baseHigh: number;
  readonly #baseLow: number;
  readonly #waiting = new Set<LiveConversation>();
  readonly #tuple: MutableTuple = { localIp: '', remoteIp: '', localPort: 0, remotePort: 0, netns: 0 };
  readonly #chunk: Chunk;
  readonly #target: StreamTarget;
  readonly #handle: (at: number, length: number) => void;
  readonly #discarded: (at: number, length: number) => void;
  readonly #comms = new TaskNames();
  readonly #names = new NameReader();
  readonly #received = new Float64Array(1024);
  readonly #attempted = new Float64Array(1024);
  #current: Conversation | undefined;
  #now = 1 as CaptureTime;
  #resolvedAt = -RESOLVE_EVERY;
  #unknownSockets = 0;
  /** When the first segment passed. */
  #begun: CaptureTime = NEVER;
  #turnsLost = 0;
  #records = 0;

  /** @param base CLOCK_MONOTONIC nanoseconds that are capture time 0 */
  constructor(kernel: Kernel, base: bigint, options: KernelCaptureOptions) {
    this.#kernel = kernel;
    this.#sink = options.sink;
    this.#process = options.process;
    const { watches } = options;
    this.#watches = watches === undefined ? () => true : (cgroup) => cgroup === 0 || watches(cgroup);
    this.#bytes = kernel.ring.bytes;
    this.#view = kernel.ring.view;
    this.#baseHigh = Number(base >> 32n);
    this.#baseLow = Number(base & 0xffffffffn);
    this.conversations = new Conversations({
      sink: options.sink,
      protocols: options.protocols,
      protocolOptions: options.protocolOptions,
      wants: (conversation, want) => this.#wants(conversation, want),
    });
    this.#sockets = new SocketTable(this.conversations);
    this.#datagrams = new Datagrams(
      this.conversations,
      () => false,
      (pid) => this.#comms.of(pid),
    );
    this.#events = new EventReader(this.#addresses, kernel.features.reasonNames);
    this.#plaintext = options.tls === undefined ? undefined : this.#plaintextReader(options.tls);
    this.#chunk = {
      bytes: this.#bytes,
      start: 0,
      end: 0,
      skipped: 0,
      time: this.#now,
      lastTime: this.#now,
      readAt: 0 as CaptureTime,
      sequence: -1,
    };
    this.#target = {
      segment: (from, chunk) => {
        if (this.#current === undefined) return;
        this.#plaintext?.passed(this.#current, from, chunk);
        this.conversations.segment(this.#current, from, chunk);
      },
      lost: (from, bytes, time) => {
        if (this.#current !== undefined) this.conversations.lost(this.#current, from, bytes, time);
      },
    };
    this.#handle = (at) => this.#record(at);
    this.#discarded = (at) => this.#numbered(at);
  }

  /** The latest time that a record bore. */
  get now(): CaptureTime {
    return this.#now;
  }

  /** Records handled since the start. */
  get records(): number {
    return this.#records;
  }

  /** Reads what the ring holds, at most `most` records. @returns how many it read */
  poll(most: number): number {
    const count = this.#kernel.ring.poll(this.#handle, most, this.#discarded);
    this.#records += count;
    return count;
  }

  /** Takes in the sockets that exist already. Call once, before the first poll. */
  discover(): void {
    const owners = this.#kernel.owners();
    this.#kernel.sockets('tcp', (records) => this.#listed(records, owners));
  }

  /** About once a second: gives up what has waited too long. @param now on the capture clock */
  tick(now: CaptureTime): void {
    if (now > this.#now) this.#now = now;
    for (const live of this.#waiting) {
      this.#current = live.conversation;
      live.toServer.expire(now, this.#target);
      live.toClient.expire(now, this.#target);
      if (!live.toServer.waiting && !live.toClient.waiting) this.#waiting.delete(live);
    }
    this.#datagrams.sweep(now);
    this.#plaintext?.tick(now);
    this.conversations.tick(now);
  }

  /** Reads the kernel's counters of every open connection and reports them as updates. */
  update(): void {
    const there = new Set<number>();
    this.#kernel.sockets('tcp', (records) => {
      const listed = new DataView(records.buffer, records.byteOffset, records.length);
      for (let at = 0; at + SocketRecord.SIZE <= records.length; at += SocketRecord.SIZE) {
        const cookie = cookieAt(records, at + SocketRecord.cookie);
        const seat = this.#sockets.seat(cookie);
        there.add(cookie);
        if (seat === undefined) continue;
        readCounters(seat, listed, at);
        this.#sink.connection(seat.live.conversation.connection, 'updated');
      }
    });
    this.#sockets.forget(there, (this.#now - FORGET_AFTER) as CaptureTime, this.#now);
    this.#kernel.flows((key, value) => {
      const bytes = new Uint8Array(key.buffer);
      this.#addresses.tuple(bytes, key, FlowKey.tupleLocal, this.#tuple);
      const last = this.#time(value, FlowValue.last);
      const connection = this.#datagrams.totals(
        this.#tuple,
        Number(value.getBigUint64(FlowValue.bytesSent, true)),
        Number(value.getBigUint64(FlowValue.bytesReceived, true)),
        value.getUint32(FlowValue.packetsSent, true),
        value.getUint32(FlowValue.packetsReceived, true),
        last,
      );
      this.#sink.connection(connection, 'updated');
      return this.#now - last > FLOW_IDLE;
    });
  }

  /** The capture ends: everything open is closed as it stands. */
  end(): void {
    for (const conversation of [...this.conversations]) this.conversations.close(conversation, this.#now, 'open');
  }

  /** What was lost in user space, and records that the kernel numbered but that never came. */
  losses(): Map<string, number> {
    let missing = 0;
    for (let cpu = 0; cpu < this.#attempted.length; cpu++)
      missing += Math.max(this.#attempted[cpu] - this.#received[cpu], 0);
    const inKernel = this.#kernel.losses();
    const unshown = this.#turnsLost + (inKernel.get('closed_turns') ?? 0);
    // What found no room in the ring has a counter of its own.
    for (const [name, count] of inKernel) if (name.startsWith('ring_')) missing -= count;
    return new Map([
      ['records_missing', Math.max(missing, 0)],
      // Turns of clients that no record showed: each is a request (or several, pipelined) that nobody has seen.
      ['requests_lost', unshown],
      ['unknown_socket', this.#unknownSockets],
      ['connections_evicted', this.#sockets.evicted],
      ['closings_missed', this.#sockets.closingsMissed],
      ['datagram_conversations_evicted', this.#datagrams.evicted],
      ...(this.#plaintext?.losses ?? []),
      ...this.conversations.counters,
    ]);
  }

  /** Every attempt to write a record has a number: what is missing among them never came. */
  #numbered(at: number): void {
    const cpu = this.#view.getUint16(at + RecordHeader.cpu, true) & 1023;
    const sequence = this.#view.getUint32(at + RecordHeader.sequence, true);
    this.#received[cpu]++;
    if (sequence > this.#attempted[cpu]) this.#attempted[cpu] = sequence;
  }

  #record(at: number): void {
    this.#numbered(at);
    const view = this.#view;
    switch (view.getUint8(at + RecordHeader.kind)) {
      case RecordKind.segment:
        this.#segment(at);
        break;
      case RecordKind.datagram:
        this.#datagram(at);
        break;
      case RecordKind.event:
        this.#event(at);
        break;
      case RecordKind.process:
        this.#processRecord(at);
        break;
      case RecordKind.plaintext:
        this.#plaintext?.plaintext(at);
        break;
      case RecordKind.ciphertext:
        this.#plaintext?.ciphertext(at);
        break;
      default:
        this.#socket(at);
    }
  }

  #segment(at: number): void {
    const view = this.#view;
    const cookie =
      view.getUint32(at + SegmentRecord.cookie, true) + view.getUint32(at + SegmentRecord.cookie + 4, true) * HIGH;
    const time = this.#time(view, at + SegmentRecord.time);
    if (time > this.#now) this.#now = time;
    const seat = this.#sockets.seat(cookie) ?? this.#resolve(cookie, view.getUint32(at + SegmentRecord.ports, true));
    if (this.#begun === NEVER) this.#begun = time;
    if (seat === undefined) {
      // Sockets that close while the capture begins are in no list any more: their traffic was under way before.
      if (time - this.#begun < BEGINNING) this.conversations.joinedMidway++;
      else this.#unknownSockets++;
      return;
    }
    const flags = view.getUint8(at + SegmentRecord.flags);
    const egress = (flags & RecordFlag.egress) !== 0;
    const { live, isServer } = seat;
    live.lastSeen = time;
    const chunk = this.#chunk;
    chunk.bytes = this.#bytes;
    chunk.start = at + SegmentRecord.SIZE;
    chunk.end = chunk.start + view.getUint16(at + SegmentRecord.captured, true);
    chunk.time = chunk.lastTime = time;
    chunk.readAt = 0 as CaptureTime;
    if (egress !== isServer) {
      this.#turn(seat, view.getUint16(at + SegmentRecord.turn, true), (flags & RecordFlag.turn) === 0 ? 0 : 1);
    }
    if (egress) {
      if ((flags & RecordFlag.turn) !== 0) this.#sender(isServer ? live.server : live.client, at);
      if (view.getUint32(at + SegmentRecord.readTime + 4, true) !== 0)
        chunk.readAt = this.#time(view, at + SegmentRecord.readTime);
    }
    const outOfOrder = (flags & (RecordFlag.hole | RecordFlag.fill)) !== 0;
    const order: StreamOrder = egress === isServer ? live.toClient : live.toServer;
    this.#current = live.conversation;
    order.take(
      view.getUint32(at + SegmentRecord.tcpSeq, true),
      view.getUint32(at + SegmentRecord.length, true),
      outOfOrder && !egress ? view.getUint32(at + SegmentRecord.tid, true) : -1,
      chunk,
      this.#target,
    );
    if (order.waiting) this.#waiting.add(live);
  }

  /**
   * Counts turns of a client of which no record came: each is a request (or several, pipelined) that nobody has seen.
   * @param step turns that this record itself begins
   */
  #turn(seat: Seat, turn: number, step: number): void {
    const { conversation, plaintext } = seat.live;
    // Where nothing more is shown, nothing is missed, though something may still be on its way.
    if (conversation.wanted === Want.counters || plaintext?.begun === true) {
      seat.turn = -1;
      return;
    }
    if (seat.turn >= 0) {
      const lost = (turn - seat.turn - step) & 0xffff;
      // Turns of a peer whose other socket shows the same bytes are counted there.
      const shown = seat.isServer || seat.live.serverCookie === 0;
      if (lost > 0 && lost < 0x8000 && shown && seat.live.conversation.session !== undefined) this.#turnsLost += lost;
    }
    seat.turn = turn;
  }

  /** Who sends first in a turn is who owns the socket. */
  #sender(end: Endpoint, at: number): void {
    end.tid = this.#view.getUint32(at + SegmentRecord.tid, true);
    if (end.pid !== 0) return;
    end.pid = this.#view.getUint32(at + SegmentRecord.pid, true);
    end.comm = this.#comms.of(end.pid);
  }

  #datagram(at: number): void {
    const view = this.#view;
    const flags = view.getUint8(at + DatagramRecord.flags);
    const time = this.#time(view, at + DatagramRecord.time);
    if (time > this.#now) this.#now = time;
    const chunk = this.#chunk;
    chunk.bytes = this.#bytes;
    chunk.start = at + DatagramRecord.SIZE;
    chunk.end = chunk.start + view.getUint32(at + DatagramRecord.captured, true);
    const length = view.getUint32(at + DatagramRecord.length, true);
    chunk.skipped = length - (chunk.end - chunk.start);
    chunk.time = chunk.lastTime = time;
    chunk.readAt = 0 as CaptureTime;
    chunk.sequence = -1;
    this.#addresses.tuple(this.#bytes, view, at + DatagramRecord.tupleLocal, this.#tuple);
    if ((flags & RecordFlag.listener) !== 0) {
      this.#early(view.getUint32(at + DatagramRecord.cookie, true), length, chunk);
      return;
    }
    this.#datagrams.take(
      this.#tuple,
      (flags & RecordFlag.egress) !== 0,
      view.getUint32(at + DatagramRecord.pid, true),
      view.getUint32(at + DatagramRecord.tid, true),
      this.#number(at + DatagramRecord.cgroup),
      chunk,
    );
  }

  /** Data that came with the last segment of the handshake, before the accepted socket existed. */
  #early(seq: number, length: number, chunk: Chunk): void {
    const live =
      this.#sockets.find(this.#tuple, true) ?? this.#sockets.add(0, this.#tuple, true, nobody, chunk.time, true).live;
    this.#current = live.conversation;
    live.toServer.take(seq, length, -1, chunk, this.#target);
  }

  #socket(at: number): void {
    const view = this.#view;
    const kind = view.getUint8(at + RecordHeader.kind);
    const time = this.#time(view, at + SocketRecord.time);
    if (time > this.#now) this.#now = time;
    const cookie = this.#number(at + SocketRecord.cookie);
    const tuple = this.#tuple;
    if (kind === RecordKind.closed) {
      this.#closed(at, cookie, time);
      return;
    }
    this.#addresses.tuple(this.#bytes, view, at + SocketRecord.tupleLocal, tuple);
    if (kind === RecordKind.snapshot || !this.#watches(this.#number(at + SocketRecord.cgroup))) return;
    const isServer = (view.getUint8(at + SocketRecord.flags) & RecordFlag.server) !== 0;
    // Whose turn it is when a handshake completes is chance; only who connects is certain.
    const owner: Owner = kind === RecordKind.connect ? this.#owner(at) : this.#cgroupOnly(at);
    const seat = this.#sockets.add(cookie, tuple, isServer, owner, time, true);
    const { conversation } = seat.live;
    if (kind === RecordKind.established && conversation.connection.established === 0) {
      conversation.connection.established = time;
      this.#sink.connection(conversation.connection, 'established');
    }
    // Where both ends are here the accepting one shows everything.
    if (seat.live.serverCookie !== 0 && seat.live.clientCookie !== 0)
      this.#kernel.policies.set(seat.live.clientCookie, CapturePolicy.counters);
  }

  #closed(at: number, cookie: number, time: CaptureTime): void {
    const view = this.#view;
    const seat = this.#sockets.seat(cookie);
    const end = endOf(view.getUint8(at + SocketRecord.oldState), view.getInt32(at + SocketRecord.error, true));
    if (seat !== undefined) {
      const { live } = seat;
      this.#current = live.conversation;
      live.toServer.giveUp(time, this.#target);
      live.toClient.giveUp(time, this.#target);
      this.#waiting.delete(live);
      const turns = view.getUint16(at + (seat.isServer ? SocketRecord.turnsReceived : SocketRecord.turnsSent), true);
      if (turns > 0) this.#turn(seat, turns, 0);
      live.conversation.connection.errno = view.getInt32(at + SocketRecord.error, true);
      readCounters(seat, view, at);
      this.#wakeConnectFailure(at, seat, end, time);
    }
    const ports =
      view.getUint16(at + SocketRecord.tupleLocalPort, true) * 65536 +
      view.getUint16(at + SocketRecord.tupleRemotePort, true);
    this.#sockets.remove(cookie, ports, end, time);
  }

  /** A connection that never came to be is an event too. */
  #wakeConnectFailure(at: number, seat: Seat, end: string, time: CaptureTime): void {
    if (this.#view.getUint8(at + SocketRecord.oldState) !== TcpState.synSent) return;
    const { connection } = seat.live.conversation;
    const event: EventFields = this.#events.event;
    event.time = time;
    event.kind = 'connect_failed';
    event.reason = end;
    event.transport = 'tcp';
    event.sourceIp = connection.client.ip;
    event.sourcePort = connection.client.port;
    event.destinationIp = connection.server.ip;
    event.destinationPort = connection.server.port;
    event.netns = connection.client.netns;
    event.pid = connection.client.pid;
    event.comm = connection.client.comm;
    event.tcpState = 'SYN_SENT';
    event.bytes = 0;
    event.count = 1;
    event.connection = connection;
    this.#sink.event(event);
  }

  #event(at: number): void {
    const time = this.#time(this.#view, at + EventRecord.time);
    if (time > this.#now) this.#now = time;
    const event = this.#events.read(this.#bytes, this.#view, at, time);
    const seat = this.#sockets.seat(this.#number(at + EventRecord.cookie));
    if (seat !== undefined) {
      const { connection } = seat.live.conversation;
      event.connection = connection;
      const end = seat.isServer ? connection.server : connection.client;
      event.pid = end.pid;
      event.comm = end.comm;
      if (event.kind === 'zero_window')
        connection.counters.zeroWindow = Math.max(connection.counters.zeroWindow, 0) + 1;
    }
    this.#sink.event(event);
  }

  #processRecord(at: number): void {
    const view = this.#view;
    const pid = view.getUint32(at + ProcessRecord.pid, true);
    const exited = view.getUint32(at + ProcessRecord.exited, true) !== 0;
    const comm = this.#comm(at + ProcessRecord.comm);
    if (!exited) this.#comms.executed(pid, comm);
    else this.#plaintext?.ended(pid);
    this.#process?.(pid, view.getUint32(at + ProcessRecord.parent, true), exited, comm);
  }

  #plaintextReader(source: PlaintextSource): PlaintextReader {
    return new PlaintextReader({
      ...source,
      conversations: this.conversations,
      policies: this.#kernel.policies,
      bytes: this.#bytes,
      view: this.#view,
      seat: (cookie) => this.#sockets.seat(cookie) ?? this.#discovered(cookie),
      time: (view, at) => this.#time(view, at),
      comm: (pid) => this.#comms.of(pid),
    });
  }

  /** Bytes of a socket that nobody has introduced: it is claimed by ports, or found among all sockets. */
  #resolve(cookie: number, ports: number): Seat | undefined {
    const claimed = this.#sockets.claim(cookie, (ports >>> 16) * 65536 + (ports & 0xffff));
    return claimed ?? this.#discovered(cookie);
  }

  #discovered(cookie: number): Seat | undefined {
    if (this.#now - this.#resolvedAt < RESOLVE_EVERY) return undefined;
    this.#resolvedAt = this.#now;
    this.discover();
    return this.#sockets.seat(cookie);
  }

  /** Sockets as an iterator lists them: those that are not known yet begin in the middle. */
  #listed(records: Buffer, owners: ReadonlyMap<number, number>): void {
    const rows: number[] = [];
    const listening = new Set<number>();
    const view = new DataView(records.buffer, records.byteOffset, records.length);
    for (let at = 0; at + SocketRecord.SIZE <= records.length; at += SocketRecord.SIZE) {
      if (view.getUint8(at + SocketRecord.state) === TcpState.listen)
        listening.add(view.getUint16(at + SocketRecord.tupleLocalPort, true));
      else rows.push(at);
    }
    for (const at of rows) {
      const cookie = cookieAt(records, at + SocketRecord.cookie);
      if (this.#sockets.seat(cookie) !== undefined) continue;
      const state = view.getUint8(at + SocketRecord.state);
      if (state === TcpState.synSent || state === TcpState.close) continue;
      if (!this.#watches(cookieAt(records, at + SocketRecord.cgroup))) continue;
      const tuple = this.#tuple;
      this.#addresses.tuple(records, view, at + SocketRecord.tupleLocal, tuple);
      const isServer =
        listening.has(tuple.localPort) || (!listening.has(tuple.remotePort) && tuple.localPort < tuple.remotePort);
      const inode = cookieAt(records, at + SocketRecord.inode);
      const owner: Owner = {
        pid: owners.get(inode) ?? 0,
        tid: 0,
        comm: '',
        cgroup: cookieAt(records, at + SocketRecord.cgroup),
      };
      const seat = this.#sockets.add(cookie, tuple, isServer, owner, this.#now, false);
      readCounters(seat, view, at);
    }
  }

  #wants(conversation: Conversation, want: Want): void {
    const live = conversation.carrier;
    if (!(live instanceof LiveConversation)) return;
    if (conversation.plaintext) {
      this.#plaintext?.wants(live, policyOf(want));
      return;
    }
    const cookie = live.serverCookie !== 0 ? live.serverCookie : live.clientCookie;
    if (cookie === 0) return;
    const plaintext = want === Want.counters ? this.#plaintext : undefined;
    this.#kernel.policies.set(cookie, plaintext?.policyOfCiphertext(live) ?? policyOf(want));
    // Where nothing is shown, nothing is missed.
    const seat = this.#sockets.seat(cookie);
    if (seat !== undefined && want === Want.counters) seat.turn = -1;
  }

  #owner(at: number): Owner {
    const view = this.#view;
    return {
      pid: view.getUint32(at + SocketRecord.pid, true),
      tid: view.getUint32(at + SocketRecord.tid, true),
      comm: this.#comm(at + SocketRecord.comm),
      cgroup: this.#number(at + SocketRecord.cgroup),
    };
  }

  #cgroupOnly(at: number): Owner {
    return { pid: 0, tid: 0, comm: '', cgroup: this.#number(at + SocketRecord.cgroup) };
  }

  #comm(at: number): string {
    return this.#names.read(this.#bytes, this.#view, at);
  }

  #number(at: number): number {
    return longAt(this.#view, at);
  }

  /** Capture time of a kernel time; never 0, which means "not seen". */
  #time(view: DataView, at: number): CaptureTime {
    const time = (view.getUint32(at + 4, true) - this.#baseHigh) * HIGH + (view.getUint32(at, true) - this.#baseLow);
    return (time > 0 ? time : 1) as CaptureTime;
  }
}

function policyOf(want: Want): number {
  if (want === Want.httpHeads) return CapturePolicy.http;
  if (want === Want.segments) return CapturePolicy.segments;
  if (want === Want.stream) return CapturePolicy.stream;
  if (want === Want.counters) return CapturePolicy.counters;
  return CapturePolicy.heads;
}

function cookieAt(records: Buffer, at: number): number {
  return records.readUInt32LE(at) + records.readUInt32LE(at + 4) * HIGH;
}

/** States before the end in which the other side's FIN had arrived. */
const finReceived: ReadonlySet<number> = new Set([
  TcpState.lastAck,
  TcpState.timeWait,
  TcpState.finWait2,
  TcpState.closing,
]);

/** Takes the kernel's own counters of a socket into its connection. */
function readCounters(seat: Seat, view: DataView, at: number): void {
  const { counters } = seat.live.conversation.connection;
  const sent = longAt(view, at + SocketRecord.bytesSent);
  let received = longAt(view, at + SocketRecord.bytesReceived);
  // The kernel counts the FIN as a byte received.
  if (received > 0 && finReceived.has(view.getUint8(at + SocketRecord.oldState))) received--;
  const retransmits = view.getUint32(at + SocketRecord.retransmits, true);
  const segmentsOut = view.getUint32(at + SocketRecord.segmentsOut, true);
  const segmentsIn = view.getUint32(at + SocketRecord.segmentsIn, true);
  if (seat.isServer) {
    counters.serverBytes = sent;
    counters.clientBytes = received;
    counters.serverSegments = segmentsOut;
    counters.clientSegments = segmentsIn;
    counters.serverRetransmits = retransmits;
  } else {
    counters.clientBytes = sent;
    counters.serverBytes = received;
    counters.clientSegments = segmentsOut;
    counters.serverSegments = segmentsIn;
    counters.clientRetransmits = retransmits;
  }
  const rtt = view.getUint32(at + SocketRecord.srttUs, true) * 1000;
  const minimum = view.getUint32(at + SocketRecord.minRttUs, true);
  if (rtt > 0) counters.rttSmoothed = rtt;
  // The kernel begins with all ones.
  if (minimum > 0 && minimum !== 0xffffffff) counters.rttMin = minimum * 1000;
  counters.outOfOrder = Math.max(counters.outOfOrder, view.getUint32(at + SocketRecord.outOfOrder, true));
  counters.sendQueue = view.getUint32(at + SocketRecord.sendQueue, true);
  counters.receiveQueue = view.getUint32(at + SocketRecord.receiveQueue, true);
}

/** An unsigned 64-bit number; exact up to 2^53. */
function longAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * HIGH;
}
