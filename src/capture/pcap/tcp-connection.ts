import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Connection, ConnectionEnd } from '../../model/connection.ts';
import { Side } from '../../model/request.ts';
import type { Chunk } from '../../protocols/protocol.ts';
import type { Conversation } from '../conversation.ts';
import type { Conversations } from '../conversations.ts';
import type { CaptureSink } from '../sink.ts';
import type { EventWriter } from './event-writer.ts';
import { setRoundTrip } from './round-trip.ts';
import type { Skips } from './skips.ts';
import { TcpDirection } from './tcp-direction.ts';
import { Arrival, type ReassemblyBudget } from './tcp-reassembly.ts';
import { TcpFlag, type TcpSegment } from './tcp-segment.ts';
import { sequenceAdd, sequenceDistance } from './tcp-sequence.ts';
import type { TupleEnd } from './tuple-table.ts';
import { WaitingSegments } from './waiting-segments.ts';

/** What all TCP connections of a file share. */
export interface TcpHost {
  readonly conversations: Conversations;
  readonly sink: CaptureSink;
  readonly events: EventWriter;
  readonly skips: Skips;
  /** Connections with something that waits for a short time, to be looked at by {@link TcpConnection.settle}. */
  readonly waiting: Set<TcpConnection>;
  readonly budget: ReassemblyBudget;
}

/**
 * How long, in ns of capture time, an acknowledgement of bytes that have not been seen is taken for a capture that is
 * slightly out of order; after that the bytes are lost.
 */
export const GRACE = 20e6;
/** Segments that wait for the other direction at most. */
const MAX_WAITING = 256;
/** An acknowledgement further ahead than the largest window (RFC 7323) is nonsense. */
const LARGEST_WINDOW = 2 ** 30;
/** Below this a segment that fills a gap is taken for reordered rather than sent again, where no RTT is known. */
const REORDERING = 3e6;
/** Unanswered for so long, a SYN has failed: one that is answered late has been repeated by then. */
const SYN_PATIENCE = 3e9;

/** Silence in ns after which the same two sockets are taken for another connection. */
const LONGEST_SILENCE = 30 * 86_400e9;
/** Times further apart are not exact any more; nothing lives so long but in damaged files. */
const LONGEST_LIFE = 100 * 86_400e9;

/** One TCP connection of a capture file: both directions, its state, and its conversation. */
export class TcpConnection {
  readonly conversation: Conversation;
  /** Which end of the table's entry is the client. */
  readonly clientEnd: TupleEnd;
  closed = false;
  closedAt: CaptureTime = NEVER;
  lastSeen: CaptureTime;
  /** Since when it is in {@link TcpHost.waiting}. */
  waitingSince: CaptureTime = NEVER;
  readonly client: TcpDirection;
  readonly server: TcpDirection;
  readonly #host: TcpHost;
  #answered = false;
  /** Time of the latest piece handed to the session: pieces never go back in time. */
  #latest: CaptureTime = NEVER;
  #queue: WaitingSegments | undefined;

  constructor(host: TcpHost, conversation: Conversation, clientEnd: TupleEnd, time: CaptureTime) {
    this.#host = host;
    this.conversation = conversation;
    this.clientEnd = clientEnd;
    this.lastSeen = time;
    this.client = new TcpDirection(this, Side.client, host.budget);
    this.server = new TcpDirection(this, Side.server, host.budget);
    const { counters } = conversation.connection;
    counters.outOfOrder = counters.zeroWindow = 0;
  }

  get connection(): Connection {
    return this.conversation.connection;
  }

  /** True where only SYNs of the client were seen so far. */
  get isOpening(): boolean {
    return !this.#answered;
  }

  /** True where a SYN begins another connection between the same two sockets. */
  isSucceededBy(side: Side, segment: TcpSegment): boolean {
    if ((segment.flags & TcpFlag.syn) === 0) return false;
    const { synSequence } = this.#direction(side);
    const isAnswer = (segment.flags & TcpFlag.ack) !== 0;
    // the answer to the SYN that was seen
    if (isAnswer && synSequence < 0 && side === Side.server && this.client.synSequence >= 0) return this.closed;
    return synSequence !== segment.sequence;
  }

