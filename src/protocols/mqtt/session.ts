import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Appetite } from '../appetite.ts';
import { ByteReader } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { Interner } from '../interner.ts';
import { PendingQueue, PendingTable } from '../pending.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { topicInterner } from '../topic.ts';
import { clearTraceContext, newTraceContext } from '../trace-context.ts';
import { newProperties, readProperties } from './properties.ts';
import { connectReason, reasonName, reasonOutcome } from './reasons.ts';
import { headerBytes, mqttFrames, Packet } from './wire.ts';

/** What a packet identifier stands for. */
const Kind = { publish: 1, publishTwice: 2, subscribe: 3, unsubscribe: 4 } as const;

const topics = topicInterner(2048, '/');
const clientIds = new Interner(256, { longest: 64 });
const reader = new ByteReader();
const trace = newTraceContext();
const properties = newProperties();
const qosNames = ['0', '1', '2'];
/** Topic aliases kept a direction; brokers allow 10 by default. */
const maxAliases = 256;
const maxInFlight = 4096;

interface Topic {
  readonly target: string;
  readonly raw: string;
}

/** What one side has begun and the other is to answer. */
class Initiated {
  readonly byId = new PendingTable(newExchange, maxInFlight);
  readonly aliases = new Map<number, Topic>();
}

/** One connection of MQTT 3.1, 3.1.1 or 5. */
export class MqttSession implements Session {
  readonly #context: SessionContext;
  readonly #appetite: Appetite;
  readonly #cutters: readonly [FrameCutter, FrameCutter];
  readonly #initiated: readonly [Initiated, Initiated] = [new Initiated(), new Initiated()];
  readonly #pings = new PendingQueue(newExchange, 64);
  readonly #single = newExchange();
  readonly #connect = newExchange();
  readonly #auth = newExchange();
  #connecting = false;
  #authenticating = false;
  /** 3, 4 (that is 3.1.1) or 5; 0 where CONNECT was not seen. */
  #version = 0;

