import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { Appetite } from '../appetite.ts';
import { ByteReader, u16be, u32be } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { type Exchange, newExchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { names, shortText } from './arguments.ts';
import { Channel, type ChannelHost } from './channel.ts';
import { textInTable } from './content.ts';
import { Method, methodName } from './methods.ts';
import { replyName, replyOutcome } from './replies.ts';
import { amqpFrames, FrameType, frameHeader } from './wire.ts';

const reader = new ByteReader();
/** Servers allow 2047 by default. */
const maxChannels = 2048;

/** One connection of AMQP 0-9-1. */
export class AmqpSession implements Session, ChannelHost {
  readonly keepRaw: boolean;
  readonly #context: SessionContext;
  readonly #appetite: Appetite;
  readonly #cutters: readonly [FrameCutter, FrameCutter];
  readonly #channels = new Map<number, Channel>();
  /** From the protocol header to Connection.OpenOk. */
  readonly #connect = newExchange();
  readonly #closing = newExchange();
  readonly #announcement = newExchange();
  #connecting = false;
  #isClosing = false;
  /** It was seen to be opened. */
  #isOpen = false;
  #virtualHost = '';
  #userAgent = '';

  constructor(context: SessionContext) {
    this.#context = context;
    this.keepRaw = context.options.keepRaw;
    const options = { synced: context.fromTheBeginning, keep: 4096 };
    this.#cutters = [
      new FrameCutter(amqpFrames, (frame) => this.#frame(Side.client, frame), options),
      new FrameCutter(amqpFrames, (frame) => this.#frame(Side.server, frame), options),
    ];
    this.#appetite = new Appetite(context, Want.stream);
  }

  get pending(): number {
    let count = (this.#connecting ? 1 : 0) + (this.#isClosing ? 1 : 0);
    for (const channel of this.#channels.values()) count += channel.pending;
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
    if (this.#isClosing) this.emit(this.#closing.ended(outcome));
    this.#connecting = this.#isClosing = false;
    this.#endChannels(outcome);
  }

  emit(exchange: Exchange): void {
    exchange.authority = this.#virtualHost;
    exchange.emit(this.#context.sink, 'amqp');
  }

  announce(method: string, target: string, frame: Frame): Exchange {
    const announcement = this.#announcement.ask(method, target, frame, 0).answer(frame, frame.length);
    announcement.flags |= RequestFlag.oneWay;
    return announcement;
  }

  #endChannels(outcome: Outcome): void {
    for (const channel of this.#channels.values()) channel.end(outcome);
    this.#channels.clear();
  }

  /** Frames of one side were not seen. */
  #lostTrack(from: Side): void {
    this.#context.count('amqp_lost_track');
    this.#appetite.lostTrack();
    this.#cannotTell();
    for (const channel of this.#channels.values()) channel.cannotTell(from);
  }

  /** A method about the connection itself may have gone by unseen. */
  #cannotTell(): void {
    if (this.#connecting) this.#connect.partial();
    if (this.#isClosing) this.#closing.partial();
  }

  #channel(id: number): Channel | undefined {
    let channel = this.#channels.get(id);
    if (channel === undefined && this.#channels.size < maxChannels) {
      channel = new Channel(this);
      this.#channels.set(id, channel);
    }
    return channel;
  }

  #frame(from: Side, frame: Frame): void {
    const { bytes, start, end } = frame;
    this.#appetite.saw(frame.length);
    if (bytes[start] === 0x41) {
      this.#protocolHeader(from, frame);
      return;
    }
    if (bytes[start] === FrameType.heartbeat || end - start < frameHeader) return;
    const id = u16be(bytes, start + 1);
    reader.reset(bytes, start + frameHeader, Math.min(end, start + frame.length - 1));
    const channel = id === 0 ? undefined : this.#channel(id);
    if (bytes[start] === FrameType.header) channel?.header(from, frame, reader);
    else if (bytes[start] === FrameType.body) channel?.body(from, frame);
    else if (reader.left < 4) {
      this.#context.count('amqp_cut_method');
      if (channel !== undefined) channel.cannotTell(from);
      else this.#cannotTell();
    } else {
      const method = u32be(bytes, reader.at);
      reader.skip(4);
      if (channel === undefined) this.#connectionMethod(from, method, frame);
      else if (method === Method.channelCloseOk && from === Side.client) {
        // The server closed it, which ended everything on it.
        this.#channels.delete(id);
      } else {
        channel.method(from, method, frame, reader);
        if (method !== Method.channelCloseOk) return;
        channel.end(Outcome.aborted);
        this.#channels.delete(id);
      }
    }
  }

  #protocolHeader(from: Side, frame: Frame): void {
    if (from === Side.client) {
      this.#connect.ask('connect', '', frame, frame.length);
      this.#connecting = true;
    } else if (this.#connecting) {
      // The server says which version it would have understood.
      this.#connecting = false;
      this.emit(this.#connect.answer(frame, frame.length).ended(Outcome.clientError, -1, 'PROTOCOL_VERSION'));
    }
  }

  #connectionMethod(from: Side, method: number, frame: Frame): void {
    switch (method) {
      case Method.connectionClose:
        if (from === Side.server) this.#closed(frame);
        else {
          this.#closing.ask('connection.close', '', frame, frame.length);
          this.#isClosing = true;
          this.#endChannels(Outcome.aborted);
        }
        return;
      case Method.connectionCloseOk:
        if (!this.#isClosing || from === Side.client) return;
        this.#isClosing = false;
        this.emit(this.#closing.answer(frame, frame.length).ended(Outcome.ok));
        return;
      case Method.connectionBlocked:
      case Method.connectionUnblocked:
        this.emit(this.announce(methodName(method), '', frame));
        return;
      default:
        if (this.#connecting) this.#connects(from, method, frame);
    }
  }

  #connects(from: Side, method: number, frame: Frame): void {
    if (from === Side.client) {
      this.#connect.askMore(frame, frame.length);
      if (method === Method.connectionStartOk) {
        const product = textInTable(reader, 'product');
        const version = textInTable(reader, 'version');
        this.#userAgent = version === '' ? product : `${product}/${version}`;
      } else if (method === Method.connectionOpen) this.#virtualHost = shortText(reader, names);
      return;
    }
    this.#connect.answer(frame, frame.length);
    if (method !== Method.connectionOpenOk) return;
    this.#connecting = false;
    this.#isOpen = true;
    this.#connect.userAgent = this.#userAgent;
    this.emit(this.#connect.ended(Outcome.ok));
  }

  /** The server closes the connection: it refuses a login, or something is wrong. */
  #closed(frame: Frame): void {
    const code = reader.u16be();
    const name = replyName(code, shortText(reader, names));
    if (this.#connecting) this.#connect.answer(frame, frame.length);
    const exchange = this.#connecting ? this.#connect : this.announce('connection.close', '', frame);
    // Without its beginning it could be the answer to a login.
    if (!this.#connecting && !this.#isOpen) exchange.partial();
    this.#connecting = false;
    this.emit(exchange.ended(replyOutcome(code), code, name));
    this.#endChannels(Outcome.aborted);
  }
}
