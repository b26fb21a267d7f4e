import type { CaptureTime } from '../base/units.ts';
import { NEVER } from '../base/units.ts';
import type { Connection, ConnectionEnd, Counters, Endpoint } from '../model/connection.ts';
import { clearRequestFields, newRequestFields, RequestFlag, type Side } from '../model/request.ts';
import type { Chunk, Protocol, ProtocolOptions, RequestSink, Want } from '../protocols/protocol.ts';
import { Conversation, type ConversationHost } from './conversation.ts';
import { DnsFailures } from './dns-failure.ts';
import type { CaptureSink } from './sink.ts';

/** What {@link Conversations} needs. */
export interface ConversationsOptions {
  readonly sink: CaptureSink;
  readonly protocols: readonly Protocol[];
  readonly protocolOptions: ProtocolOptions;
  /** Called when a session wishes to see more or less of its connection. */
  readonly wants?: (conversation: Conversation, want: Want) => void;
  /** May keep a request from being reported (it is reported by the other end). */
  readonly suppress?: (conversation: Conversation) => boolean;
}

/** What is known of a connection when it is opened. */
export interface Opening {
  readonly transport: 'tcp' | 'udp';
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly time: CaptureTime;
  readonly beginningSeen: boolean;
}

/** Counters of which nothing is known yet. */
export function unknownCounters(): Counters {
  return {
    clientBytes: 0,
    serverBytes: 0,
    clientSegments: 0,
    serverSegments: 0,
    clientRetransmits: 0,
    serverRetransmits: 0,
    outOfOrder: -1,
    zeroWindow: -1,
    rttSmoothed: -1,
    rttMin: -1,
    sendQueue: -1,
    receiveQueue: -1,
  };
}

/** An end of a connection of which only the address is known. */
export function remoteEndpoint(ip: string, port: number): Endpoint {
  return { ip, port, pid: 0, tid: 0, comm: '', netns: 0, cgroup: 0, local: false };
}

/**
 * All conversations of one capture, whether from the kernel or from a file: gives each its protocol session and hands
 * finished requests to the sink together with their connection.
 */
export class Conversations {
  readonly #sink: CaptureSink;
  readonly #host: ConversationHost;
  /** Those that are open, in no order; each knows its place. */
  readonly #open: Conversation[] = [];
  readonly #counters = new Map<string, number>();
  readonly #suppress: ((conversation: Conversation) => boolean) | undefined;
  #current: Conversation | undefined;
  #nextId = 1;
  /** Requests handed to the sink, and those left to the record of the other end. */
  reported = 0;
  suppressed = 0;
  /** Pieces of exchanges that had begun before the capture did: not seen whole, and not lost either. */
  joinedMidway = 0;

  constructor(options: ConversationsOptions) {
    this.#sink = options.sink;
    this.#suppress = options.suppress;
    const fields = newRequestFields();
    const failures = new DnsFailures(options.sink);
    const requestSink: RequestSink = {
      fields,
      emit: () => {
        const conversation = this.#current;
        if (conversation === undefined) throw new Error('a session emitted a request outside of a call to it');
        if ((fields.flags & RequestFlag.partial) === 0) conversation.understood = true;
        if (this.#suppress?.(conversation)) this.suppressed++;
        else {
          const { connection } = conversation;
          if (connection.client.local && connection.server.local) fields.flags |= RequestFlag.bothSides;
          if (conversation.plaintext) fields.flags |= RequestFlag.tls;
          // Where a server answers before it has read everything, what it read last may belong to another request.
          if (fields.readAt < fields.start || (fields.responseStart !== NEVER && fields.readAt > fields.responseStart))
            fields.readAt = NEVER;
          fields.sequence = conversation.sequenceOf(fields.start);
          this.reported++;
          this.#sink.request(fields, connection);
          failures.of(fields, connection);
        }
        clearRequestFields(fields);
      },
    };
    this.#host = {
      protocols: options.protocols,
      options: options.protocolOptions,
      sink: requestSink,
      wants: options.wants ?? (() => undefined),
      identified: (conversation) => this.#sink.connection(conversation.connection, 'identified'),
      count: (name) => this.#counters.set(name, (this.#counters.get(name) ?? 0) + 1),
      joinedMidway: () => this.joinedMidway++,
    };
  }

  /** Things that sessions could not understand, by name. */
  get counters(): ReadonlyMap<string, number> {
    return this.#counters;
  }

  /** Conversations that are open. */
  get size(): number {
    return this.#open.length;
  }

  /** Begins a conversation and reports it to the sink. */
  open(opening: Opening): Conversation {
    const connection: Connection = {
      id: this.#nextId++,
      transport: opening.transport,
      client: opening.client,
      server: opening.server,
      beginningSeen: opening.beginningSeen,
      start: opening.time,
      established: NEVER,
      ended: NEVER,
      end: 'open',
      errno: 0,
      protocol: '',
      counters: unknownCounters(),
    };
    const conversation = new Conversation(this.#host, connection);
    conversation.place = this.#open.push(conversation) - 1;
    this.#sink.connection(connection, 'opened');
    return conversation;
  }

  /**
   * The conversation inside of another's TLS: from here on it says what the connection is about, and the other one goes on
   * with the handshake alone.
   * @param beginningSeen whether its first bytes are the first that were sent
   */
  openInside(outer: Conversation, beginningSeen: boolean): Conversation {
    const inside = new Conversation(this.#host, outer.connection, { beginningSeen });
    inside.carrier = outer.carrier;
    outer.inside = inside;
    return inside;
  }

  /** The next piece of one direction, in stream order. */
  segment(conversation: Conversation, from: Side, chunk: Chunk): void {
    this.#current = conversation;
    conversation.data(from, chunk);
  }

  /** `bytes` bytes of one direction are gone (-1: nobody knows how many). */
  lost(conversation: Conversation, from: Side, bytes: number, time: CaptureTime): void {
    this.#current = conversation;
    conversation.lost(from, bytes, time);
  }

  /** Ends a conversation: what is unanswered is reported, then the connection. */
  close(conversation: Conversation, time: CaptureTime, end: ConnectionEnd): void {
    if (!this.#remove(conversation)) return;
    this.#current = conversation;
    const how = end === 'reset' || end === 'aborted' ? 'reset' : end === 'timed_out' ? 'timed_out' : 'closed';
    conversation.close(time, end === 'open' ? 'unknown' : how);
    conversation.connection.ended = time;
    conversation.connection.end = end;
    this.#sink.connection(conversation.connection, 'closed');
  }

  /** The last takes the place of the one that goes. */
  #remove(conversation: Conversation): boolean {
    const { place } = conversation;
    const last = this.#open.at(-1);
    if (place < 0 || last === undefined) return false;
    this.#open[place] = last;
    last.place = place;
    this.#open.pop();
    conversation.place = -1;
    return true;
  }

  /** About once a second: sessions give up on what has waited too long. */
  tick(now: CaptureTime): void {
    for (const conversation of this.#open) {
      this.#tick(conversation, now);
      if (conversation.inside !== undefined) this.#tick(conversation.inside, now);
    }
  }

  #tick(conversation: Conversation, now: CaptureTime): void {
    const { session } = conversation;
    if (session?.tick === undefined || session.pending === 0) return;
    this.#current = conversation;
    session.tick(now);
  }

  /** Every open conversation. */
  [Symbol.iterator](): IterableIterator<Conversation> {
    return this.#open[Symbol.iterator]();
  }
}
