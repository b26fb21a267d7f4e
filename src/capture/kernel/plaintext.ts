import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Endpoint } from '../../model/connection.ts';
import { Side } from '../../model/request.ts';
import { CapturePolicy, CiphertextRecord, PlaintextRecord, RecordFlag, RecordHeader } from '../../probe/layout.ts';
import type { PolicyTable } from '../../probe/policy-table.ts';
import { type TlsProbes, tlsSessionKey } from '../../probe/tls/index.ts';
import { type Chunk, Want } from '../../protocols/protocol.ts';
import type { Conversation } from '../conversation.ts';
import type { Conversations } from '../conversations.ts';
import { LiveConversation } from './live-conversation.ts';
import { PlaintextStreams } from './plaintext-streams.ts';
import type { Seat } from './socket-table.ts';
import type { StreamTarget } from './stream-order.ts';

const HIGH = 0x100000000;
/** Plaintext whose socket is not known yet is kept for so long, and so much of it. */
const PATIENCE = 10_000_000_000;
const MOST_OBJECTS = 4096;
const MOST_PIECES = 64;
/** What waits longer belongs to a program that carries its ciphertext itself. */
const SUSPICIOUS = 100_000_000;
/** Bytes of ciphertext that are compared: the random of a hello, or what no two records have in common. */
const COMPARED = 48;
const MOST_CIPHERTEXTS = 8192;

/** How much of what a socket carries is captured. */
type Policies = Pick<PolicyTable, 'set'>;

/** Where plaintext comes from. */
export interface PlaintextSource {
  readonly probes: { readonly policies: Policies } & Pick<TlsProbes, 'setSocket'>;
  /** True where all probes were attached before that time. */
  attachedBefore(time: CaptureTime): boolean;
  /** A process whose sockets cannot be found otherwise: show the ciphertext that its libraries make. */
  showCiphertext(pid: number): void;
}

/** What the reader of plaintext needs of the capture that it is part of. */
export interface PlaintextHost extends PlaintextSource {
  readonly conversations: Conversations;
  /** How much of the ciphertext of a socket is captured. */
  readonly policies: Policies;
  /** Where the ring's records lie. */
  readonly bytes: Buffer;
  readonly view: DataView;
  seat(cookie: number): Seat | undefined;
  time(view: DataView, at: number): CaptureTime;
  /** Name of a process, '' where it is not known. */
  comm(pid: number): string;
}

/** An object of a TLS library whose socket is not known yet, and what was said through it meanwhile: copies of records. */
interface Unplaced {
  readonly pid: number;
  readonly session: bigint;
  readonly generation: bigint;
  readonly since: CaptureTime;
  readonly pieces: Buffer[];
  suspected: boolean;
}

/**
 * Brings the plaintext of TLS to the connections that carry it. The kernel says which socket is underneath wherever it saw
 * the library receive from it; elsewhere the ciphertext that the library made is looked for among what passes. What cannot
 * be placed is dropped and counted, never guessed.
 */
export class PlaintextReader {
  readonly #host: PlaintextHost;
  readonly #unplaced = new Map<string, Unplaced>();
  /** Objects that were placed here: the kernel learns of it a little later. Socket by object. */
  readonly #placed = new Map<string, number>();
  /** Beginnings of ciphertext → the object that made it. */
  readonly #ciphertexts = new Map<string, Unplaced & { readonly key: string }>();
  /** Processes that carry their ciphertext themselves. */
  readonly #carriers = new Map<number, CaptureTime>();
  readonly #chunk: Chunk;
  readonly #target: StreamTarget;
  #current: Conversation | undefined;
  #tcpSequence = -1;
  #now = NEVER;
  #unmapped = 0;

  constructor(host: PlaintextHost) {
    this.#host = host;
    this.#chunk = {
      bytes: host.bytes,
      start: 0,
      end: 0,
      skipped: 0,
      time: NEVER,
      lastTime: NEVER,
      readAt: NEVER,
      sequence: -1,
    };
    this.#target = {
      segment: (from, chunk) => {
        // Positions of plaintext are not those of TCP.
        chunk.sequence = chunk === this.#chunk ? this.#tcpSequence : -1;
        if (this.#current !== undefined) host.conversations.segment(this.#current, from, chunk);
      },
      lost: (from, bytes, time) => {
        if (this.#current !== undefined) host.conversations.lost(this.#current, from, bytes, time);
      },
    };
  }

