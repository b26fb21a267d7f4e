import type { CaptureTime } from '../../base/units.ts';
import { Outcome, Side } from '../../model/request.ts';
import { Appetite } from '../appetite.ts';
import { ByteReader, u16be } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { Interner } from '../interner.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { conditionOutcome, saslCodes, saslOutcome } from './errors.ts';
import { Links, type LinksHost, readError } from './links.ts';
import { compound, openCompound, readDescriptor, readText, readUnsigned, skipValue } from './values.ts';
import { amqp1Frames, FrameType, Performative } from './wire.ts';

const names = new Interner(512);
const reader = new ByteReader();
const maxSessions = 256;

/** A session of the connection, and what of it waits for the other side. */
interface Begun {
  readonly links: Links;
  readonly begin: Exchange;
  readonly end: Exchange;
  beginning: boolean;
  ending: boolean;
  /** The side that began it, and the side that ended it. */
  begunBy: Side;
  endedBy: Side;
}

/** One connection of AMQP 1.0, with or without a SASL layer before it. */
export class Amqp1Session implements Session, LinksHost {
  readonly keepRaw: boolean;
  readonly #context: SessionContext;
  readonly #appetite: Appetite;
  readonly #cutters: readonly [FrameCutter, FrameCutter];
  /** Sessions by the channel on which each side sends. */
  readonly #sessions: readonly [Map<number, Begun>, Map<number, Begun>] = [new Map(), new Map()];
  /** From the first protocol header to the server's open. */
  readonly #connect = newExchange();
  readonly #closing = newExchange();
  #connecting = false;
  #isOpen = false;
  /** Who closes the connection; undefined while nobody does. */
  #closedBy: Side | undefined;
  #hostname = '';
  #seesAll: boolean;

