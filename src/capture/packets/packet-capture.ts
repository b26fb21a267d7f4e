import type { Predicate } from '../../model/filter/index.ts';
import type { Protocol } from '../../protocols/protocol.ts';
import { type CapturedPacket, newCapturedPacket } from '../pcap/packet.ts';
import type { TupleEnd } from '../pcap/tuple-table.ts';
import type { CaptureWriter } from './capture-writer.ts';
import type { CapturedFlow, SocketOwners } from './captured-flow.ts';
import { linkOfDevice } from './device-link.ts';
import { PacketFlows } from './packet-flows.ts';
import type { PacketSocket, RingPacket } from './packet-socket.ts';
import type { InterfaceDescription } from './pcapng-blocks.ts';

/** What a packet capture is made of. */
export interface PacketCaptureOptions {
  readonly socket: Pick<PacketSocket, 'poll' | 'statistics' | 'interfaceName'>;
  readonly writer: CaptureWriter;
  readonly owners: SocketOwners;
  /** Which conversations are wanted; everything, also what is no conversation, where it is absent. */
  readonly filter?: Predicate;
  /** The filter in words, for the file. */
  readonly filterText: string;
  readonly snapLength: number;
  readonly protocols: readonly Protocol[];
  /** Ends after so many packets. */
  readonly most?: number;
}

/** How long, in ms, the first packets of a conversation wait for the names of its processes. */
const PATIENCE = 300;
/** A conversation whose processes are not known, or that was not wanted, is looked at again so often, in ms. */
const REJUDGE = 100;
/** Bytes that wait for names at most; beyond, the oldest are written as they are. */
const MOST_WAITING = 64 * 1024 * 1024;
/** Bytes that wait for the disk at most; beyond, packets stay in the ring, where the kernel counts what it has to drop. */
const MOST_BACKLOG = 64 * 1024 * 1024;
/** Blocks of the ring that are read in one go, so that timers get their turn. */
const BLOCKS = 16;

interface WaitingPacket {
  readonly flow: CapturedFlow | undefined;
  readonly from: TupleEnd | undefined;
  readonly description: InterfaceDescription;
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly seconds: number;
  readonly nanos: number;
  readonly flags: number;
}

/** Takes packets out of the ring, finds their conversations and processes, and writes those that are wanted. */
export class PacketCapture {
  /** Packets seen, written, and written without the name of a process though they belong to a conversation. */
  seen = 0;
  written = 0;
  unnamed = 0;
  /** Packets whose names were not waited for, since too much was waiting. */
  hurried = 0;
  /** True once the wanted number of packets was written. */
  complete = false;
  readonly #options: PacketCaptureOptions;
  readonly #flows: PacketFlows;
  readonly #devices = new Map<number, InterfaceDescription>();
  readonly #packet = newCapturedPacket();
  readonly #take: (packet: RingPacket) => void;
  #waiting: WaitingPacket[] = [];
  #head = 0;
  #waitingBytes = 0;
  #now = 0;

  constructor(options: PacketCaptureOptions) {
    this.#options = options;
    this.#flows = new PacketFlows(options.protocols, PATIENCE);
    this.#take = (packet) => this.#receive(packet);
  }

