import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import type { ConnectionEnding } from '../ending.ts';
import type { Exchange } from '../exchange.ts';
import { InOrder } from '../in-order.ts';
import { Interner } from '../interner.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { startsWithIgnoreCase, textOf } from '../text.ts';
import { topicInterner } from '../topic.ts';
import { type Command, CommandKind, fullName, readCommand } from './commands.ts';
import { errorPrefix, outcomeOfError } from './errors.ts';
import { Type } from './line.ts';
import { RespCutter, type RespMessage } from './resp.ts';
import { Subscriptions } from './subscriptions.ts';

const protocol = 'redis';

/** Bytes of a value after which not every byte is captured any more: its length is known. */
const bulk = 32 * 1024;

/** Bytes of a key or channel that are looked at. */
const longestKey = 256;
const keys = topicInterner(4096, ':');
const words = new Interner(256);

/** Whether commands are answered: CLIENT REPLY. */
const Replies = { on: 0, skipNext: 1, off: 2 } as const;

/**
 * One connection of Redis and its relatives (Valkey, KeyDB, Dragonfly), RESP2 or RESP3. Each command is a request,
 * answered in order; what the server pushes (messages of channels, invalidations) are one-way requests named after it.
 */
export class RedisSession implements Session {
  readonly #context: SessionContext;
  readonly #client: RespCutter;
  readonly #server: RespCutter;
  readonly #order: InOrder;
  #database = '0';
  #library = '';
  #version = '';
  #userAgent = '';
  readonly #subscriptions = new Subscriptions();
  #replies: number = Replies.on;
  #bulky = false;
  /** Nothing more is read: it is a stream of everything, or of the data set. */
  #opaque = false;
  #next: Session | undefined;
  #messages = 0;
  /** Bytes of the server that went by and are not part of a whole message yet. */
  #unread = 0;