  /** Pieces of plaintext that belong to no connection that is known. */
  get losses(): ReadonlyMap<string, number> {
    return new Map([['tls_unmapped', this.#unmapped]]);
  }

  /** A piece of plaintext. */
  plaintext(at: number): void {
    const { view, bytes } = this.#host;
    this.#now = this.#host.time(view, at + RecordHeader.time);
    const cookie = numberAt(view, at + PlaintextRecord.cookie);
    if (cookie === 0) {
      this.#keep(at);
      return;
    }
    const seat = this.#host.seat(cookie);
    if (this.#unplaced.size > 0) this.#place(keyAt(view, at), seat);
    this.#feed(bytes, view, at, seat);
  }

  /** The beginning of ciphertext that a library gave its program to send. */
  ciphertext(at: number): void {
    const { view, bytes } = this.#host;
    this.#now = this.#host.time(view, at + RecordHeader.time);
    const pid = view.getUint32(at + CiphertextRecord.pid, true);
    this.#carry(pid);
    if (view.getUint32(at + CiphertextRecord.length, true) < COMPARED) return;
    const key = keyOf(
      pid,
      view.getBigUint64(at + CiphertextRecord.session, true),
      view.getBigUint64(at + CiphertextRecord.generation, true),
    );
    if (this.#ciphertexts.size >= MOST_CIPHERTEXTS) this.#dropCiphertexts((one) => one.since < this.#now - SUSPICIOUS);
    const start = at + CiphertextRecord.bytes;
    this.#ciphertexts.set(bytes.toString('latin1', start, start + COMPARED), {
      key,
      pid,
      session: view.getBigUint64(at + CiphertextRecord.session, true),
      generation: view.getBigUint64(at + CiphertextRecord.generation, true),
      since: this.#now,
      pieces: [],
      suspected: true,
    });
  }

  /** Ciphertext that passed in a connection: is it what a library made? Cheap where none is looked for. */
  passed(conversation: Conversation, from: Side, chunk: Chunk): void {
    if (this.#ciphertexts.size === 0 || chunk.end - chunk.start < COMPARED) return;
    const { buffer, byteOffset, length } = chunk.bytes;
    const beginning = Buffer.from(buffer, byteOffset, length).toString('latin1', chunk.start, chunk.start + COMPARED);
    const found = this.#ciphertexts.get(beginning);
    if (found === undefined) return;
    const live = conversation.carrier;
    if (!(live instanceof LiveConversation)) return;
    const cookie = from === Side.client ? live.clientCookie : live.serverCookie;
    const seat = this.#host.seat(cookie);
    if (seat === undefined) return;
    const { key, pid, session, generation } = found;
    this.#dropCiphertexts((one) => one.key === key);
    this.#placed.set(key, cookie);
    for (const oldest of this.#placed.keys()) {
      if (this.#placed.size <= MOST_OBJECTS) break;
      this.#placed.delete(oldest);
    }
    this.#host.probes.setSocket(tlsSessionKey(session, pid), cookie, generation);
    if (seat.isServer && live.plaintext === undefined && isTls(conversation)) {
      const words = new DataView(new ArrayBuffer(8));
      words.setBigUint64(0, generation, true);
      this.#open(live, seat, words.getUint32(0, true), words.getUint32(4, true));
    }
    this.#place(key, seat);
  }

  /** About once a second: gives up what has waited too long. */
  tick(now: CaptureTime): void {
    for (const [key, one] of this.#unplaced) {
      if (one.since < now - PATIENCE) {
        this.#unplaced.delete(key);
        this.#unmapped += one.pieces.length;
      } else if (!one.suspected && one.since < now - SUSPICIOUS) this.#suspect(one);
    }
    if (this.#ciphertexts.size > 0) this.#dropCiphertexts((one) => one.since < now - PATIENCE);
  }

  /** A process has ended: what it carries itself is not looked for any more. */
  ended(pid: number): void {
    this.#carriers.delete(pid);
  }

  /** What the session inside of a connection's TLS wants to see. */
  wants(live: LiveConversation, policy: number): void {
    const { plaintext } = live;
    if (plaintext === undefined) return;
    const cookie = plaintext.isServer ? live.serverCookie : live.clientCookie;
    if (cookie !== 0) this.#host.probes.policies.set(cookie, policy);
  }

  /** How much of the ciphertext of a connection is needed, where its own session needs none any more. */
  policyOfCiphertext(live: LiveConversation): number {
    if (live.plaintext?.begun === true) return CapturePolicy.plaintext;
    const looksFor = this.#carriers.has(live.client.pid) || this.#carriers.has(live.server.pid);
    return looksFor ? CapturePolicy.heads : CapturePolicy.counters;
  }

  /** A process is seen to carry its ciphertext itself: the beginnings of what its connections carry are compared. */
  #carry(pid: number): void {
    const looked = this.#carriers.get(pid);
    if (looked !== undefined && looked > this.#now - 1_000_000_000) return;
    this.#carriers.set(pid, this.#now);
    for (const { carrier, wanted } of this.#host.conversations) {
      if (!(carrier instanceof LiveConversation) || carrier.plaintext?.begun === true) continue;
      if (carrier.client.pid !== pid && carrier.server.pid !== pid) continue;
      if (wanted === Want.counters || carrier.conversation.unknown)
        this.#setCiphertextPolicy(carrier, CapturePolicy.heads);
    }
  }

  #keep(at: number): void {
    const { view, bytes } = this.#host;
    const key = keyAt(view, at);
    const cookie = this.#placed.get(key);
    if (cookie !== undefined) {
      this.#feed(bytes, view, at, this.#host.seat(cookie));
      return;
    }
    let one = this.#unplaced.get(key);
    if (one === undefined) {
      if (this.#unplaced.size >= MOST_OBJECTS) {
        this.#unmapped++;
        return;
      }
      one = {
        pid: view.getUint32(at + PlaintextRecord.pid, true),
        session: view.getBigUint64(at + PlaintextRecord.session, true),
        generation: view.getBigUint64(at + PlaintextRecord.generation, true),
        since: this.#now,
        pieces: [],
        suspected: false,
      };
      this.#unplaced.set(key, one);
    }
    if (!one.suspected && one.since < this.#now - SUSPICIOUS) this.#suspect(one);
    if (one.pieces.length >= MOST_PIECES) {
      this.#unmapped++;
      return;
    }
    const end = at + PlaintextRecord.SIZE + view.getUint16(at + PlaintextRecord.captured, true);
    one.pieces.push(Buffer.from(bytes.subarray(at, end)));
  }

  /** Nothing was received from a socket on its behalf for so long: its program carries the ciphertext. */
  #suspect(one: Unplaced): void {
    one.suspected = true;
    this.#host.showCiphertext(one.pid);
  }

  /** An object's socket is known: what was said through it meanwhile is told. */
  #place(key: string, seat: Seat | undefined): void {
    const one = this.#unplaced.get(key);
    if (one === undefined) return;
    this.#unplaced.delete(key);
    for (const piece of one.pieces) this.#feed(piece, viewOf(piece), 0, seat);
  }

  #feed(bytes: Buffer, view: DataView, at: number, seat: Seat | undefined): void {
    const live = seat?.live;
    const length = view.getUint32(at + PlaintextRecord.length, true);
    // An end that has nothing to say yet: a client leaves it to the server, if that is seen too.
    if (length === 0 && (seat === undefined || !seat.isServer)) return;
    const streams = live === undefined || seat === undefined ? undefined : this.#streamsOf(live, seat, view, at);
    if (seat === undefined || live === undefined || streams === undefined) {
      this.#unmapped++;
      return;
    }
    if (length === 0) return;
    const egress = (view.getUint8(at + PlaintextRecord.flags) & RecordFlag.egress) !== 0;
    const time = this.#host.time(view, at + PlaintextRecord.time);
    if (seat.isServer && !egress) streams.readAt = time;
    if (streams.isServer !== seat.isServer) {
      this.#quiet(live, streams, seat);
      return;
    }
    if (
      !streams.continues(
        view.getUint32(at + PlaintextRecord.generation, true),
        view.getUint32(at + PlaintextRecord.generation + 4, true),
      )
    ) {
      this.#current = streams.conversation;
      this.#target.lost(Side.client, -1, time);
      this.#target.lost(Side.server, -1, time);
    }
    live.lastSeen = time;
    if (!streams.begun) this.#begin(live, streams);
    this.#own(seat.isServer ? live.server : live.client, view, at);
    const chunk = this.#chunk;
    chunk.bytes = bytes;
    chunk.start = at + PlaintextRecord.SIZE;
    chunk.end = chunk.start + view.getUint16(at + PlaintextRecord.captured, true);
    const arrived = view.getUint32(at + PlaintextRecord.arrived + 4, true) !== 0;
    chunk.time = chunk.lastTime = arrived ? this.#host.time(view, at + PlaintextRecord.arrived) : time;
    const fromServer = egress === seat.isServer;
    chunk.readAt = NEVER;
    if (fromServer) {
      chunk.readAt = streams.readAt;
      streams.readAt = NEVER;
    }
    const tcpSequence = view.getUint32(at + PlaintextRecord.tcpSeq, true);
    this.#tcpSequence = tcpSequence === 0 ? -1 : tcpSequence;
    this.#current = streams.conversation;
    const order = fromServer ? streams.toClient : streams.toServer;
    order.take(view.getUint32(at + PlaintextRecord.offset, true), length, -1, chunk, this.#target);
  }

  /** The streams of a connection; undefined where it cannot be what carries them. */
  #streamsOf(live: LiveConversation, seat: Seat, view: DataView, at: number): PlaintextStreams | undefined {
    if (live.plaintext !== undefined) return live.plaintext;
    if (!isTls(live.conversation)) return undefined;
    const { generation } = PlaintextRecord;
    return this.#open(live, seat, view.getUint32(at + generation, true), view.getUint32(at + generation + 4, true));
  }

  #open(live: LiveConversation, seat: Seat, low: number, high: number): PlaintextStreams {
    const { connection } = live.conversation;
    const beginningSeen = connection.beginningSeen && this.#host.attachedBefore(connection.start);
    const inside = this.#host.conversations.openInside(live.conversation, beginningSeen);
    live.plaintext = new PlaintextStreams(inside, seat.isServer, low, high);
    return live.plaintext;
  }

  /** The first plaintext: what else passes is ciphertext, of which nothing but times is needed once the handshake is over. */
  #begin(live: LiveConversation, streams: PlaintextStreams): void {
    streams.begun = true;
    const { conversation } = live;
    if (conversation.session === undefined) conversation.unknown = true;
    if (conversation.session === undefined || conversation.session.pending === 0)
      this.#setCiphertextPolicy(live, CapturePolicy.plaintext);
  }

  /** The other end shows it: this one need not any more. */
  #quiet(live: LiveConversation, streams: PlaintextStreams, seat: Seat): void {
    if (streams.otherIsQuiet) return;
    streams.otherIsQuiet = true;
    this.#host.probes.policies.set(seat.isServer ? live.serverCookie : live.clientCookie, CapturePolicy.counters);
  }