  constructor(context: SessionContext) {
    this.#context = context;
    const options = { synced: context.fromTheBeginning };
    this.#cutters = [
      new FrameCutter(mqttFrames, (frame) => this.#packet(Side.client, frame), options),
      new FrameCutter(mqttFrames, (frame) => this.#packet(Side.server, frame), options),
    ];
    this.#appetite = new Appetite(context, Want.stream);
  }

  get pending(): number {
    const [client, server] = this.#initiated;
    const single = (this.#connecting ? 1 : 0) + (this.#authenticating ? 1 : 0);
    return client.byId.length + server.byId.length + this.#pings.length + single;
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
    if (this.#connecting) this.#emit(this.#connect.ended(outcome));
    if (this.#authenticating) this.#emit(this.#auth.ended(outcome));
    this.#connecting = this.#authenticating = false;
    for (const { byId } of this.#initiated) {
      for (const [, exchange] of byId.entries()) this.#emit(exchange.ended(outcome));
      byId.clear();
    }
    for (let ping = this.#pings.shift(); ping !== undefined; ping = this.#pings.shift()) {
      this.#emit(ping.ended(outcome));
    }
  }

  /** Packets of one side were not seen: what the other side waits for may have been among them. */
  #lostTrack(from: Side): void {
    this.#appetite.lostTrack();
    this.#cannotTell();
    this.#initiated[from].aliases.clear();
    if (this.#connecting) this.#connect.partial();
    if (this.#authenticating) this.#auth.partial();
    for (let ping = this.#pings.shift(); ping !== undefined; ping = this.#pings.shift()) this.#emit(ping.partial());
  }

  /** Something answered one of those that wait, or was half of an exchange of QoS 2, and nobody knows which. */
  #cannotTell(): void {
    this.#context.count('mqtt_lost_track');
    for (const { byId } of this.#initiated) for (const [, exchange] of byId.entries()) exchange.partial();
  }

  #emit(exchange: Exchange): void {
    exchange.emit(this.#context.sink, 'mqtt');
  }

  #packet(from: Side, frame: Frame): void {
    this.#appetite.saw(frame.length);
    const { bytes, start, end } = frame;
    reader.reset(bytes, start + headerBytes(bytes, start), end);
    const type = bytes[start] >> 4;
    switch (type) {
      case Packet.publish:
        this.#published(from, frame);
        return;
      case Packet.puback:
      case Packet.pubrec:
      case Packet.pubcomp:
        this.#acknowledged(type, from === Side.client ? Side.server : Side.client, frame);
        return;
      case Packet.pubrel:
        this.#initiated[from].byId.get(reader.u16be())?.askMore(frame, frame.length);
        return;
      case Packet.subscribe:
      case Packet.unsubscribe:
        if (from === Side.client) this.#subscribes(type, frame);
        return;
      case Packet.suback:
      case Packet.unsuback:
        if (from === Side.server) this.#subscribed(frame);
        return;
      case Packet.pingreq:
        if (from === Side.client) this.#pings.add()?.ask('ping', '', frame, frame.length);
        return;
      case Packet.pingresp: {
        const ping = from === Side.server ? this.#pings.shift() : undefined;
        if (ping !== undefined) this.#emit(ping.answer(frame, frame.length).ended(Outcome.ok));
        return;
      }
      case Packet.connect:
        if (from === Side.client) this.#connects(frame);
        return;
      case Packet.connack:
        if (from === Side.server) this.#connected(frame);
        return;
      case Packet.disconnect:
        this.#disconnects(from, frame);
        return;
      default:
        this.#authenticates(from, frame);
    }
  }

  #connects(frame: Frame): void {
    reader.skip(reader.u16be());
    this.#version = reader.u8() & 0x7f;
    reader.skip(3);
    if (this.#version === 5) readProperties(properties, reader, trace);
    const size = reader.u16be();
    const connect = this.#connect.ask('connect', '', frame, frame.length);
    const id = clientIds.text(reader.bytes, reader.at, Math.min(reader.at + size, reader.end));
    if (id !== '' && !reader.short) connect.attribute('messaging.client.id', id);
    connect.attribute('network.protocol.version', versionName(this.#version));
    this.#connecting = true;
  }

  #connected(frame: Frame): void {
    if (!this.#connecting) return;
    this.#connecting = false;
    reader.skip(1);
    const code = reader.u8();
    const reason = connectReason(code, this.#version);
    this.#connect.answer(frame, frame.length).ended(reasonOutcome(reason), code, reasonName(reason));
    if (reader.short) this.#connect.ended(Outcome.unset).partial();
    this.#emit(this.#connect);
  }

  #disconnects(from: Side, frame: Frame): void {
    const reason = reader.left > 0 ? reader.u8() : 0;
    const exchange = this.#single.ask('disconnect', '', frame, frame.length);
    if (from === Side.server) {
      // Nothing asked for it: the server says why it is about to close.
      exchange.requestBytes = 0;
      exchange.answer(frame, frame.length);
    }
    exchange.flags |= RequestFlag.oneWay;
    if (reason > 0) exchange.ended(reasonOutcome(reason), reason, reasonName(reason));
    this.#emit(exchange);
  }

  #authenticates(from: Side, frame: Frame): void {
    // Within CONNECT it is part of that exchange.
    if (this.#connecting) return;
    const reason = reader.left > 0 ? reader.u8() : 0;
    if (from === Side.client) {
      if (this.#authenticating) this.#auth.askMore(frame, frame.length);
      else this.#auth.ask('auth', '', frame, frame.length);
      this.#authenticating = true;
    } else if (this.#authenticating) {
      this.#auth.answer(frame, frame.length);
      // 24: the server asks for a further step.
      if (reason === 24) return;
      this.#authenticating = false;
      this.#emit(this.#auth.ended(reasonOutcome(reason), reason, reasonName(reason)));
    }
  }

  #published(from: Side, frame: Frame): void {
    const { bytes, start } = frame;
    const qos = (bytes[start] >> 1) & 3;
    const size = reader.u16be();
    const topicStart = reader.at;
    reader.skip(size);
    const topicSeen = !reader.short;
    const id = qos > 0 ? reader.u16be() : 0;
    const { byId, aliases } = this.#initiated[from];
    let exchange = this.#single;
    if (qos > 0 && !reader.short) {
      this.#replace(byId, id);
      exchange = byId.add(id) ?? this.#single;
    }
    exchange.ask(from === Side.client ? 'publish' : 'deliver', '', frame, frame.length);
    exchange.kind = qos === 2 ? Kind.publishTwice : Kind.publish;
    if ((bytes[start] & 8) !== 0) exchange.flags |= RequestFlag.retry;
    exchange.attribute('mqtt.qos', qosNames[qos]);
    clearTraceContext(trace);
    if (this.#version !== 3 && this.#version !== 4) readProperties(properties, reader, trace);
    else properties.topicAlias = 0;
    if (this.#version === 5) {
      if (!properties.whole) exchange.partial();
      exchange.contentType = properties.contentType;
      exchange.follow(trace);
    } else if (this.#version === 0) {
      // Whether there are properties is not known: what looks like some is taken for its trace context only.
      if (properties.whole) exchange.follow(trace);
      properties.topicAlias = 0;
    }
    this.#name(exchange, aliases, topicStart, topicSeen ? size : -1);
    if (exchange === this.#single) {
      if (qos === 0) exchange.flags |= RequestFlag.oneWay;
      else exchange.partial();
      this.#emit(exchange);
    }
  }

  /** Sets the topic: as it stands there, or by the alias that stands for it. */
  #name(exchange: Exchange, aliases: Map<number, Topic>, start: number, size: number): void {
    const { topicAlias } = properties;
    let raw = '';
    if (size > 0) {
      raw = topics.text(reader.bytes, start, start + size);
      exchange.target = topics.derived;
      if (topicAlias > 0 && (aliases.size < maxAliases || aliases.has(topicAlias))) {
        aliases.set(topicAlias, { target: exchange.target, raw });
      }
    } else {
      const topic = size === 0 ? aliases.get(topicAlias) : undefined;
      if (topic === undefined) exchange.partial();
      else {
        exchange.target = topic.target;
        raw = topic.raw;
      }
    }
    if (this.#context.options.keepRaw && raw !== exchange.target) exchange.resource = raw;
  }

  /** An identifier is used anew: its former exchange is not going to be answered. */
  #replace(byId: PendingTable<Exchange>, id: number): void {
    const former = byId.take(id) ?? (byId.full ? byId.take(byId.oldest()) : undefined);
    if (former !== undefined) this.#emit(former.partial());
  }

  #acknowledged(type: number, initiator: Side, frame: Frame): void {
    const { byId } = this.#initiated[initiator];
    const id = reader.u16be();
    if (reader.short) this.#cannotTell();
    const exchange = reader.short ? undefined : byId.get(id);
    if (exchange === undefined || exchange.kind > Kind.publishTwice) return;
    const reason = reader.left > 0 ? reader.u8() : 0;
    exchange.answer(frame, frame.length);
    if (frame.end - frame.start < frame.length) exchange.partial();
    // The first half of QoS 2 is done; with an error that is all.
    if (type === Packet.pubrec && reason < 128) return;
    byId.take(id);
    this.#emit(exchange.ended(reasonOutcome(reason), reason === 0 ? -1 : reason, reasonName(reason)));
  }

  #subscribes(type: number, frame: Frame): void {
    const { byId } = this.#initiated[Side.client];
    const id = reader.u16be();
    if (this.#version === 5) readProperties(properties, reader, trace);
    const size = reader.u16be();
    const start = reader.at;
    reader.skip(size);
    this.#replace(byId, id);
    const exchange = byId.add(id) ?? this.#single;
    exchange.ask(type === Packet.subscribe ? 'subscribe' : 'unsubscribe', '', frame, frame.length);
    exchange.kind = type === Packet.subscribe ? Kind.subscribe : Kind.unsubscribe;
    if (reader.short) exchange.partial();
    else {
      const raw = topics.text(reader.bytes, start, start + size);
      exchange.target = topics.derived;
      if (this.#context.options.keepRaw && raw !== exchange.target) exchange.resource = raw;
    }
    if (exchange === this.#single) this.#emit(exchange.partial());
  }

  #subscribed(frame: Frame): void {
    const { byId } = this.#initiated[Side.client];
    const id = reader.u16be();
    if (reader.short) this.#cannotTell();
    const exchange = reader.short ? undefined : byId.get(id);
    if (exchange === undefined || exchange.kind < Kind.subscribe) return;
    byId.take(id);
    if (this.#version === 5) readProperties(properties, reader, trace);
    // Of several filters the worst answer counts.
    let worst = 0;
    while (reader.left > 0) worst = Math.max(worst, reader.u8());
    if (reader.short || frame.end - frame.start < frame.length) exchange.partial();
    const failed = worst >= 128;
    this.#emit(
      exchange
        .answer(frame, frame.length)
        .ended(reasonOutcome(worst), failed ? worst : -1, failed ? reasonName(worst) : ''),
    );
  }
}

function versionName(version: number): string {
  return version === 5 ? '5.0' : version === 4 ? '3.1.1' : '3.1';
}
