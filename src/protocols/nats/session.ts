import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Appetite } from '../appetite.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { PendingQueue, PendingTable } from '../pending.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { startsWith, textOf } from '../text.ts';
import { clearTraceContext, newTraceContext } from '../trace-context.ts';
import { readErrorLine, readJetStreamAnswer, readServiceError, readStatus, statusText } from './answer.ts';
import { readHeaders } from './headers.ts';
import { checkOfLast, hashOf, isAcknowledgement, isPull, isReply, subjectTarget, subjectText } from './subject.ts';
import { natsFrames, newLine, readLine, Verb } from './wire.ts';

const Kind = { plain: 0, request: 1, fetch: 2, publish: 3 } as const;

/** After this long nobody waits for an answer any more, and a delivery is not going to be answered. */
const requestPatience = 60e9;
/** Pull requests may wait as long as their client wishes. */
const fetchPatience = 600e9;
/** Bytes of an answer in which an error would stand. */
const answerHead = 64;
const maxSubscriptions = 4096;

/** Subject of a subscription, by the hash of its id. */
interface Subscription {
  readonly hash: number;
  readonly check: number;
  readonly target: string;
}

const trace = newTraceContext();
const line = newLine();

/** One client connection of NATS: publishes, requests and their replies, deliveries and their acknowledgements. */
export class NatsSession implements Session {
  readonly #context: SessionContext;
  readonly #appetite: Appetite;
  readonly #client: FrameCutter;
  readonly #server: FrameCutter;
  readonly #pings = new PendingQueue(newExchange, 64);
  readonly #serverPings = new PendingQueue(newExchange, 64);
  /** What the client asked, by the subject on which it expects the reply. */
  readonly #requests = new PendingTable(newExchange);
  /** What the server delivered and the client is to answer, by the subject of the answer. */
  readonly #deliveries = new PendingTable(newExchange);
  /** Operations that a verbose server confirms one by one. */
  readonly #confirmations = new PendingQueue(newExchange, 1024);
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #single = newExchange();
  readonly #connect = newExchange();
  #connecting = false;
  #verbose = false;
  #joined: boolean;
  /** Until then messages of that side may refer to some of the other side that were not seen. */
  readonly #blindUntil: [number, number] = [0, 0];
  /** True for a connection between servers, which is not read. */
  #gaveUp = false;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#joined = !context.fromTheBeginning;
    const options = { synced: context.fromTheBeginning, keep: 4096 };
    this.#client = new FrameCutter(natsFrames, (frame) => this.#fromClient(frame), options);
    this.#server = new FrameCutter(natsFrames, (frame) => this.#fromServer(frame), options);
    this.#appetite = new Appetite(context, Want.stream);
  }

  get pending(): number {
    return (
      this.#requests.length +
      this.#deliveries.length +
      this.#pings.length +
      this.#serverPings.length +
      this.#confirmations.length +
      (this.#connecting ? 1 : 0)
    );
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#gaveUp) return;
    if (this.#joined) {
      this.#joined = false;
      this.#blindUntil[Side.client] = this.#blindUntil[Side.server] = chunk.time + requestPatience;
    }
    if (from === Side.client && !this.#connecting && chunk.end > chunk.start && chunk.bytes[chunk.start] === 0x16) {
      if (!this.#client.within) {
        this.#context.become('tls')?.data(from, chunk);
        return;
      }
    }
    const cutter = from === Side.client ? this.#client : this.#server;
    const { losses } = cutter;
    cutter.push(chunk);
    if (cutter.losses > losses) this.#lostTrack(from, chunk.lastTime);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    const cutter = from === Side.client ? this.#client : this.#server;
    const { losses } = cutter;
    cutter.gap(bytes, time);
    if (cutter.losses > losses) this.#lostTrack(from, time);
  }

  tick(now: CaptureTime): void {
    for (const [key, request] of this.#requests.entries()) {
      if (now - request.start < (request.kind === Kind.fetch ? fetchPatience : requestPatience)) continue;
      this.#requests.take(key);
      this.#emit(request.ended(Outcome.timeout));
    }
    for (const [key, delivery] of this.#deliveries.entries()) {
      if (now - delivery.start < requestPatience) break;
      this.#deliveries.take(key);
      this.#emitUnanswered(delivery);
    }
  }

  close(_time: CaptureTime, how: ConnectionEnding): void {
    const outcome = outcomeOfEnding(how);
    if (this.#connecting) this.#emit(this.#connect.ended(outcome));
    this.#connecting = false;
    for (const [, request] of this.#requests.entries()) this.#emit(request.ended(outcome));
    for (const [, delivery] of this.#deliveries.entries()) this.#emit(delivery.ended(outcome));
    this.#requests.clear();
    this.#deliveries.clear();
    for (const queue of [this.#pings, this.#serverPings, this.#confirmations]) {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        this.#emit(entry.ended(outcome));
      }
    }
  }

  /**
   * Messages of one side were not seen. What is answered in order cannot be told apart any more; what has a reply subject
   * of its own can, but its answer may be among what was lost.
   */
  #lostTrack(from: Side, time: CaptureTime): void {
    this.#context.count('nats_lost_track');
    this.#appetite.lostTrack();
    this.#blindUntil[from] = time + requestPatience;
    if (from === Side.server) {
      for (const [, request] of this.#requests.entries()) request.partial();
      if (this.#connecting) this.#connect.partial();
      this.#giveUp(this.#pings);
      this.#giveUp(this.#confirmations);
    } else {
      for (const [, delivery] of this.#deliveries.entries()) delivery.partial();
      this.#giveUp(this.#serverPings);
      // A verbose server goes on confirming what was not seen.
      this.#giveUp(this.#confirmations);
    }
  }

  #giveUp(queue: PendingQueue<Exchange>): void {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) this.#emit(entry.partial());
  }

  #emit(exchange: Exchange): void {
    exchange.emit(this.#context.sink, 'nats');
  }

  /** A delivery that this client did not answer on this connection, and perhaps need not. */
  #emitUnanswered(delivery: Exchange): void {
    delivery.flags |= RequestFlag.oneWay;
    this.#emit(delivery);
  }

  #fromClient(frame: Frame): void {
    this.#appetite.saw(frame.length);
    if (readLine(line, frame.bytes, frame.start, frame.end) < 0) return;
    switch (line.verb) {
      case Verb.pub:
      case Verb.hpub:
        this.#published(frame);
        return;
      case Verb.sub:
        this.#subscribed(frame);
        return;
      case Verb.unsub:
        this.#unsubscribed(frame);
        return;
      case Verb.ping:
        this.#pings.add()?.ask('ping', '', frame, frame.length);
        return;
      case Verb.pong:
        this.#ponged(this.#serverPings, frame);
        return;
      case Verb.connect:
        this.#connects(frame);
        return;
      case Verb.route:
        this.#betweenServers();
        return;
      default:
    }
  }

  #fromServer(frame: Frame): void {
    this.#appetite.saw(frame.length);
    if (readLine(line, frame.bytes, frame.start, frame.end) < 0) return;
    switch (line.verb) {
      case Verb.msg:
      case Verb.hmsg:
        this.#delivered(frame);
        return;
      case Verb.ping:
        this.#serverPings.add()?.ask('ping', '', frame, frame.length);
        return;
      case Verb.pong:
        if (this.#connecting) this.#connected(frame);
        this.#ponged(this.#pings, frame);
        return;
      case Verb.ok: {
        if (this.#connecting) {
          this.#connected(frame);
          return;
        }
        const confirmed = this.#confirmations.shift();
        if (confirmed !== undefined) this.#emit(confirmed.answer(frame, frame.length).ended(Outcome.ok));
        return;
      }
      case Verb.err:
        this.#failed(frame);
        return;
      case Verb.route:
        this.#betweenServers();
        return;
      default:
    }
  }

  #connects(frame: Frame): void {
    const text = textOf(frame.bytes, frame.start, frame.end);
    this.#verbose = /"verbose"\s*:\s*true/.test(text);
    const connect = this.#connect.ask('connect', '', frame, frame.length);
    const word = (name: string) => new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]{1,64})"`).exec(text)?.[1] ?? '';
    const language = word('lang');
    if (language !== '') connect.userAgent = `${language}/${word('version')}`;
    const name = word('name');
    if (name !== '') connect.attribute('messaging.client.id', name);
    this.#connecting = true;
  }

  /** The server confirms a CONNECT by +OK where that was asked for, otherwise by answering the PING behind it. */
  #connected(frame: Frame): void {
    this.#connecting = false;
    this.#emit(this.#connect.answer(frame, frame.length).ended(Outcome.ok));
  }

  #ponged(pings: PendingQueue<Exchange>, frame: Frame): void {
    const ping = pings.shift();
    if (ping !== undefined) this.#emit(ping.answer(frame, frame.length).ended(Outcome.ok));
  }

  #subscribed(frame: Frame): void {
    const { bytes } = frame;
    const { from, to, words } = line;
    const target = subjectTarget(bytes, from[0], to[0]);
    if (this.#subscriptions.size < maxSubscriptions) {
      const hash = hashOf(bytes, from[0], to[0]);
      const check = checkOfLast();
      this.#subscriptions.set(hashOf(bytes, from[words - 1], to[words - 1]), { hash, check, target });
    }
    const subscribe = this.#oneWayOrConfirmed().ask('subscribe', target, frame, frame.length);
    if (words === 3) {
      subscribe.attribute('messaging.consumer.group.name', subjectText(bytes, from[1], to[1]));
    }
    this.#finishOneWay(subscribe);
  }

  #unsubscribed(frame: Frame): void {
    const id = hashOf(frame.bytes, line.from[0], line.to[0]);
    const subscription = this.#subscriptions.get(id);
    // With a number of messages the subscription ends later.
    if (line.words === 1) this.#subscriptions.delete(id);
    const target = subscription?.target ?? '';
    this.#finishOneWay(this.#oneWayOrConfirmed().ask('unsubscribe', target, frame, frame.length));
  }

  #oneWayOrConfirmed(): Exchange {
    return (this.#verbose ? this.#confirmations.add() : undefined) ?? this.#single;
  }

  #finishOneWay(exchange: Exchange): void {
    if (exchange !== this.#single) return;
    exchange.flags |= RequestFlag.oneWay;
    this.#emit(exchange);
  }

  #published(frame: Frame): void {
    const { bytes } = frame;
    const { from, to, words } = line;
    const hasReply = words === (line.verb === Verb.pub ? 3 : 4);
    if (this.#deliveries.length > 0 && this.#answersDelivery(frame)) {
      if (this.#verbose) this.#confirmations.add()?.ask('publish', '', frame, frame.length);
      return;
    }
    const method = hasReply ? (isPull(bytes, from[0], to[0]) ? 'fetch' : 'request') : 'publish';
    let exchange = this.#single;
    if (hasReply) {
      const hash = hashOf(bytes, from[1], to[1]);
      const check = checkOfLast();
      if (this.#requests.full) {
        const oldest = this.#requests.take(this.#requests.oldest());
        if (oldest !== undefined) this.#emit(oldest.partial());
        this.#context.count('nats_too_many_requests');
      }
      const former = this.#requests.take(hash);
      if (former !== undefined) this.#emit(former.partial());
      exchange = this.#requests.add(hash) ?? this.#single;
      exchange.ask(method, subjectTarget(bytes, from[0], to[0]), frame, frame.length);
      exchange.key = check;
      exchange.kind = method === 'fetch' ? Kind.fetch : Kind.request;
      if (method === 'fetch') {
        exchange.flags |= RequestFlag.wait;
        // Its answers are told by the subscription of its inbox.
        if (frame.time < this.#blindUntil[Side.client]) exchange.partial();
      }
      if (this.#verbose) this.#confirmations.add()?.ask('', '', frame, 0);
    } else {
      exchange = this.#oneWayOrConfirmed();
      exchange.ask(method, subjectTarget(bytes, from[0], to[0]), frame, frame.length);
    }
    this.#describe(exchange, frame);
    if (hasReply) return;
    if (frame.time < this.#blindUntil[Side.server] && isReply(bytes, from[0], to[0])) exchange.partial();
    this.#finishOneWay(exchange);
  }

  /** Subject as it is, where wanted, and what the headers carry. Word 0 is the subject. */
  #describe(exchange: Exchange, frame: Frame): void {
    if (this.#context.options.keepRaw) {
      const raw = subjectText(frame.bytes, line.from[0], line.to[0]);
      if (raw !== exchange.target) exchange.resource = raw;
    }
    if (line.headerBytes === 0) return;
    clearTraceContext(trace);
    if (!readHeaders(trace, frame.bytes, line.after, frame.end, line.headerBytes)) {
      exchange.flags |= RequestFlag.partial;
    }
    exchange.follow(trace);
  }

  /** True where what was published answers something that was delivered. */
  #answersDelivery(frame: Frame): boolean {
    const { bytes, end } = frame;
    const hash = hashOf(bytes, line.from[0], line.to[0]);
    const check = checkOfLast();
    const delivery = this.#deliveries.get(hash);
    if (delivery === undefined || delivery.key !== check) return false;
    const body = line.after + line.headerBytes;
    const isAck = isAcknowledgement(bytes, line.from[0], line.to[0]);
    // An extension of the time for working on it is no answer yet.
    if (isAck && startsWith(bytes, body, end, '+WPI')) return true;
    this.#deliveries.take(hash);
    delivery.answer(frame, frame.length).ended(Outcome.ok);
    if (isAck && startsWith(bytes, body, end, '-NAK')) delivery.ended(Outcome.clientError, -1, 'NAK');
    else if (isAck && startsWith(bytes, body, end, '+TERM')) delivery.ended(Outcome.clientError, -1, 'TERM');
    this.#emit(delivery);
    return true;
  }

  #delivered(frame: Frame): void {
    const { bytes } = frame;
    const { from, to, words } = line;
    const status = line.headerBytes > 0 ? readStatus(bytes, line.after, frame.end) : 0;
    if (this.#requests.length > 0) {
      const hash = hashOf(bytes, from[0], to[0]);
      const check = checkOfLast();
      const request = this.#requests.get(hash);
      if (request !== undefined && request.key === check) {
        this.#answered(hash, request, frame, status);
        return;
      }
      const subscription = this.#subscriptions.get(hashOf(bytes, from[1], to[1]));
      const pull = subscription === undefined ? undefined : this.#requests.get(subscription.hash);
      if (subscription !== undefined && pull?.key === subscription.check) {
        this.#answered(subscription.hash, pull, frame, status);
        if (status > 0) return;
      }
    }
    // Heartbeats and flow control of consumers, and late news of a pull request: nothing is delivered.
    if (status > 0) return;
    const hasReply = words === (line.verb === Verb.msg ? 4 : 5);
    let delivery = this.#single;
    if (hasReply) {
      const hash = hashOf(bytes, from[2], to[2]);
      const check = checkOfLast();
      if (this.#deliveries.full) {
        const oldest = this.#deliveries.take(this.#deliveries.oldest());
        if (oldest !== undefined) this.#emitUnanswered(oldest);
      }
      const former = this.#deliveries.take(hash);
      if (former !== undefined) this.#emitUnanswered(former);
      delivery = this.#deliveries.add(hash) ?? this.#single;
      delivery.ask('deliver', subjectTarget(bytes, from[0], to[0]), frame, frame.length);
      delivery.key = check;
    } else {
      delivery.ask('deliver', subjectTarget(bytes, from[0], to[0]), frame, frame.length);
    }
    this.#describe(delivery, frame);
    if (frame.time < this.#blindUntil[Side.client] && isReply(bytes, from[0], to[0])) delivery.partial();
    if (!hasReply) this.#emitUnanswered(delivery);
  }

  #answered(hash: number, request: Exchange, frame: Frame, status: number): void {
    // Idle heartbeat or flow control: the pull request goes on waiting.
    if (status === 100) return;
    this.#requests.take(hash);
    request.answer(frame, frame.length).ended(Outcome.ok);
    if (frame.end - line.after < Math.min(line.payloadBytes, answerHead)) request.partial();
    if (status > 0) {
      const text = statusText(frame.bytes, line.after, frame.end);
      // A pull request that found nothing within its time ended as it should.
      const isEmpty = request.kind === Kind.fetch && (status === 404 || status === 408);
      request.ended(isEmpty ? Outcome.ok : status >= 500 ? Outcome.serverError : Outcome.clientError, status, text);
    } else if (request.kind === Kind.request) {
      readJetStreamAnswer(request, frame.bytes, line.after + line.headerBytes, frame.end);
      if (line.headerBytes > 0) readServiceError(request, frame.bytes, line.after, frame.end);
    }
    this.#emit(request);
  }

  #failed(frame: Frame): void {
    const error = readErrorLine(frame.bytes, frame.start, frame.end);
    if (this.#connecting) {
      this.#connecting = false;
      this.#emit(this.#connect.answer(frame, frame.length).ended(Outcome.clientError, -1, error.name));
      return;
    }
    const confirmed = this.#confirmations.shift();
    if (confirmed !== undefined) {
      this.#emit(confirmed.answer(frame, frame.length).ended(Outcome.clientError, -1, error.name));
      return;
    }
    // Whatever caused it was one-way and is reported already.
    const failure = this.#single.ask('error', error.subject, frame, 0).answer(frame, frame.length);
    failure.flags |= RequestFlag.oneWay;
    this.#emit(failure.ended(error.isServers ? Outcome.serverError : Outcome.clientError, -1, error.name));
  }

  #betweenServers(): void {
    this.#context.count('nats_between_servers');
    this.#context.want(Want.counters);
    this.#gaveUp = true;
  }
}
