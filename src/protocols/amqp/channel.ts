import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import type { ByteReader } from '../byte-reader.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import type { Frame } from '../frames.ts';
import { PendingQueue, PendingTable } from '../pending.ts';
import { clearTraceContext, newTraceContext } from '../trace-context.ts';
import { names, queueName, readArguments, routes, shortText } from './arguments.ts';
import { newContent, readContent } from './content.ts';
import { answerOf, Method, methodName } from './methods.ts';
import { replyName, replyOutcome } from './replies.ts';
import { frameOverhead } from './wire.ts';

/** What a channel needs of its connection. */
export interface ChannelHost {
  readonly keepRaw: boolean;
  emit(exchange: Exchange): void;
  /** The server tells something of its own accord. */
  announce(method: string, target: string, frame: Frame): Exchange;
}

/** A consumer of a channel: what it reads, and whether it acknowledges. */
interface Consumer {
  readonly queue: string;
  readonly acknowledges: boolean;
}

/** What a message whose header and body are still to come belongs to. */
const Carries = { nothing: 0, publish: 1, deliver: 2, got: 3, returned: 4 } as const;

/** A message of one direction that is under way: method seen, header or body not yet. */
interface Incoming {
  carries: number;
  exchange: Exchange | undefined;
  /** Bytes of the body that are still to come; -1 before the header. */
  bodyLeft: number;
}

const maxConsumers = 256;
const maxUnsettled = 4096;
/** So many messages without a confirmation or acknowledgement show that there are none. */
const enough = 64;
/** Bytes of a content header up to the length of the body, with the frame's own. */
const headBytes = 7 + 12;
const trace = newTraceContext();
const content = newContent();