  /**
   * Reads what is in the ring and writes what need not wait any longer.
   * @param now milliseconds on a steady clock
   * @returns how many packets it read
   */
  poll(now: number): number {
    this.#now = now;
    const before = this.seen;
    const { socket, writer } = this.#options;
    for (let i = 0; i < BLOCKS && !this.complete && writer.backlog < MOST_BACKLOG; i++) {
      if (socket.poll(this.#take) < 0) break;
    }
    this.#release(false);
    writer.flush();
    return this.seen - before;
  }

  /** Writes all that waits, named or not. */
  finish(): void {
    this.#release(true);
    this.#options.writer.flush();
  }

  #receive(ring: RingPacket): void {
    if (this.complete) return;
    this.seen++;
    const { filter } = this.#options;
    const packet = this.#captured(ring);
    if (packet === undefined) return;
    const flow = this.#flows.find(packet, this.#now);
    if (flow === undefined) {
      if (filter !== undefined) return;
    } else if (flow.settled && filter !== undefined) {
      // what was not known at the time may have become known since
      if (!flow.wanted && this.#now - flow.judgedAt > REJUDGE) this.#judge(flow);
      if (!flow.wanted) return;
    }
    this.#hold(ring, packet, flow);
  }

  /** The packet as a file would have it, undefined where its device has a header that is not written and it is not IP. */
  #captured(ring: RingPacket): CapturedPacket | undefined {
    const { linkType, hasHeader } = linkOfDevice(ring.hardwareType);
    if (!hasHeader && ring.protocol !== 0x0800 && ring.protocol !== 0x86dd) return undefined;
    const packet = this.#packet;
    packet.bytes = ring.bytes;
    packet.start = hasHeader ? ring.start : Math.min(ring.network, ring.end);
    packet.end = ring.end;
    packet.length = ring.length - (packet.start - ring.start);
    packet.linkType = linkType;
    return packet;
  }

  #hold(ring: RingPacket, packet: CapturedPacket, flow: CapturedFlow | undefined): void {
    const bytes = copyOf(ring, packet);
    this.#waiting.push({
      flow,
      from: this.#flows.from,
      description: this.#describe(ring.interfaceIndex, packet.linkType),
      bytes,
      length: packet.length + (bytes.length - (packet.end - packet.start)),
      seconds: ring.seconds,
      nanos: ring.nanos,
      flags: packetFlags(ring.packetType),
    });
    this.#waitingBytes += bytes.length;
  }

  #describe(interfaceIndex: number, linkType: number): InterfaceDescription {
    const key = interfaceIndex * 1024 + linkType;
    let description = this.#devices.get(key);
    if (description === undefined) {
      const { socket, snapLength, filterText } = this.#options;
      description = { name: socket.interfaceName(interfaceIndex), linkType, snapLength, filter: filterText };
      this.#devices.set(key, description);
    }
    return description;
  }

  #release(all: boolean): void {
    while (this.#head < this.#waiting.length && !this.complete) {
      const packet = this.#waiting[this.#head];
      const isTooMuch = this.#waitingBytes > MOST_WAITING;
      if (packet.flow !== undefined && !this.#isSettled(packet.flow, all || isTooMuch)) break;
      if (isTooMuch && !all) this.hurried++;
      this.#head++;
      this.#waitingBytes -= packet.bytes.length;
      if (packet.flow === undefined || this.#options.filter === undefined || packet.flow.wanted) this.#write(packet);
    }
    if (this.#head === this.#waiting.length || this.#head > 10_000) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }

  /** True where a conversation's packets need not wait any longer. */
  #isSettled(flow: CapturedFlow, force: boolean): boolean {
    if (flow.settled) return true;
    const isKnown = this.#options.owners.resolve(flow.connection);
    if (!isKnown && !force && this.#now < flow.patience) return false;
    flow.settled = true;
    this.#judge(flow);
    return true;
  }

  #judge(flow: CapturedFlow): void {
    flow.judgedAt = this.#now;
    this.#options.owners.resolve(flow.connection);
    flow.wanted = this.#options.filter?.connection(flow.connection, 'opened') ?? true;
  }

  #write(packet: WaitingPacket): void {
    const { writer, socket, most } = this.#options;
    const { flow, from } = packet;
    if (flow !== undefined && !flow.isNamed && this.#now - flow.judgedAt > REJUDGE) this.#judge(flow);
    const comment = flow === undefined || from === undefined ? undefined : flow.comment(from);
    if (flow !== undefined && comment === undefined) this.unnamed++;
    const { description, bytes, length, seconds, nanos, flags } = packet;
    const outgoing = { description, bytes, length, seconds, nanos, flags, comment };
    writer.packet(outgoing, () => socket.statistics());
    this.written++;
    if (this.written === most) this.complete = true;
  }
}

/** The packet's bytes, with the VLAN tag that the kernel took out put back in. */
function copyOf(ring: RingPacket, packet: CapturedPacket): Uint8Array {
  const { bytes, start, end } = packet;
  if (ring.vlan < 0 || start !== ring.start || end - start < 12) return bytes.slice(start, end);
  const tagged = new Uint8Array(end - start + 4);
  tagged.set(bytes.subarray(start, start + 12));
  tagged[12] = ring.vlanType >> 8;
  tagged[13] = ring.vlanType & 0xff;
  tagged[14] = ring.vlan >> 8;
  tagged[15] = ring.vlan & 0xff;
  tagged.set(bytes.subarray(start + 12, end), 16);
  return tagged;
}

/** epb_flags: bits 0-1 direction (1 in, 2 out), bits 2-4 reception (1 unicast, 2 multicast, 3 broadcast, 4 promiscuous). */
function packetFlags(packetType: number): number {
  switch (packetType) {
    case 0:
      return 1 | (1 << 2);
    case 1:
      return 1 | (3 << 2);
    case 2:
      return 1 | (2 << 2);
    case 3:
      return 1 | (4 << 2);
    case 4:
      return 2;
    default:
      return 0;
  }
}