  /** True where so much time has passed that what comes now belongs to another connection. */
  isOutlived(now: CaptureTime): boolean {
    return now - this.lastSeen > LONGEST_SILENCE || now - this.connection.start > LONGEST_LIFE;
  }

  /** Takes a segment of an open connection. `chunk` has its payload; both are overwritten after the call. */
  segment(side: Side, segment: TcpSegment, chunk: Chunk): void {
    const { time } = chunk;
    if (time > this.lastSeen) this.lastSeen = time;
    const queue = this.#queue;
    if (queue?.has(side) === true || this.#isAhead(side, segment)) {
      this.#queue ??= new WaitingSegments();
      this.#queue.push(side, segment, chunk);
      this.#wait(time);
    } else this.#process(side, segment, chunk);
    if (this.#queue !== undefined) this.#drain(time);
  }

  /** Gives up on what has waited too long. Returns true where nothing waits any more. */
  settle(now: CaptureTime): boolean {
    if (this.closed) return true;
    if (this.#queue !== undefined) this.#drain(now);
    for (const direction of [this.client, this.server]) {
      if (direction.ackedSince === NEVER) continue;
      if (sequenceDistance(direction.ackedTo, direction.stream.next) <= 0) direction.ackedSince = NEVER;
      else if (now - direction.ackedSince > GRACE) {
        const time = Math.min(now, direction.ackedSince + GRACE) as CaptureTime;
        direction.ackedSince = NEVER;
        direction.stream.giveUpTo(direction.ackedTo, time);
        this.#closeIfEnded(time);
        if (this.closed) return true;
      }
    }
    return this.#queue === undefined && this.client.ackedSince === NEVER && this.server.ackedSince === NEVER;
  }

  /** Ends it: what is held is handed out, then the conversation is closed. */
  close(time: CaptureTime, end: ConnectionEnd, errno = 0): void {
    if (this.closed) return;
    this.#drain(Number.POSITIVE_INFINITY);
    if (this.closed) return;
    this.client.stream.finish(time);
    this.server.stream.finish(time);
    this.closed = true;
    this.closedAt = time;
    this.#host.waiting.delete(this);
    const { counters } = this.connection;
    counters.clientBytes = this.client.stream.passed;
    counters.serverBytes = this.server.stream.passed;
    this.connection.errno = errno;
    this.#host.conversations.close(this.conversation, time > this.#latest ? time : this.#latest, end);
  }

  /** The attempt to connect failed. */
  fail(time: CaptureTime, end: ConnectionEnd, errno: number, reason: string): void {
    if (this.closed) return;
    const { events } = this.#host;
    events.report('connect_failed', time, this.connection, Side.client, { reason, tcpState: 'SYN_SENT' });
    this.close(time, end, errno);
  }

  /** The file has ended, or the connection is no longer of interest: closes it as what it then is. */
  abandon(now: CaptureTime): void {
    if (this.isOpening && now - this.connection.start >= SYN_PATIENCE) {
      this.fail(this.lastSeen, 'timed_out', 110, 'ETIMEDOUT');
    } else this.close(this.lastSeen, 'open');
  }

  /** A piece of one direction in order, from its reassembly. */
  deliver(side: Side, chunk: Chunk): void {
    if (chunk.time < this.#latest) chunk.time = this.#latest;
    if (chunk.lastTime < chunk.time) chunk.lastTime = chunk.time;
    this.#latest = chunk.lastTime;
    this.#host.conversations.segment(this.conversation, side, chunk);
  }

  /** Bytes of one direction that are not in the file. */
  lose(side: Side, bytes: number, time: CaptureTime): void {
    const { skips, conversations } = this.#host;
    skips.count('stream_gap');
    const plausible = bytes >= 0 && bytes <= LARGEST_WINDOW;
    if (plausible) skips.count('stream_bytes_lost', bytes);
    conversations.lost(this.conversation, side, plausible ? bytes : -1, time > this.#latest ? time : this.#latest);
  }

  #direction(side: Side): TcpDirection {
    return side === Side.client ? this.client : this.server;
  }

  /** True where a segment with data answers bytes of the other side that have not been seen. */
  #isAhead(side: Side, segment: TcpSegment): boolean {
    if (segment.length === 0 || (segment.flags & TcpFlag.ack) === 0) return false;
    return this.#unseen(this.#direction(side === Side.client ? Side.server : Side.client), segment) > 0;
  }

  /** How many bytes of a direction a segment of the other one acknowledges beyond what was seen. */
  #unseen(other: TcpDirection, segment: TcpSegment): number {
    const { stream } = other;
    if (!stream.started) return 0;
    let unseen = sequenceDistance(segment.acknowledgement, stream.next);
    if (stream.finSeen && sequenceDistance(segment.acknowledgement, stream.fin) > 0) {
      unseen = sequenceDistance(stream.fin, stream.next);
    }
    return unseen > LARGEST_WINDOW ? 0 : unseen;
  }

  #process(side: Side, segment: TcpSegment, chunk: Chunk): void {
    const { flags } = segment;
    const { time } = chunk;
    if ((flags & TcpFlag.rst) !== 0) {
      this.#reset(side, time);
      return;
    }
    const from = this.#direction(side);
    const other = this.#direction(side === Side.client ? Side.server : Side.client);
    let sequence = segment.sequence;
    if ((flags & TcpFlag.syn) !== 0) {
      this.#syn(side, from, segment, time);
      sequence = sequenceAdd(sequence, 1);
    } else if (!this.#answered) this.#answer(time);
    else if (this.connection.established === NEVER && side === Side.client) this.#establish(time);
    if ((flags & TcpFlag.ack) !== 0) this.#acknowledge(other, segment, time);
    this.#window(from, segment, time);
    if (segment.length > 0 && !isProbe(from, segment)) this.#payload(from, sequence, segment.length, chunk);
    if (this.closed) return;
    if ((flags & TcpFlag.fin) !== 0) {
      const end = sequenceAdd(sequence, segment.length);
      if (!from.stream.started) from.stream.start(end);
      if (from.stream.finSeen && segment.length === 0) this.#retransmitted(from, time, 0, 'FIN_WAIT1');
      from.stream.end(end);
    }
    this.#closeIfEnded(time);
  }

  #closeIfEnded(time: CaptureTime): void {
    if (this.client.stream.ended && this.server.stream.ended) this.close(time, 'closed');
  }