  constructor(context: SessionContext) {
    this.#context = context;
    const synced = context.fromTheBeginning;
    this.#client = new RespCutter((message) => this.#fromClient(message), { inline: true, synced });
    this.#server = new RespCutter((message) => this.#fromServer(message), { inline: false, synced });
    this.#order = new InOrder((exchange) => this.#emit(exchange), synced);
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#next?.pending ?? this.#order.length;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#next !== undefined) {
      this.#next.data(from, chunk);
      return;
    }
    const length = chunk.end - chunk.start + chunk.skipped;
    if (this.#opaque || length === 0) return;
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    const before = this.#messages;
    if (from === Side.server) this.#unread += length;
    cutter.push(chunk);
    if (this.#opaque) return;
    const lostTrack = !cutter.synced && (wasSynced || this.#messages !== before);
    if (from === Side.client) {
      if (lostTrack) this.#loseRequests();
    } else {
      if (lostTrack) this.#loseAnswers(chunk.lastTime);
      else this.#order.serverSpoke(chunk.lastTime);
      if (!cutter.synced) {
        this.#order.first()?.answer(chunk, this.#unread);
        this.#unread = 0;
      }
    }
    const isBulky = cutter.bulkLeft > bulk;
    if (this.#bulky !== isBulky) {
      this.#bulky = isBulky;
      this.#context.want(isBulky ? Want.segments : Want.stream);
    }
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.#next !== undefined) {
      this.#next.lost(from, bytes, time);
      return;
    }
    if (this.#opaque) return;
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    const before = this.#messages;
    cutter.gap(bytes, time);
    if (from === Side.server) this.#order.serverSpoke(time);
    if (cutter.synced || !(wasSynced || this.#messages !== before)) return;
    if (from === Side.client) this.#loseRequests();
    else this.#loseAnswers(time);
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    if (this.#next !== undefined) this.#next.close(time, how);
    else this.#order.close(time, how);
  }

  #loseRequests(): void {
    this.#context.count('redis_request_lost');
    this.#order.loseRequests();
    if (this.#replies === Replies.skipNext) this.#replies = Replies.on;
  }

  #loseAnswers(time: CaptureTime): void {
    this.#context.count('redis_answer_lost');
    this.#order.loseAnswers(time);
  }

  #fromClient(message: RespMessage): void {
    this.#messages++;
    // An empty line, an empty array: nothing is asked.
    if (message.leaves === 0 || message.count === 0) return;
    const { bytes, from, to } = message;
    const command = readCommand(bytes, from[0], to[0]);
    this.#order.asks(message.time);
    const e = this.#order.add();
    if (e === undefined) return;
    const { incomplete } = message;
    const isFull = command.container && message.leaves > 1 && incomplete !== 1;
    const method = incomplete === 0 ? '' : isFull ? fullName(command, bytes, from[1], to[1]) : command.name;
    e.ask(method, '', message, message.length);
    if (message.cut || incomplete === 0 || (incomplete === 1 && command.container)) e.partial();
    this.#target(e, command, message);
    switch (command.kind) {
      case CommandKind.plain:
        break;
      case CommandKind.wait:
        e.flags |= RequestFlag.wait;
        break;
      case CommandKind.waitIfBlock:
        if (hasBlock(message)) e.flags |= RequestFlag.wait;
        break;
      default:
        this.#special(e, command, message);
    }
    e.kind = command.kind;
    if (this.#replies !== Replies.on) this.#unanswered(e);
  }

  /** The key, or the channel, by its template. */
  #target(e: Exchange, command: Command, message: RespMessage): void {
    const { bytes, from, to, leaves } = message;
    let word = command.key;
    if (command.keyCount > 0) {
      const count = command.keyCount;
      if (count >= leaves || (to[count] - from[count] === 1 && bytes[from[count]] === 0x30)) return;
    }
    if (command.kind === CommandKind.subscribe || command.kind === CommandKind.unsubscribe) word = 1;
    else if (command.kind === CommandKind.waitIfBlock) word = wordAfterStreams(message);
    if (word <= 0 || word >= leaves) return;
    if (word === message.incomplete) {
      e.partial();
      return;
    }
    const text = keys.text(bytes, from[word], Math.min(to[word], from[word] + longestKey));
    e.target = keys.derived;
    if (this.#context.options.keepRaw && text !== e.target) e.resource = text;
  }

  #special(e: Exchange, command: Command, message: RespMessage): void {
    const { bytes, from, to, leaves } = message;
    switch (command.kind) {
      case CommandKind.subscribe:
        e.flags |= RequestFlag.wait;
        e.key = Math.max(1, message.count - 1);
        return;
      case CommandKind.unsubscribe:
        // Without arguments it is answered once for each subscription that there is, and at least once.
        e.key = message.count > 1 ? message.count - 1 : 0;
        return;
      case CommandKind.stream:
        e.flags |= RequestFlag.wait | RequestFlag.streaming;
        return;
      case CommandKind.select:
        // Told by the answer whether it is so.
        e.key = leaves > 1 && to[1] - from[1] <= 5 ? Number(textOf(bytes, from[1], to[1])) : Number.NaN;
        return;
      case CommandKind.client:
        if (message.incomplete >= 0) e.partial();
        else this.#readClientCommand(message);
        return;
    }
  }

  /** CLIENT SETINFO, SETNAME and REPLY. */
  #readClientCommand(message: RespMessage): void {
    const { bytes, from, to, leaves } = message;
    if (leaves < 3) return;
    const isWord = (leaf: number, lower: string) =>
      to[leaf] - from[leaf] === lower.length && startsWithIgnoreCase(bytes, from[leaf], to[leaf], lower);
    if (isWord(1, 'setinfo') && leaves > 3) {
      const value = textOf(bytes, from[3], Math.min(to[3], from[3] + 64));
      if (isWord(2, 'lib-name')) this.#library = value;
      else if (isWord(2, 'lib-ver')) this.#version = value;
      this.#userAgent = this.#version === '' ? this.#library : `${this.#library}/${this.#version}`;
    } else if (isWord(1, 'reply')) {
      if (isWord(2, 'on')) this.#replies = Replies.on;
      else if (isWord(2, 'off')) this.#replies = Replies.off;
      else if (isWord(2, 'skip') && this.#replies === Replies.on) this.#replies = Replies.skipNext;
    }
  }

  /** No answer will come, because the client said so. */
  #unanswered(e: Exchange): void {
    if (this.#replies === Replies.skipNext && e.kind !== CommandKind.client) this.#replies = Replies.on;
    e.flags |= RequestFlag.oneWay;
    this.#order.takeLast();
    this.#emit(e);
  }

  #fromServer(message: RespMessage): void {
    this.#messages++;
    this.#unread = Math.max(0, this.#unread - message.length);
    if (this.#mayBePushed(message) && this.#pushed(message)) return;
    this.#endUnsubscribe(message);
    const e = this.#order.answered(message.lastTime);
    if (e === undefined) return;
    e.answer(message, message.length);
    if (message.cut) {
      // Where it ends is seen when the client goes on.
      e.partial();
      return;
    }
    if (e.kind >= CommandKind.subscribe && this.#answersSpecial(e, message)) return;
    this.#complete(e, message);
  }

  #complete(e: Exchange, message: RespMessage): void {
    const { error } = message;
    if (error >= 0) {
      const prefix = errorPrefix(message.bytes, message.from[error], message.to[error]);
      e.ended(outcomeOfError(prefix), -1, prefix);
    } else e.outcome = Outcome.ok;
    this.#order.finish();
  }

  /** Answers to commands that change the connection. True where more is to come, or nothing is left to do. */
  #answersSpecial(e: Exchange, message: RespMessage): boolean {
    const isError = message.error >= 0;
    switch (e.kind) {
      case CommandKind.subscribe:
      case CommandKind.unsubscribe:
        return !isError && this.#confirms(e, message);
      case CommandKind.select:
        if (!isError && e.key >= 0) this.#database = String(e.key);
        return false;
      case CommandKind.stream:
        if (isError) return false;
        this.#complete(e, message);
        this.#opaque = true;
        this.#context.want(Want.counters);
        return true;
      default:
        return false;
    }
  }

  /** One of the answers to SUBSCRIBE and its likes; true while more are to come. */
  #confirms(e: Exchange, message: RespMessage): boolean {
    const left = this.#subscriptions.confirm(message);
    // Without arguments there is an answer for each subscription.
    if (e.key === 0) return left > 0;
    return --e.key > 0;
  }

  /** How many answers UNSUBSCRIBE without arguments gets may not be known: any other answer ends it too. */
  #endUnsubscribe(message: RespMessage): void {
    const e = this.#order.first();
    if (e === undefined || e.kind !== CommandKind.unsubscribe || e.key !== 0 || e.responseStart === NEVER) return;
    const isSame =
      message.leaves > 0 &&
      startsWithIgnoreCase(message.bytes, message.from[0], message.to[0], e.method.toLowerCase()) &&
      message.to[0] - message.from[0] === e.method.length;
    if (isSame) return;
    e.outcome = Outcome.ok;
    this.#order.finish();
  }

