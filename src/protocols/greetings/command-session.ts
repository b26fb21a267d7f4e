import { type CaptureTime, NEVER } from '../../base/units.ts';
import { type Outcome, RequestFlag, Side } from '../../model/request.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { Exchange } from '../exchange.ts';
import { PendingQueue } from '../pending.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { textOf } from '../text.ts';
import { type Line, LineCutter } from './lines.ts';

/** What protocols of commands and numbered replies (SMTP, FTP) differ in. */
export interface Dialect {
  readonly name: 'smtp' | 'ftp';
  /** Commands that are known, in upper case; others are told as 'OTHER', so that nothing private stands for a method. */
  readonly commands: ReadonlySet<string>;
  /** What a command acts on, with few distinct values. */
  target(command: string, argument: string): string;
  /** The same with all its values, nothing secret among them. '' where there is none. */
  raw(command: string, argument: string): string;
  /** What a reply asks for before the command is done: a message, a further line of a login. */
  continues(code: number): 'message' | 'line' | undefined;
  /** The command behind whose first reply a message follows, '' where there is none. */
  readonly messageCommand: string;
  /** True where TLS begins behind the reply. */
  startsTls(command: string, argument: string, code: number): boolean;
  /** How a command ended, by the code of its last reply. */
  outcome(command: string, code: number): Outcome;
}

/** A command that waits for its reply. */
class Command extends Exchange {
  argument = '';
}

/** What the client sends: commands, the lines of a message, or a further line of a login. */
type Mode = 'commands' | 'message' | 'line';

const END_OF_MESSAGE = '\r\n.\r\n';
/** First byte of TLS records that begin a handshake; no command begins so. */
const TLS_HANDSHAKE = 0x16;

/**
 * A connection of commands that are answered in order by replies of three digits (RFC 5321, RFC 959). Clients wait for the
 * replies to all that they have asked before they ask more; so when a client goes on, everything before was answered,
 * seen or not.
 */
export class CommandSession implements Session {
  readonly #context: SessionContext;
  readonly #dialect: Dialect;
  readonly #lines: readonly [LineCutter, LineCutter];
  readonly #pending = new PendingQueue(() => new Command(), 256);
  readonly #greeting = new Command();
  #greeted: boolean;
  #mode: Mode = 'commands';
  /** How much of the end of a message went by. A message begins at the start of a line. */
  #matched = 2;
  /** Code of a reply of several lines, 0 outside of one. */
  #replyCode = 0;
  /** Replies were not seen since the client last asked. */
  #repliesLost = false;
  /** Commands were not seen: replies are theirs until the client goes on, and what is no command is none. */
  #commandsLost: boolean;
  #tls: Session | undefined;
  #isTls = false;

  constructor(context: SessionContext, dialect: Dialect) {
    this.#context = context;
    this.#dialect = dialect;
    this.#greeted = !context.fromTheBeginning;
    this.#commandsLost = !context.fromTheBeginning;
    this.#lines = [new LineCutter((line) => this.#clientLine(line)), new LineCutter((line) => this.#reply(line))];
    context.want(Want.heads);
  }

  get pending(): number {
    return this.#isTls ? (this.#tls?.pending ?? 0) : this.#pending.length;
  }