  #syn(side: Side, from: TcpDirection, segment: TcpSegment, time: CaptureTime): void {
    const { sequence } = segment;
    if (from.synSequence < 0) {
      from.synSequence = sequence;
      if (!from.stream.started) from.stream.start(sequenceAdd(sequence, 1));
      from.roundTrip.sent(sequenceAdd(sequence, 1), time);
      if (side === Side.server && !this.client.stream.started) this.client.stream.start(segment.acknowledgement);
    } else if (from.synSequence === sequence) {
      this.#retransmitted(from, time, 0, side === Side.client ? 'SYN_SENT' : 'SYN_RECV');
    }
    if (side === Side.server) this.#answered = true;
  }

  /** Something other than a SYN: the other side must have answered, seen or not. */
  #answer(time: CaptureTime): void {
    this.#answered = true;
    if (this.connection.beginningSeen) this.#establish(time);
  }

  #establish(time: CaptureTime): void {
    if (!this.connection.beginningSeen) return;
    this.connection.established = time;
    this.#host.sink.connection(this.connection, 'established');
  }

  #acknowledge(other: TcpDirection, segment: TcpSegment, time: CaptureTime): void {
    if (other.roundTrip.acknowledged(segment.acknowledgement, time)) {
      setRoundTrip(this.connection.counters, this.client.roundTrip, this.server.roundTrip);
    }
    if (this.#unseen(other, segment) <= 0) return;
    other.ackedTo = segment.acknowledgement;
    if (other.ackedSince === NEVER) other.ackedSince = time;
    this.#wait(time);
  }

  #wait(time: CaptureTime): void {
    if (this.#host.waiting.has(this)) return;
    this.waitingSince = time;
    this.#host.waiting.add(this);
  }

  #window(from: TcpDirection, segment: TcpSegment, time: CaptureTime): void {
    const isZero = segment.window === 0;
    if (isZero && !from.windowIsZero) {
      this.connection.counters.zeroWindow++;
      this.#host.events.report('zero_window', time, this.connection, from.side, { tcpState: 'ESTABLISHED' });
    }
    from.windowIsZero = isZero;
  }

  #payload(from: TcpDirection, sequence: number, length: number, chunk: Chunk): void {
    const { counters } = this.connection;
    const { stream } = from;
    const { time } = chunk;
    const { gapSince } = stream;
    const arrival = stream.segment(sequence, length, chunk, !this.conversation.unknown);
    if (from.side === Side.client) {
      counters.clientSegments++;
      counters.clientBytes = stream.passed;
    } else {
      counters.serverSegments++;
      counters.serverBytes = stream.passed;
    }
    switch (arrival) {
      case Arrival.inOrder:
        from.roundTrip.sent(sequenceAdd(sequence, length), time);
        break;
      case Arrival.repeated:
        this.#retransmitted(from, time, length, 'ESTABLISHED');
        break;
      case Arrival.late: {
        const { rttMin } = counters;
        if (time - gapSince > (rttMin > 0 ? rttMin : REORDERING)) {
          this.#retransmitted(from, time, length, 'ESTABLISHED');
        } else counters.outOfOrder++;
        break;
      }
      case Arrival.stale:
        this.#host.skips.count('segment_stale');
        break;
      default:
    }
    if (stream.overLimit) {
      this.#host.skips.count('stream_evicted');
      stream.finish(time);
    }
  }

  #retransmitted(from: TcpDirection, time: CaptureTime, bytes: number, tcpState: string): void {
    const { counters } = this.connection;
    if (from.side === Side.client) counters.clientRetransmits++;
    else counters.serverRetransmits++;
    from.roundTrip.repeated();
    this.#host.events.report('retransmit', time, this.connection, from.side, { bytes, tcpState });
  }

  #reset(side: Side, time: CaptureTime): void {
    if (side === Side.server && this.isOpening && this.connection.beginningSeen) {
      this.fail(time, 'refused', 111, 'ECONNREFUSED');
      return;
    }
    this.#host.events.report('reset_sent', time, this.connection, side);
    // as the client sees it: it received the reset, or it sent it
    this.close(time, side === Side.server ? 'reset' : 'aborted', side === Side.server ? 104 : 0);
  }

  /** Goes on with segments that need not wait any longer; with `now` = Infinity with all of them. */
  #drain(now: number): void {
    const queue = this.#queue;
    for (let first = queue?.first; first !== undefined && !this.closed; first = queue?.first) {
      const { side, segment, chunk, time } = first;
      if (this.#isAhead(side, segment)) {
        if (now - time <= GRACE && (queue?.length ?? 0) <= MAX_WAITING) return;
        const other = this.#direction(side === Side.client ? Side.server : Side.client);
        other.stream.giveUpTo(segment.acknowledgement, time);
      }
      queue?.shift();
      this.#process(side, segment, chunk);
    }
    this.#queue = undefined;
  }
}

/** A keep-alive or window probe: it repeats the last byte before what is next, and pushes nothing. */
function isProbe(from: TcpDirection, segment: TcpSegment): boolean {
  const { stream } = from;
  if (segment.length !== 1 || (segment.flags & TcpFlag.psh) !== 0 || !stream.started) return false;
  return sequenceAdd(segment.sequence, 1) === stream.next;
}