  /** In RESP2 messages of channels are arrays like any other, on connections that are subscribed. */
  #mayBePushed(message: RespMessage): boolean {
    if (message.type === Type.push) return true;
    if (message.type !== Type.array || message.count < 3) return false;
    const kind = this.#order.first()?.kind;
    return (
      this.#subscriptions.any ||
      kind === undefined ||
      kind === CommandKind.subscribe ||
      kind === CommandKind.unsubscribe
    );
  }

  /** What the server says unasked. False where it is an answer after all. */
  #pushed(message: RespMessage): boolean {
    const { bytes, from, to } = message;
    if (message.leaves === 0) return true;
    const kind = words.text(bytes, from[0], Math.min(to[0], from[0] + 32));
    if (/^[ps]?(?:un)?subscribe$/.test(kind)) {
      const e = this.#order.first();
      if (e !== undefined && (e.kind === CommandKind.subscribe || e.kind === CommandKind.unsubscribe)) return false;
      return message.type === Type.push;
    }
    const isMessage = kind === 'message' || kind === 'pmessage' || kind === 'smessage';
    if (message.type === Type.array && !isMessage) return false;
    const r = this.#context.sink.fields;
    r.protocol = protocol;
    r.method = isMessage ? kind.toUpperCase() : /^[a-z-]{1,32}$/.test(kind) ? kind.toUpperCase() : 'PUSH';
    if (isMessage) {
      // Of a pattern: the pattern, then the channel.
      const leaf = kind === 'pmessage' && message.leaves > 2 ? 2 : 1;
      if (message.leaves > leaf) {
        const text = keys.text(bytes, from[leaf], Math.min(to[leaf], from[leaf] + longestKey));
        r.target = keys.derived;
        if (this.#context.options.keepRaw && text !== r.target) r.resource = text;
      }
    }
    r.authority = this.#database;
    r.userAgent = this.#userAgent;
    r.outcome = Outcome.ok;
    r.flags = RequestFlag.oneWay | (message.cut ? RequestFlag.partial : 0);
    r.start = r.requestEnd = r.responseStart = message.time;
    r.end = message.lastTime;
    r.responseBytes = message.length;
    this.#context.sink.emit();
    return true;
  }

  #emit(e: Exchange): void {
    e.authority = this.#database;
    e.userAgent = this.#userAgent;
    e.emit(this.#context.sink, protocol);
  }
}

/** The word BLOCK among the options of XREAD and XREADGROUP. */
function hasBlock(message: RespMessage): boolean {
  for (let leaf = 1; leaf < message.leaves; leaf++) {
    const { bytes, from, to } = message;
    if (to[leaf] - from[leaf] === 5 && startsWithIgnoreCase(bytes, from[leaf], to[leaf], 'block')) return true;
    if (to[leaf] - from[leaf] === 7 && startsWithIgnoreCase(bytes, from[leaf], to[leaf], 'streams')) return false;
  }
  return false;
}

/** The first key of XREAD and XREADGROUP stands after STREAMS. */
function wordAfterStreams(message: RespMessage): number {
  const { bytes, from, to, leaves } = message;
  for (let leaf = 1; leaf < leaves; leaf++) {
    if (to[leaf] - from[leaf] === 7 && startsWithIgnoreCase(bytes, from[leaf], to[leaf], 'streams')) return leaf + 1;
  }
  return 0;
}