  data(from: Side, chunk: Chunk): void {
    let at = chunk.start;
    while (at < chunk.end && !this.#isTls) {
      if (from === Side.server) at = this.#lines[from].next(chunk, at);
      else if (this.#mode === 'message') at = this.#message(chunk, at);
      else if (chunk.bytes[at] === TLS_HANDSHAKE && !this.#lines[from].within) this.#startTls();
      else at = this.#lines[from].next(chunk, at);
    }
    if (this.#isTls) {
      // What follows in the same chunk belongs to TLS.
      if (at < chunk.end || chunk.skipped > 0) this.#tls?.data(from, { ...chunk, start: at });
    } else if (chunk.skipped > 0) this.#skip(from, chunk.skipped, chunk.lastTime);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.#isTls) this.#tls?.lost(from, bytes, time);
    else this.#skip(from, Math.max(bytes, 0), time);
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    if (this.#isTls) {
      this.#tls?.close(time, how);
      return;
    }
    for (let command = this.#pending.shift(); command !== undefined; command = this.#pending.shift()) {
      if (this.#repliesLost) command.partial();
      this.#emit(command.ended(outcomeOfEnding(how)));
    }
  }

  #emit(command: Command): void {
    command.emit(this.#context.sink, this.#dialect.name);
  }

  /** What waits was answered unseen. */
  #giveUp(): void {
    for (let command = this.#pending.shift(); command !== undefined; command = this.#pending.shift()) {
      this.#emit(command.partial());
    }
    this.#replyCode = 0;
  }

  #skip(from: Side, bytes: number, time: CaptureTime): void {
    if (from === Side.server) {
      this.#greeted = true;
      this.#lines[from].cut(bytes, time);
      // A reply is written at once: the rest of its lines went by.
      if (this.#replyCode > 0) this.#replied(this.#replyCode);
      else this.#loseReply();
      return;
    }
    if (this.#mode === 'message') {
      const command = this.#pending.first();
      if (command !== undefined) command.requestBytes += bytes;
      this.#matched = 0;
    } else if (this.#lines[from].within) this.#lines[from].cut(bytes, time);
    else {
      this.#context.count(`${this.#dialect.name}_lost_track`);
      this.#giveUp();
      this.#commandsLost = true;
    }
  }

  #loseReply(): void {
    const command = this.#pending.length === 1 ? this.#pending.first() : undefined;
    // What the client sends next is its message, were it not refused.
    if (command?.method === this.#dialect.messageCommand && command.responseStart === NEVER) {
      command.partial();
      this.#mode = 'message';
      this.#matched = 2;
    } else this.#repliesLost = true;
  }

  /** Counts the bytes of a message up to its end; returns where that is. */
  #message(chunk: Chunk, start: number): number {
    let at = start;
    while (at < chunk.end && this.#matched < END_OF_MESSAGE.length) {
      const byte = chunk.bytes[at++];
      if (byte === END_OF_MESSAGE.charCodeAt(this.#matched)) this.#matched++;
      else this.#matched = byte === 13 ? 1 : 0;
    }
    this.#pending.first()?.askMore(chunk, at - start);
    if (this.#matched === END_OF_MESSAGE.length) this.#mode = 'commands';
    return at;
  }

  #clientLine(line: Line): void {
    if (this.#mode === 'line') {
      // A part of a login: nothing of it is looked at.
      this.#pending.first()?.askMore(line, line.length);
      this.#mode = 'commands';
      return;
    }
    const { bytes, start, end } = line;
    let space = start;
    while (space < end && bytes[space] !== 32) space++;
    const word = textOf(bytes, start, Math.min(space, start + 12)).toUpperCase();
    const isKnown = this.#dialect.commands.has(word);
    if (!isKnown && this.#commandsLost) return;
    this.#greeted = true;
    if (this.#repliesLost) this.#giveUp();
    this.#repliesLost = false;
    const command = this.#pending.add();
    if (command === undefined) {
      this.#context.count(`${this.#dialect.name}_too_many_commands`);
      return;
    }
    const argument = isKnown ? textOf(bytes, space + 1, end) : '';
    command.ask(isKnown ? word : 'OTHER', this.#dialect.target(word, argument), line, line.length);
    command.argument = argument;
    if (this.#context.options.keepRaw) command.resource = this.#dialect.raw(word, argument);
    // In the middle of a message a line may look like a command.
    if (!line.whole || this.#commandsLost) command.partial();
    this.#commandsLost = false;
  }

  /** A line of a reply: three digits, then `-` where more lines follow. Other lines stand between the first and the last. */
  #reply(line: Line): void {
    const { bytes, start, end } = line;
    const digit = (i: number) => (start + i < end ? bytes[start + i] - 48 : -1);
    const [a, b, c] = [digit(0), digit(1), digit(2)];
    const isCode = a >= 1 && a <= 6 && b >= 0 && b <= 9 && c >= 0 && c <= 9;
    if (!isCode && this.#replyCode === 0) {
      this.#context.count(`${this.#dialect.name}_bad_reply`);
      this.#loseReply();
      return;
    }
    const command = this.#greeted ? this.#pending.first() : this.#greeting;
    if (!this.#greeted && this.#replyCode === 0) {
      this.#greeting.ask('connect', '', line, 0);
      this.#greeting.authority = hostOf(textOf(bytes, start + 4, Math.min(end, start + 100)));
    }
    command?.answer(line, line.length);
    if (!line.whole) command?.partial();
    if (!isCode) return;
    this.#replyCode = a * 100 + b * 10 + c;
    if (start + 3 >= end || bytes[start + 3] !== 45) this.#replied(this.#replyCode);
  }

  /** A reply is complete. */
  #replied(code: number): void {
    this.#replyCode = 0;
    if (!this.#greeted) {
      this.#greeted = true;
      this.#emit(this.#greeting.ended(this.#dialect.outcome('connect', code), code));
      return;
    }
    const command = this.#pending.first();
    if (this.#commandsLost || command === undefined) {
      this.#context.count(`${this.#dialect.name}_unasked_reply`);
      return;
    }
    const more = this.#dialect.continues(code);
    if (more !== undefined) {
      this.#mode = more;
      this.#matched = 2;
      return;
    }
    // Preliminary replies are followed by another.
    if (code < 200) return;
    this.#pending.shift();
    // The end of a message that was not captured lies before its reply.
    this.#mode = 'commands';
    const startsTls = this.#dialect.startsTls(command.method, command.argument, code);
    if (startsTls) command.flags |= RequestFlag.upgrade;
    this.#emit(command.ended(this.#dialect.outcome(command.method, code), code));
    if (startsTls) this.#startTls();
  }

  #startTls(): void {
    this.#giveUp();
    this.#isTls = true;
    this.#tls = this.#context.become('tls');
  }
}

/** The first word of a greeting, where it is the name of a host. */
function hostOf(greeting: string): string {
  return /^([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?: |$)/i.exec(greeting)?.[1] ?? '';
}