  #setCiphertextPolicy(live: LiveConversation, policy: number): void {
    for (const cookie of [live.clientCookie, live.serverCookie]) {
      if (cookie === 0) continue;
      this.#host.policies.set(cookie, policy);
      // Where nothing is shown, nothing is missed.
      const seat = this.#host.seat(cookie);
      if (seat !== undefined) seat.turn = -1;
    }
  }

  #own(end: Endpoint, view: DataView, at: number): void {
    end.tid = view.getUint32(at + PlaintextRecord.tid, true);
    if (end.pid !== 0) return;
    end.pid = view.getUint32(at + PlaintextRecord.pid, true);
    end.comm = this.#host.comm(end.pid);
  }

  #dropCiphertexts(which: (one: Unplaced & { readonly key: string }) => boolean): void {
    for (const [beginning, one] of this.#ciphertexts) if (which(one)) this.#ciphertexts.delete(beginning);
  }
}

/** A connection that was understood without it holds no TLS. */
function isTls({ session, connection }: Conversation): boolean {
  return session === undefined || connection.protocol === 'tls';
}

function keyAt(view: DataView, at: number): string {
  return keyOf(
    view.getUint32(at + PlaintextRecord.pid, true),
    view.getBigUint64(at + PlaintextRecord.session, true),
    view.getBigUint64(at + PlaintextRecord.generation, true),
  );
}

function keyOf(pid: number, session: bigint, generation: bigint): string {
  return `${pid} ${session} ${generation}`;
}

function viewOf(piece: Buffer): DataView {
  return new DataView(piece.buffer, piece.byteOffset, piece.length);
}

function numberAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * HIGH;
}
