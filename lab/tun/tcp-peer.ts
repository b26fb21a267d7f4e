import { setTimeout as sleep } from 'node:timers/promises';
import { decodeSegment, encodeSegment, Flag, type Segment, type TcpEndpoint } from './segment.ts';
import type { TunDevice } from './tun-device.ts';

/** The largest segment that the kernel may send: option 2, length 4. */
const maximumSegmentSize = 1400;
const mssOption = Uint8Array.of(2, 4, maximumSegmentSize >> 8, maximumSegmentSize & 255);
const nothing = new Uint8Array(0);

const LARGEST_WINDOW = 65_535;

/** Longest wait for anything, and for an acknowledgement before bytes are sent again. */
const PATIENCE_MILLISECONDS = 10_000;
const RETRANSMIT_MILLISECONDS = 100;

/** The network behind a TUN device: hands each segment to the peer that it is meant for. */
export class TcpNetwork {
  readonly #tun: TunDevice;
  readonly #peers = new Map<string, TcpPeer>();
  readonly #listeners = new Map<string, { room: number; accepted: (peer: TcpPeer) => void }>();

  constructor(tun: TunDevice) {
    this.#tun = tun;
    tun.onPacket = (packet) => this.#take(packet);
  }

  /** A peer that will open a connection to a server of the kernel. */
  peer(own: TcpEndpoint, other: TcpEndpoint): TcpPeer {
    const peer = new TcpPeer((segment) => this.#tun.write(encodeSegment(segment)), own, other);
    this.#peers.set(key(own, other), peer);
    return peer;
  }

  /** The next connection that a client of the kernel opens to this address, its SYN answered, with {@link TcpPeer.room}. */
  accept(own: TcpEndpoint, room = Number.POSITIVE_INFINITY): Promise<TcpPeer> {
    return new Promise((accepted) => this.#listeners.set(`${own.address} ${own.port}`, { room, accepted }));
  }

  #take(packet: Buffer): void {
    const segment = decodeSegment(packet);
    if (segment === undefined) return;
    const { source, destination, flags } = segment;
    const peer = this.#peers.get(key(destination, source));
    if (peer) {
      peer.take(segment);
      return;
    }
    const address = `${destination.address} ${destination.port}`;
    const listener = this.#listeners.get(address);
    if ((flags & Flag.syn) === 0 || listener === undefined) return;
    this.#listeners.delete(address);
    const made = this.peer(destination, source);
    made.room = listener.room;
    made.answer(segment);
    listener.accepted(made);
  }
}

const key = (own: TcpEndpoint, other: TcpEndpoint) => `${own.address} ${own.port} ${other.address} ${other.port}`;

/**
 * A TCP written by hand: it opens and closes like any other, and in between it sends exactly the segments that it is told
 * to. Positions are offsets in its own stream: 0 is the first byte after the SYN. Only {@link deliver} sends anything again.
 */
export class TcpPeer {
  readonly own: TcpEndpoint;
  readonly other: TcpEndpoint;
  /** What the other end has sent, in order. */
  received = Buffer.alloc(0);
  /** How many bytes of the own stream the other end has acknowledged. */
  acknowledged = 0;
  /** How many bytes of the other end's stream there is room for. Raising it takes {@link acknowledge} to be known. */
  room = Number.POSITIVE_INFINITY;
  /** False: what arrives is neither kept nor acknowledged, as if it had been lost. */
  attentive = true;
  /** True once the other end has sent FIN, or RST. */
  finished = false;
  wasReset = false;
  /** Segments that arrived when there was no room: the other end's window probes. */
  probes = 0;

  readonly #emit: (segment: Segment) => void;
  readonly #initial = 0xffff_ff00; // so that the sequence numbers wrap soon
  #expected = 0;
  #established = false;

  constructor(emit: (segment: Segment) => void, own: TcpEndpoint, other: TcpEndpoint) {
    this.#emit = emit;
    this.own = own;
    this.other = other;
  }