/** One channel of a connection: requests with answers, and messages in both directions that are settled by tags. */
export class Channel {
  readonly #host: ChannelHost;
  /** Requests that the server answers in order. */
  readonly #asked = new PendingQueue(newExchange, 256);
  /** Publishes that wait for the server's confirmation, by delivery tag. */
  readonly #unconfirmed = new PendingTable(newExchange, maxUnsettled);
  /** Deliveries that wait for the client's acknowledgement, by delivery tag. */
  readonly #unacknowledged = new PendingTable(newExchange, maxUnsettled);
  readonly #consumers = new Map<string, Consumer>();
  /** By side that sends it. */
  readonly #incoming: readonly [Incoming, Incoming] = [
    { carries: Carries.nothing, exchange: undefined, bodyLeft: 0 },
    { carries: Carries.nothing, exchange: undefined, bodyLeft: 0 },
  ];
  /** Entries for what waits for nothing, by side that sends it. */
  readonly #single: readonly [Exchange, Exchange] = [newExchange(), newExchange()];
  /** The server confirms publishes. */
  #confirms = false;
  /** Delivery tag of the next publish; 0 where publishes may have gone by unseen, so that nobody knows. */
  #nextTag = 0;
  /** False where messages may have gone by unseen: whether publishes are confirmed, and deliveries acknowledged, is open. */
  #knowsAll = false;
  /** Publishes since then to which the server said nothing. */
  #unanswered = 0;
  /** The client has acknowledged something. */
  #acknowledges = false;
  #neverAcknowledges = false;

  constructor(host: ChannelHost) {
    this.#host = host;
  }

  /** Requests and messages that wait. */
  get pending(): number {
    return this.#asked.length + this.#unconfirmed.length + this.#unacknowledged.length;
  }

  /** Nothing that waits here is going to be answered. */
  end(outcome: Outcome): void {
    for (const side of [Side.client, Side.server] as const) this.#drop(side, outcome);
    for (const exchange of this.#waiting()) this.#host.emit(exchange.ended(outcome));
    this.#asked.clear();
    this.#unconfirmed.clear();
    this.#unacknowledged.clear();
  }

  /** Something that one side sent was not seen or could not be read. */
  cannotTell(from: Side): void {
    this.#drop(from, Outcome.unset);
    for (const exchange of this.#waiting()) exchange.partial();
    // What was answered unseen must not take the answer to the next one.
    if (from === Side.server) this.#take(() => false);
    this.#knowsAll = false;
    this.#unanswered = 0;
    // Publishes that were not seen have tags too.
    if (from === Side.client) this.#nextTag = 0;
  }

  /** Everything that waits, in no particular order. */
  *#waiting(): Generator<Exchange> {
    for (let i = 0; i < this.#asked.length; i++) {
      const exchange = this.#asked.at(i);
      if (exchange !== undefined) yield exchange;
    }
    for (const [, exchange] of this.#unconfirmed.entries()) yield exchange;
    for (const [, exchange] of this.#unacknowledged.entries()) yield exchange;
  }

  /** The message under way is not going to be complete. What waits for an answer elsewhere goes on waiting. */
  #drop(from: Side, outcome: Outcome): void {
    const incoming = this.#incoming[from];
    const { exchange, carries } = incoming;
    this.#begin(from, Carries.nothing, undefined);
    if (exchange === undefined) return;
    if (carries === Carries.got || exchange === this.#single[from]) this.#host.emit(exchange.ended(outcome).partial());
    else exchange.partial();
  }

  /** Something that the server tells, and that may have been caused by something unseen. */
  #announce(method: string, target: string, frame: Frame): Exchange {
    const announcement = this.#host.announce(method, target, frame);
    return this.#knowsAll ? announcement : announcement.partial();
  }

  /** A method of one side; the reader stands at its arguments. */
  method(from: Side, method: number, frame: Frame, reader: ByteReader): void {
    // A message that another method cuts off is not going to be complete.
    if (this.#incoming[from].carries !== Carries.nothing) this.cannotTell(from);
    if (from === Side.client) this.#clientMethod(method, frame, reader);
    else this.#serverMethod(method, frame, reader);
  }

  #clientMethod(method: number, frame: Frame, reader: ByteReader): void {
    switch (method) {
      case Method.publish:
        this.#publishes(frame, reader);
        return;
      case Method.ack:
      case Method.nack:
      case Method.reject:
        this.#settles(method, frame, reader);
        return;
      default:
        this.#asks(method, frame, reader);
    }
  }

  #serverMethod(method: number, frame: Frame, reader: ByteReader): void {
    switch (method) {
      case Method.deliver:
        this.#delivers(frame, reader);
        return;
      case Method.ack:
      case Method.nack:
        this.#confirmed(method, frame, reader);
        return;
      case Method.return:
        this.#returns(frame, reader);
        return;
      case Method.getOk: {
        const got = this.#take((kind) => kind === Method.get);
        if (got !== undefined) {
          got.answer(frame, frame.length).ended(Outcome.ok);
          got.responseMessages = 1;
        }
        this.#begin(Side.server, Carries.got, got);
        return;
      }
      case Method.channelClose:
        this.#closes(frame, reader);
        return;
      case Method.cancel: {
        const tag = shortText(reader, names);
        this.#host.emit(this.#announce('cancel', this.#consumers.get(tag)?.queue ?? '', frame));
        this.#consumers.delete(tag);
        return;
      }
      default:
        this.#answers(method, frame, reader);
    }
  }

  /** Requests with an answer of their own. */
  #asks(method: number, frame: Frame, reader: ByteReader): void {
    const answer = answerOf(method);
    if (answer === 0 && method !== Method.recoverAsync) return;
    if (method === Method.channelOpen) this.#knowsAll = true;
    // Tags count from there.
    else if (method === Method.confirmSelect && !this.#confirms) this.#nextTag = 1;
    const { target, consumerTag, noAck, noWait } = readArguments(reader, method);
    const isOneWay = noWait || answer === 0;
    const exchange = (isOneWay ? undefined : this.#asked.add()) ?? this.#single[Side.client];
    exchange.ask(methodName(method), target, frame, frame.length);
    exchange.kind = method;
    if (reader.short) exchange.partial();
    if (method === Method.consume) {
      exchange.key = noAck ? 0 : 1;
      if (consumerTag !== '') this.#addConsumer(consumerTag, { queue: target, acknowledges: !noAck });
    } else if (method === Method.cancel) {
      exchange.target = this.#consumers.get(consumerTag)?.queue ?? '';
    } else if (method === Method.confirmSelect && noWait) this.#confirms = true;
    if (exchange !== this.#single[Side.client]) return;
    exchange.flags |= isOneWay ? RequestFlag.oneWay : RequestFlag.partial;
    this.#host.emit(exchange);
  }

  #addConsumer(tag: string, consumer: Consumer): void {
    if (this.#consumers.size < maxConsumers || this.#consumers.has(tag)) this.#consumers.set(tag, consumer);
  }

  /** Takes the request that a method answers; those before it were answered unseen. */
  #take(isAnswered: (kind: number) => boolean): Exchange | undefined {
    for (let asked = this.#asked.shift(); asked !== undefined; asked = this.#asked.shift()) {
      if (isAnswered(asked.kind)) return asked;
      // Its answer went by unseen; nearly always it is yes.
      if (asked.kind === Method.confirmSelect) this.#confirms = true;
      this.#host.emit(asked.partial());
    }
    return undefined;
  }

  #answers(method: number, frame: Frame, reader: ByteReader): void {
    const isEmpty = method === Method.getEmpty;
    if (methodName(method) === '' || (answerOf(method) !== 0 && !isEmpty)) return;
    const asked = this.#take((kind) => (isEmpty ? kind === Method.get : answerOf(kind) === method));
    if (method === Method.confirmSelectOk && !this.#confirms) {
      this.#confirms = true;
      if (asked === undefined) this.#nextTag = 1;
    }
    if (asked === undefined) return;
    if (method === Method.consumeOk) {
      this.#addConsumer(shortText(reader, names), { queue: asked.target, acknowledges: asked.key === 1 });
    } else if (method === Method.queueDeclareOk && asked.target === '') asked.target = queueName(reader);
    this.#host.emit(asked.answer(frame, frame.length).ended(Outcome.ok));
  }

  /** A place for a message that waits to be settled under its tag. Where there are too many the oldest goes. */
  #unsettled(from: Side, tag: number): Exchange {
    const table = from === Side.client ? this.#unconfirmed : this.#unacknowledged;
    const former = table.take(tag) ?? (table.full ? table.take(table.oldest()) : undefined);
    if (former !== undefined) this.#host.emit(former.partial());
    return table.add(tag) ?? this.#single[from];
  }

  #publishes(frame: Frame, reader: ByteReader): void {
    reader.skip(2);
    let exchange = this.#single[Side.client];
    if (this.#confirms) {
      // Where tags are not known a negative number, which cannot be one, keeps the order.
      const tag = this.#nextTag > 0 ? this.#nextTag++ : -1 - this.#unconfirmed.length;
      exchange = this.#unsettled(Side.client, tag);
    }
    exchange.ask('publish', '', frame, frame.length);
    this.#route(exchange, reader);
    if (!this.#knowsAll && !this.#confirms && ++this.#unanswered > enough) this.#knowsAll = true;
    if (reader.short || (this.#confirms ? this.#nextTag === 0 : !this.#knowsAll)) exchange.partial();
    this.#begin(Side.client, Carries.publish, exchange);
  }

  #delivers(frame: Frame, reader: ByteReader): void {
    const consumer = this.#consumers.get(shortText(reader, names));
    const tag = reader.i64be();
    reader.skip(1);
    const acknowledges = consumer?.acknowledges ?? this.#probablyAcknowledges();
    const isSettled = reader.short || !acknowledges;
    const exchange = isSettled ? this.#single[Side.server] : this.#unsettled(Side.server, tag);
    exchange.ask('deliver', '', frame, frame.length);
    this.#route(exchange, reader);
    if (consumer !== undefined) exchange.target = consumer.queue;
    if (reader.short || (consumer === undefined && isSettled)) exchange.partial();
    this.#begin(Side.server, Carries.deliver, exchange);
  }

  /** Of a consumer whose beginning was not seen: where nothing is ever acknowledged, nothing is going to be. */
  #probablyAcknowledges(): boolean {
    if (this.#acknowledges || (!this.#neverAcknowledges && this.#unacknowledged.length <= enough)) return true;
    for (const [tag, exchange] of this.#unacknowledged.entries()) {
      this.#unacknowledged.take(tag);
      exchange.flags |= RequestFlag.oneWay;
      this.#host.emit(exchange.partial());
    }
    this.#neverAcknowledges = true;
    return false;
  }

  /** Reads exchange and routing key: where a message is going. */
  #route(exchange: Exchange, reader: ByteReader): void {
    const at = reader.at;
    const exchangeName = shortText(reader, names);
    const routingKey = shortText(reader, routes);
    const route = routes.derived;
    exchange.key = hashOf(reader.bytes, at, reader.at);
    exchange.target = exchangeName === '' ? route : exchangeName;
    if (route !== '') exchange.attribute('messaging.rabbitmq.destination.routing_key', route);
    if (!this.#host.keepRaw) return;
    const raw = exchangeName === '' ? routingKey : `${exchangeName}:${routingKey}`;
    if (raw !== exchange.target) exchange.resource = raw;
  }

  #begin(from: Side, carries: number, exchange: Exchange | undefined): void {
    const incoming = this.#incoming[from];
    incoming.carries = carries;
    incoming.exchange = exchange;
    incoming.bodyLeft = -1;
  }

  /** A content header of one side; the reader stands at its payload. */
  header(from: Side, frame: Frame, reader: ByteReader): void {
    const incoming = this.#incoming[from];
    if (incoming.carries === Carries.nothing) return;
    if (frame.end - frame.start < headBytes) {
      // How long the body is was not captured.
      this.cannotTell(from);
      return;
    }
    clearTraceContext(trace);
    readContent(content, reader, trace);
    incoming.bodyLeft = content.bodyBytes;
    const { exchange } = incoming;
    if (exchange !== undefined) {
      exchange.contentType = content.contentType;
      exchange.follow(trace);
      if (exchange.correlationId === '') exchange.correlationId = content.correlationId;
      if (reader.short) exchange.partial();
    }
    this.#grow(from, incoming, frame);
  }

  /** A piece of a message's body. */
  body(from: Side, frame: Frame): void {
    const incoming = this.#incoming[from];
    if (incoming.carries === Carries.nothing || incoming.bodyLeft < 0) return;
    incoming.bodyLeft -= frame.length - frameOverhead;
    this.#grow(from, incoming, frame);
  }

  /** A message goes on, and perhaps is complete. */
  #grow(from: Side, incoming: Incoming, frame: Frame): void {
    const { exchange, carries, bodyLeft } = incoming;
    const isAnswer = carries === Carries.got;
    if (isAnswer) exchange?.answer(frame, frame.length);
    else exchange?.askMore(frame, frame.length);
    if (bodyLeft > 0) return;
    this.#begin(from, Carries.nothing, undefined);
    if (exchange === undefined) return;
    if (isAnswer) this.#host.emit(exchange);
    else if (exchange === this.#single[from]) {
      exchange.flags |= RequestFlag.oneWay;
      this.#host.emit(exchange);
    }
  }

  /** The server could not route a message. Where it confirms publishes it does so next, which settles it. */
  #returns(frame: Frame, reader: ByteReader): void {
    const code = reader.u16be();
    const name = replyName(code, shortText(reader, names));
    const at = reader.at;
    const exchangeName = shortText(reader, names);
    shortText(reader, routes);
    const target = exchangeName === '' ? routes.derived : exchangeName;
    if (reader.short) this.cannotTell(Side.server);
    this.#begin(Side.server, Carries.returned, undefined);
    const way = hashOf(reader.bytes, at, reader.at);
    let returned: Exchange | undefined;
    for (const [, waiting] of this.#unconfirmed.entries()) {
      if (waiting.key !== way || waiting.outcome !== Outcome.unset) continue;
      if (returned === undefined) returned = waiting.ended(Outcome.clientError, code, name);
      // Where earlier confirmations may be lost it could be this one.
      else if (returned.flags & RequestFlag.partial) waiting.partial();
    }
    if (returned !== undefined) return;
    this.#host.emit(this.#announce('return', target, frame).ended(Outcome.clientError, code, name));
  }

  /** The server confirms publishes. */
  #confirmed(method: number, frame: Frame, reader: ByteReader): void {
    const tag = reader.i64be();
    const isMultiple = (reader.u8() & 1) === 1;
    if (reader.short) {
      this.cannotTell(Side.server);
      return;
    }
    this.#confirms = true;
    const isKnown = this.#nextTag > 0;
    // Where tags are not known, the only one that waits has this one, and of several the first is the best guess.
    if (!isKnown && this.#unconfirmed.length === 1) this.#nextTag = tag + 1;
    if (isKnown && !isMultiple) {
      this.#confirm(tag, method, frame);
      return;
    }
    for (const [key] of this.#unconfirmed.entries()) {
      if (isKnown && key > tag) continue;
      this.#confirm(key, method, frame);
      if (!isMultiple) return;
    }
  }

  #confirm(tag: number, method: number, frame: Frame): void {
    const exchange = this.#unconfirmed.take(tag);
    if (exchange === undefined) return;
    exchange.answer(frame, frame.length);
    if (method === Method.nack) exchange.ended(Outcome.serverError, -1, 'nack');
    else if (exchange.outcome === Outcome.unset) exchange.ended(Outcome.ok);
    this.#host.emit(exchange);
  }

  /** The client acknowledges, or refuses, what was delivered to it. */
  #settles(method: number, frame: Frame, reader: ByteReader): void {
    const tag = reader.i64be();
    const isMultiple = (reader.u8() & 1) === 1 && method !== Method.reject;
    if (reader.short) {
      this.cannotTell(Side.client);
      return;
    }
    this.#acknowledges = true;
    let isSettled = false;
    if (!isMultiple) isSettled = this.#settle(tag, method, frame);
    else {
      for (const [key] of this.#unacknowledged.entries()) {
        if (tag === 0 || key <= tag) isSettled = this.#settle(key, method, frame) || isSettled;
      }
    }
    if (isSettled) return;
    // What it settles was got rather than delivered, or came before the capture.
    const own = this.#single[Side.client].ask(methodName(method), '', frame, frame.length);
    if (!this.#knowsAll) own.partial();
    own.flags |= RequestFlag.oneWay;
    this.#host.emit(own);
  }

  #settle(tag: number, method: number, frame: Frame): boolean {
    const exchange = this.#unacknowledged.take(tag);
    if (exchange === undefined) return false;
    exchange.answer(frame, frame.length).ended(Outcome.ok);
    if (method !== Method.ack) exchange.ended(Outcome.clientError, -1, methodName(method));
    this.#host.emit(exchange);
    return true;
  }

  /** The server closes the channel, because of a request or of something one-way. */
  #closes(frame: Frame, reader: ByteReader): void {
    const code = reader.u16be();
    const name = replyName(code, shortText(reader, names));
    const failed = reader.u16be() * 65_536 + reader.u16be();
    if (reader.short) for (const exchange of this.#waiting()) exchange.partial();
    let culprit: Exchange | undefined;
    if (failed === Method.publish) culprit = this.#unconfirmed.take(this.#unconfirmed.oldest());
    else if (this.#asked.first()?.kind === failed) culprit = this.#asked.shift();
    culprit = culprit?.answer(frame, frame.length) ?? this.#announce('channel.close', '', frame);
    if (reader.short) culprit.partial();
    this.#host.emit(culprit.ended(replyOutcome(code), code, name));
    this.end(Outcome.aborted);
  }
}

/** A number by which a way (exchange and routing key) is known again. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash;
}