  constructor(context: SessionContext) {
    this.#context = context;
    this.keepRaw = context.options.keepRaw;
    this.#seesAll = context.fromTheBeginning;
    const options = { synced: context.fromTheBeginning, keep: 4096 };
    this.#cutters = [
      new FrameCutter(amqp1Frames, (frame) => this.#frame(Side.client, frame), options),
      new FrameCutter(amqp1Frames, (frame) => this.#frame(Side.server, frame), options),
    ];
    this.#appetite = new Appetite(context, Want.stream);
  }

  get pending(): number {
    let count = (this.#connecting ? 1 : 0) + (this.#closedBy === undefined ? 0 : 1);
    for (const begun of this.#all()) count += (begun.beginning ? 1 : 0) + (begun.ending ? 1 : 0) + begun.links.pending;
    return count;
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
    if (this.#connecting) this.emit(this.#connect.ended(outcome));
    if (this.#closedBy !== undefined) this.emit(this.#closing.ended(outcome));
    this.#connecting = false;
    this.#closedBy = undefined;
    this.#endSessions(outcome);
  }

  get seesAll(): boolean {
    return this.#seesAll;
  }

  emit(exchange: Exchange): void {
    exchange.authority = this.#hostname;
    exchange.emit(this.#context.sink, 'amqp1');
  }

  /** Every session once, though most are known by two channels. */
  #all(): Set<Begun> {
    return new Set([...this.#sessions[0].values(), ...this.#sessions[1].values()]);
  }

  #endSessions(outcome: Outcome): void {
    for (const begun of this.#all()) {
      if (begun.beginning) this.emit(begun.begin.ended(outcome));
      if (begun.ending) this.emit(begun.end.ended(begun.end.outcome === Outcome.ok ? outcome : begun.end.outcome));
      begun.beginning = begun.ending = false;
      begun.links.end(outcome);
    }
    for (const sessions of this.#sessions) sessions.clear();
  }

  #lostTrack(from: Side): void {
    this.#context.count('amqp1_lost_track');
    this.#appetite.lostTrack();
    this.missed(from);
  }

  missed(from: Side): void {
    this.#seesAll = false;
    this.#connect.partial();
    this.#closing.partial();
    for (const begun of this.#all()) {
      begun.begin.partial();
      begun.end.partial();
      begun.links.cannotTell(from);
    }
  }

  #frame(from: Side, frame: Frame): void {
    const { bytes, start, end } = frame;
    this.#appetite.saw(frame.length);
    if (bytes[start] === 0x41) {
      this.#connects(from, frame);
      return;
    }
    // Without a body it only keeps the connection alive.
    const body = start + bytes[start + 4] * 4;
    if (body >= start + frame.length) return;
    reader.reset(bytes, body, Math.min(end, start + frame.length));
    const performative = readDescriptor(reader);
    if (reader.short) {
      this.#context.count('amqp1_cut_frame');
      this.missed(from);
      return;
    }
    if (bytes[start + 5] === FrameType.sasl) this.#sasl(from, performative, frame);
    else if (performative === Performative.open) this.#opens(from, frame);
    else if (performative === Performative.close) this.#closes(from, frame);
    else if (performative === Performative.begin) this.#begins(from, u16be(bytes, start + 6), frame);
    else this.#inSession(from, performative, u16be(bytes, start + 6), frame);
  }

  /** Protocol headers: the first begins the connection, further ones change layers. */
  #connects(from: Side, frame: Frame): void {
    if (this.#isOpen) return;
    if (from === Side.server) {
      if (this.#connecting) this.#connect.answer(frame, frame.length);
    } else if (this.#connecting) this.#connect.askMore(frame, frame.length);
    else {
      this.#connect.ask('connect', '', frame, frame.length);
      if (!this.#seesAll) this.#connect.partial();
      this.#connecting = true;
    }
  }

  #sasl(from: Side, performative: number, frame: Frame): void {
    if (!this.#connecting) return;
    if (from === Side.client) {
      this.#connect.askMore(frame, frame.length);
      if (performative === Performative.saslInit && openCompound(reader)) {
        const mechanism = readText(reader, names);
        if (mechanism !== '') this.#connect.attribute('amqp.sasl.mechanism', mechanism);
      }
      return;
    }
    this.#connect.answer(frame, frame.length);
    if (performative !== Performative.saslOutcome) return;
    if (!openCompound(reader)) {
      this.missed(from);
      return;
    }
    const code = readUnsigned(reader);
    if (reader.short) this.missed(from);
    if (code <= 0 || reader.short) return;
    this.#connecting = false;
    this.emit(this.#connect.ended(saslOutcome(code), code, saslCodes[code] ?? ''));
  }

  /** container-id, hostname, max-frame-size, channel-max, idle-time-out, ..., properties. */
  #opens(from: Side, frame: Frame): void {
    if (!this.#connecting) return;
    if (from === Side.server) {
      this.#connecting = false;
      this.#isOpen = true;
      this.emit(this.#connect.answer(frame, frame.length).ended(Outcome.ok));
      return;
    }
    this.#connect.askMore(frame, frame.length);
    if (!openCompound(reader)) return;
    const { count } = compound;
    const container = readText(reader, names);
    if (container !== '') this.#connect.attribute('messaging.client.id', container);
    if (count > 1) this.#hostname = readText(reader, names);
    for (let i = 2; i < 9 && i < count; i++) skipValue(reader);
    if (count > 9) this.#connect.userAgent = readProduct();
  }

  /** error. Either side closes, the other answers. */
  #closes(from: Side, frame: Frame): void {
    if (this.#closedBy !== undefined && this.#closedBy !== from) {
      this.#closedBy = undefined;
      this.emit(this.#closing.answer(frame, frame.length));
      return;
    }
    const condition = openCompound(reader) && compound.count > 0 ? readError(reader) : '';
    if (reader.short) this.missed(from);
    if (this.#connecting && from === Side.server) {
      this.#connecting = false;
      const outcome = condition === '' ? Outcome.serverError : conditionOutcome(condition);
      this.emit(this.#connect.answer(frame, frame.length).ended(outcome, -1, condition));
    }
    this.#closedBy = from;
    this.#closing.ask('close', '', frame, frame.length).ended(conditionOutcome(condition), -1, condition);
    if (reader.short || !this.#seesAll) this.#closing.partial();
    this.#endSessions(Outcome.aborted);
  }

  /** remote-channel, next-outgoing-id, ... With a remote channel it answers the other side's. */
  #begins(from: Side, channel: number, frame: Frame): void {
    const remote = openCompound(reader) && compound.count > 0 ? readUnsigned(reader) : -1;
    const other = from === Side.client ? Side.server : Side.client;
    const asked = remote < 0 ? undefined : this.#sessions[other].get(remote);
    if (asked?.beginning && asked.begunBy === other) {
      asked.beginning = false;
      this.#sessions[from].set(channel, asked);
      this.emit(asked.begin.answer(frame, frame.length).ended(Outcome.ok));
      return;
    }
    if (remote >= 0 || reader.short) {
      this.#session(from, channel);
      return;
    }
    const begun = this.#newSession(from);
    begun.begin.ask('begin', '', frame, frame.length);
    if (!this.#seesAll) begun.begin.partial();
    begun.beginning = true;
    if (this.#sessions[from].size < maxSessions) this.#sessions[from].set(channel, begun);
  }

  #newSession(begunBy: Side): Begun {
    return {
      links: new Links(this),
      begin: newExchange(),
      end: newExchange(),
      beginning: false,
      ending: false,
      begunBy,
      endedBy: begunBy,
    };
  }

  /** The session of a channel. One whose beginning was not seen is taken to have the same number on both sides. */
  #session(from: Side, channel: number): Begun | undefined {
    const known = this.#sessions[from].get(channel);
    if (known !== undefined) return known;
    const other = this.#sessions[from === Side.client ? Side.server : Side.client];
    let begun = other.get(channel);
    if (begun === undefined) {
      if (other.size >= maxSessions) return undefined;
      begun = this.#newSession(from);
      other.set(channel, begun);
    }
    this.#sessions[from].set(channel, begun);
    return begun;
  }

  #inSession(from: Side, performative: number, channel: number, frame: Frame): void {
    const begun = this.#session(from, channel);
    if (begun === undefined) return;
    switch (performative) {
      case Performative.attach:
        begun.links.attach(from, frame, reader);
        return;
      case Performative.transfer:
        begun.links.transfer(from, frame, reader);
        return;
      case Performative.disposition:
        begun.links.disposition(from, frame, reader);
        return;
      case Performative.detach:
        begun.links.detach(from, frame, reader);
        return;
      case Performative.end:
        this.#ends(from, channel, begun, frame);
        return;
      default:
    }
  }

  /** error. Either side ends a session, the other answers. */
  #ends(from: Side, channel: number, begun: Begun, frame: Frame): void {
    this.#sessions[from].delete(channel);
    if (begun.ending && begun.endedBy !== from) {
      begun.ending = false;
      this.emit(begun.end.answer(frame, frame.length));
      return;
    }
    const condition = openCompound(reader) && compound.count > 0 ? readError(reader) : '';
    if (reader.short) this.missed(from);
    begun.end.ask('end', '', frame, frame.length).ended(conditionOutcome(condition), -1, condition);
    if (reader.short || !this.#seesAll) begun.end.partial();
    begun.ending = true;
    begun.endedBy = from;
    begun.links.end(Outcome.aborted, condition, frame);
  }
}

/** `product` and `version` of the properties at the reader, as `product/version`. Cold path. */
function readProduct(): string {
  let product = '';
  let version = '';
  if (!openCompound(reader)) return '';
  for (let pairs = compound.count >> 1; pairs > 0 && !reader.short; pairs--) {
    const key = readText(reader, names);
    if (key === 'product') product = readText(reader, names);
    else if (key === 'version') version = readText(reader, names);
    else skipValue(reader);
  }
  return version === '' ? product : `${product}/${version}`;
}