  /** Opens the connection. */
  async connect(): Promise<void> {
    this.#segment({ sequence: this.#initial, flags: Flag.syn, options: mssOption });
    await this.until('is established', () => this.#established || this.wasReset);
    if (this.wasReset) throw new Error(`${this.other.address}:${this.other.port} refused the connection`);
  }

  /** Answers a SYN of the other end. */
  answer(syn: Segment): void {
    this.#expected = (syn.sequence + 1) >>> 0;
    this.#segment({ sequence: this.#initial, flags: Flag.syn | Flag.ack, options: mssOption });
  }

  /** Sends bytes that begin at an offset of the own stream, in one segment. */
  send(offset: number, bytes: Uint8Array, flags: number = Flag.psh): void {
    this.#segment({ sequence: this.#at(offset), flags: Flag.ack | flags, payload: bytes });
  }

  /** Sends bytes as any TCP would: again, from the first that is not acknowledged, until all are. */
  async deliver(offset: number, bytes: Uint8Array): Promise<void> {
    const end = offset + bytes.length;
    for (const deadline = Date.now() + PATIENCE_MILLISECONDS; this.acknowledged < end; ) {
      if (Date.now() > deadline) await this.untilAcknowledged(end); // which says what is wrong
      const from = Math.max(this.acknowledged, offset);
      this.send(from, bytes.subarray(from - offset, from - offset + maximumSegmentSize));
      for (let waited = 0; this.acknowledged <= from && waited < RETRANSMIT_MILLISECONDS; waited++) await sleep(1);
    }
  }

  /** Says what has been received and how much room there is. */
  acknowledge(): void {
    this.#segment({ sequence: this.#at(this.acknowledged), flags: Flag.ack });
  }

  /** A keep-alive as RFC 9293, 3.8.4 has it: one byte that was acknowledged long ago. */
  probe(byte: number): void {
    this.#segment({ sequence: this.#at(this.acknowledged - 1), flags: Flag.ack, payload: Uint8Array.of(byte) });
  }

  /** Ends the own side after what has been acknowledged, and waits for the other's end. */
  async close(): Promise<void> {
    this.#segment({ sequence: this.#at(this.acknowledged), flags: Flag.fin | Flag.ack });
    await this.until('is finished', () => this.finished || this.wasReset);
  }

  /** Ends everything at once. */
  abort(): void {
    this.#segment({ sequence: this.#at(this.acknowledged), flags: Flag.rst | Flag.ack });
  }

  /** Waits until the other end has acknowledged that many bytes of the own stream. */
  untilAcknowledged(bytes: number): Promise<void> {
    return this.until(`has ${bytes} bytes acknowledged`, () => this.acknowledged >= bytes);
  }

  /** Waits for something. Rejects after 10 s. */
  async until(what: string, condition: () => boolean): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MILLISECONDS; !condition(); await sleep(1)) {
      if (Date.now() < deadline) continue;
      const state = `acknowledged ${this.acknowledged}, received ${this.received.length}: ...${this.received.subarray(-200).toString('latin1')}`;
      throw new Error(`the connection never ${what} (${state})`);
    }
  }

  /** Takes a segment of the other end. */
  take(segment: Segment): void {
    if (segment.flags & Flag.rst) {
      this.wasReset = true;
      return;
    }
    if (segment.flags & Flag.ack) {
      const bytes = (segment.acknowledgement - this.#initial - 1) >>> 0;
      if (bytes < 2 ** 31) this.acknowledged = Math.max(this.acknowledged, bytes);
    }
    if (segment.flags & Flag.syn) {
      this.#expected = (segment.sequence + 1) >>> 0;
      this.acknowledge();
    }
    this.#established = true;
    if (!this.attentive || segment.flags & Flag.syn) return;
    this.#keep(segment);
  }

  /** In order, or it counts as lost; whatever arrives is answered with what has been received. */
  #keep(segment: Segment): void {
    const { payload } = segment;
    const fin = (segment.flags & Flag.fin) !== 0;
    const behind = (this.#expected - segment.sequence) | 0;
    if (payload.length === 0 && !fin) {
      if (behind === 0) return;
      if (this.#window() === 0) this.probes++;
    } else if (this.#window() === 0) {
      this.probes++;
    } else if (behind >= 0 && behind <= payload.length) {
      this.received = Buffer.concat([this.received, payload.subarray(behind)]);
      this.#expected = (segment.sequence + payload.length + (fin ? 1 : 0)) >>> 0;
      this.finished ||= fin;
    }
    this.acknowledge();
  }

  /** What is announced. Its far edge never moves back, as RFC 9293 asks. */
  #window(): number {
    return Math.max(0, Math.min(LARGEST_WINDOW, this.room - this.received.length));
  }

  #at(offset: number): number {
    return (this.#initial + 1 + offset) >>> 0;
  }

  #segment(parts: { sequence: number; flags: number; options?: Uint8Array; payload?: Uint8Array }): void {
    this.#emit({
      source: this.own,
      destination: this.other,
      acknowledgement: this.#expected,
      window: this.#window(),
      options: parts.options ?? nothing,
      payload: parts.payload ?? nothing,
      sequence: parts.sequence,
      flags: parts.flags,
    });
  }
}
