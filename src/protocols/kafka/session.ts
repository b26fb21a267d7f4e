import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Appetite } from '../appetite.ts';
import { ByteReader } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { Exchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { Interner } from '../interner.ts';
import { PendingTable } from '../pending.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { type Call, callOf, Key } from './calls.ts';
import { errorName, errorOutcome } from './errors.ts';
import { Facts } from './facts.ts';
import { isRequest, requestRule, responseRule, sizeBytes } from './wire.ts';

const reader = new ByteReader();
const facts = new Facts();
const clientIds = new Interner(512);
const numbers = Array.from({ length: 1024 }, (_, i) => String(i));
const textOfNumber = (n: number) => numbers[n] ?? String(n);

/** A request and how to read its response. */
class KafkaExchange extends Exchange {
  call: Call | undefined = undefined;
}

/** Bytes kept of a frame that spans chunks: topics, partitions and the first record's headers stand at the front. */
const kept = 4096;

/** One connection to a Kafka broker. Answers come in the order of the requests, and carry their correlation ids. */
export class KafkaSession implements Session {
  readonly #context: SessionContext;
  readonly #cutters: readonly [FrameCutter, FrameCutter];
  readonly #waiting = new PendingTable(() => new KafkaExchange());
  readonly #single = new KafkaExchange();
  readonly #token = new KafkaExchange();
  /** Name and version of the client's library, as it told the broker. */
  #software = '';
  /** What the fetch session reads: later fetches name only what changes. */
  #fetched = '';
  /** After SaslHandshake version 0 tokens go bare, without headers. */
  #bareTokens = false;
  #tokenWaits = false;
  readonly #appetite: Appetite;

  constructor(context: SessionContext) {
    this.#context = context;
    const options = { synced: context.fromTheBeginning, keep: kept };
    const response = responseRule((id) => this.#waiting.get(id) !== undefined);
    this.#cutters = [
      new FrameCutter(requestRule, (frame) => this.#request(frame), options),
      new FrameCutter(response, (frame) => this.#response(frame), options),
    ];
    this.#appetite = new Appetite(context, Want.segments);
  }

  get pending(): number {
    return this.#waiting.length + (this.#tokenWaits ? 1 : 0);
  }

  data(from: Side, chunk: Chunk): void {
    const cutter = this.#cutters[from];
    const { losses } = cutter;
    cutter.push(chunk);
    if (cutter.losses > losses) this.#lostTrack(from);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    const cutter = this.#cutters[from];
    const { losses } = cutter;
    cutter.gap(bytes, time);
    if (cutter.losses > losses) this.#lostTrack(from);
  }

  close(_time: CaptureTime, how: ConnectionEnding): void {
    const outcome = outcomeOfEnding(how);
    for (const [, exchange] of this.#waiting.entries()) this.#emit(exchange.ended(outcome));
    this.#waiting.clear();
    if (this.#tokenWaits) this.#emit(this.#token.ended(outcome));
    this.#tokenWaits = false;
  }

  #emit(exchange: Exchange): void {
    exchange.emit(this.#context.sink, 'kafka');
  }

  #lostTrack(from: Side): void {
    this.#context.count('kafka_lost_track');
    if (from === Side.server) for (const [, exchange] of this.#waiting.entries()) exchange.partial();
    this.#appetite.lostTrack();
  }

  #request(frame: Frame): void {
    const { bytes, start, end } = frame;
    this.#appetite.saw(frame.length);
    if (!isRequest(bytes, start, end, frame.length)) {
      if (this.#bareTokens) {
        this.#token.ask('sasl_authenticate', '', frame, frame.length);
        this.#tokenWaits = true;
        return;
      }
      this.#context.count('kafka_bad_request');
      this.#cutters[Side.client].lost();
      return;
    }
    reader.reset(bytes, start + sizeBytes, end);
    const key = reader.u16be();
    const call = callOf(key, reader.u16be());
    const id = reader.i32be();
    if (call === undefined) return;
    // ControlledShutdown version 0 alone has no client id.
    const clientId = key === 7 && call.version === 0 ? '' : this.#clientId();
    if (call.flexibleRequest) skipTags();
    facts.read(call.request, reader);

    const isOneWay = key === Key.produce && call.isKnownVersion && facts.acks === 0 && !reader.short;
    const exchange = isOneWay ? this.#single : this.#add(id);
    exchange.ask(call.name, '', frame, frame.length);
    exchange.call = call;
    if (key === Key.apiVersions && facts.software !== '') this.#software = `${facts.software}/${facts.softwareVersion}`;
    exchange.userAgent = this.#software;
    exchange.target = this.#target(call);
    if (clientId !== '') exchange.attribute('messaging.client.id', clientId);
    this.#describe(exchange);
    exchange.requestMessages = facts.records.count;
    if (key === Key.produce) exchange.follow(facts.records.trace);
    if (waits(key)) exchange.flags |= RequestFlag.wait;
    if (isOneWay) {
      exchange.flags |= RequestFlag.oneWay;
      this.#emit(exchange);
    }
  }

  #clientId(): string {
    const length = reader.i16be();
    const at = reader.at;
    if (length > 0) reader.skip(length);
    return length > 0 && !reader.short ? clientIds.text(reader.bytes, at, at + length) : '';
  }

  /** A place for a request; whoever still has its id is not going to be answered. */
  #add(id: number): KafkaExchange {
    const former =
      this.#waiting.take(id) ?? (this.#waiting.full ? this.#waiting.take(this.#waiting.oldest()) : undefined);
    if (former !== undefined) this.#emit(former.partial());
    return this.#waiting.add(id) ?? this.#single;
  }

  /** What a request acts on: a topic, a group, a transaction, or what it names otherwise. */
  #target({ key, name }: Call): string {
    if (key === Key.fetch) {
      if (facts.topic !== '') this.#fetched = facts.topic;
      return facts.topicUnknown ? '' : this.#fetched;
    }
    if (name.includes('group') && facts.group !== '') return facts.group;
    return facts.topic || facts.group || facts.transaction || facts.name;
  }

  #describe(exchange: Exchange): void {
    if (facts.topicCount > 1) exchange.attribute('messaging.kafka.topic_count', textOfNumber(facts.topicCount));
    if (facts.partition >= 0 && facts.partitionCount === 1) {
      exchange.attribute('messaging.destination.partition.id', textOfNumber(facts.partition));
    }
    if (facts.group !== '') exchange.attribute('messaging.consumer.group.name', facts.group);
    if (facts.records.compression !== '') exchange.attribute('messaging.kafka.compression', facts.records.compression);
  }

  #response(frame: Frame): void {
    const { bytes, start, end } = frame;
    this.#appetite.saw(frame.length);
    const isShort = end - start < 8;
    if (this.#tokenWaits && (isShort || this.#waiting.length === 0)) {
      this.#tokenWaits = false;
      this.#emit(this.#token.answer(frame, frame.length).ended(Outcome.ok));
      return;
    }
    if (isShort) {
      // It answers one of those that wait, and nobody knows which.
      for (const [, exchange] of this.#waiting.entries()) exchange.partial();
      return;
    }
    reader.reset(bytes, start + sizeBytes, end);
    const id = reader.i32be();
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      this.#context.count('kafka_answer_to_unseen');
      return;
    }
    // Answers come in order: those of all earlier requests were lost.
    for (let oldest = this.#waiting.oldest(); oldest !== id; oldest = this.#waiting.oldest()) {
      const unanswered = this.#waiting.take(oldest);
      if (unanswered === undefined) break;
      this.#emit(unanswered.partial());
    }
    this.#waiting.take(id);
    waiting.answer(frame, frame.length);
    if (waiting.call !== undefined) this.#read(waiting, waiting.call, frame);
    this.#emit(waiting);
  }

  #read(exchange: Exchange, call: Call, frame: Frame): void {
    if (call.flexibleResponse) skipTags();
    facts.read(call.response, reader);
    if (facts.errorsRead > 0 || !reader.short) {
      const isSettled = facts.errorsRead > 0 || call.isKnownVersion;
      if (isSettled) exchange.ended(errorOutcome(facts.error), facts.error, errorName(facts.error));
    }
    if (reader.short && facts.errorsRead === 0 && frame.end - frame.start < frame.length) exchange.partial();
    exchange.responseMessages = facts.records.count;
    if (call.key === Key.fetch || call.key === Key.shareFetch) {
      if (facts.topic !== '' && (exchange.target === '' || facts.records.count > 0)) exchange.target = facts.topic;
      exchange.follow(facts.records.trace);
    }
    if (call.key === Key.saslHandshake && call.version === 0 && facts.error === 0) this.#bareTokens = true;
  }
}

function skipTags(): void {
  for (let count = reader.varint(); count > 0 && !reader.short; count--) {
    reader.varint();
    reader.skip(reader.varint());
  }
}

/** Requests that the broker holds back on purpose: until there is something to read, until all members of a group are there. */
function waits(key: number): boolean {
  switch (key) {
    case Key.fetch:
    case Key.shareFetch:
      return facts.maxWait > 0;
    case Key.joinGroup:
    case Key.syncGroup:
      return true;
    default:
      return false;
  }
}
