import type { CaptureTime } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { u32be } from '../byte-reader.ts';
import type { ConnectionEnding } from '../ending.ts';
import type { Exchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import {
  postgresql as dialect,
  rawStatement,
  type Statement,
  StatementReader,
  unknownStatement,
} from '../sql/index.ts';
import { indexOfByte, textOf } from '../text.ts';
import { readError, readTag } from './answer.ts';
import { readStartup } from './startup.ts';
import { StepReader } from './steps.ts';
import { Key, Kind } from './waiting.ts';
import { WaitingRequests } from './waiting-requests.ts';
import { ClientRule, FromClient, FromServer, ServerRule, StartCode, startupLength } from './wire.ts';

const protocol = 'postgresql';

/** Bytes of one request or answer after which not every byte is captured any more. */
const bulk = 256 * 1024;

const statements = new StatementReader(dialect);
const noStatement: Statement = { ...unknownStatement, partial: false };

/**
 * One connection of PostgreSQL. Requests are simple queries and Executes of the extended protocol (with the Parse, Bind
 * and Describe before them); those that prepare only are PREPARE; the handshake is CONNECT.
 *
 * Answers come in the order of requests, and ReadyForQuery ends what stands before a Sync. The last Execute before a Sync
 * ends with it too, since that is when its transaction commits or fails.
 *
 * Where the end of an answer was not captured, the next request of the client ends it. Where several were on their way it
 * is not known whose answers come next: they are marked partial, and pairing begins anew when the client asks something
 * after the server has answered all.
 */
export class PostgresqlSession implements Session {
  readonly #context: SessionContext;
  readonly #clientRule: ClientRule;
  readonly #serverRule = new ServerRule();
  readonly #client: FrameCutter;
  readonly #server: FrameCutter;
  readonly #waiting = new WaitingRequests((e) => this.#emit(e));
  readonly #toAnswer = (e: Exchange, passage: Frame | Chunk, bytes: number) => this.#answer(e, passage, bytes);
  readonly #steps: StepReader;
  #database = '';
  #application = '';
  #replication = false;
  #copyingIn = false;
  /** Type of the last message of the server, 0 where the latest are not known. */
  #lastAnswer = 0;
  /** The server sent something since the client did. */
  #serverSpoke = false;
  /** Messages so far. */
  #frames = 0;
  /** Bytes of each side that went by and are not part of a frame yet. */
  readonly #unframed: [number, number] = [0, 0];
  /** Requests of the client were missed. */
  #missed = false;
  /** Answers cannot be told apart. */
  #doubt = false;
  #bulky = false;
  /** Whoever took over. */
  #next: Session | undefined;
  #opaque = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const synced = context.fromTheBeginning;
    this.#steps = new StepReader(statements, context.options.keepRaw);
    this.#clientRule = new ClientRule(synced);
    this.#client = new FrameCutter(this.#clientRule, (frame) => this.#fromClient(frame), { synced, keep: 8192 });
    this.#server = new FrameCutter(this.#serverRule, (frame) => this.#fromServer(frame), { synced, keep: 1024 });
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#next?.pending ?? this.#waiting.length;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#next !== undefined) {
      this.#next.data(from, chunk);
      return;
    }
    if (this.#opaque) return;
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    const length = chunk.end - chunk.start + chunk.skipped;
    if (length === 0) return;
    this.#unframed[from] += length;
    const framesBefore = this.#frames;
    cutter.push(chunk);
    if (from === Side.server) this.#serverSpoke = true;
    if (this.#opaque || cutter.synced) return;
    if (wasSynced || this.#frames !== framesBefore) this.#lostTrack(from);
    const bytes = Math.max(0, this.#unframed[from]);
    this.#unframed[from] = 0;
    if (from === Side.server) {
      const answered = this.#waiting.first();
      if (answered !== undefined && !this.#doubt) this.#answer(answered, chunk, bytes);
    } else if (this.#copyingIn) this.#waiting.first()?.askMore(chunk, bytes);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.#next !== undefined) {
      this.#next.lost(from, bytes, time);
      return;
    }
    if (this.#opaque) return;
    const cutter = from === Side.client ? this.#client : this.#server;
    const wasSynced = cutter.synced;
    if (bytes > 0) this.#unframed[from] += bytes;
    cutter.gap(bytes, time);
    if (!cutter.synced) this.#unframed[from] = 0;
    if (from === Side.server) this.#serverSpoke = true;
    if (wasSynced && !cutter.synced) this.#lostTrack(from);
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    if (this.#next !== undefined) {
      this.#next.close(time, how);
      return;
    }
    if ((!this.#server.synced && this.#serverSpoke) || this.#doubt) this.#waiting.giveUp();
    this.#waiting.close(time, how);
  }

  #lostTrack(from: Side): void {
    // Data of COPY is counted, not read.
    if (from === Side.client && this.#copyingIn) return;
    this.#context.count(from === Side.client ? 'postgresql_request_lost' : 'postgresql_answer_lost');
    if (from === Side.client) {
      this.#missed = true;
      this.#waiting.assumeSync();
      return;
    }
    this.#lastAnswer = 0;
    if (this.#doubt) return;
    this.#waiting.first()?.partial();
    if (this.#waiting.severalWait) this.#giveUp();
  }

  /** Reports what waits as it is: whose the next answers are is not known. */
  #giveUp(): void {
    this.#doubt = true;
    this.#waiting.giveUp();
  }

  /** Before each message of the client: settles what losses left open. */
  #settle(): void {
    if (this.#serverSpoke && !this.#server.synced && !this.#doubt) {
      // It answered, and the end of that was not seen.
      this.#waiting.giveUp();
      this.#missed = false;
    }
    this.#serverSpoke = false;
    const isQuiet = this.#lastAnswer === FromServer.ready;
    if (this.#missed) {
      this.#missed = false;
      // What was missed is answered before this; if it is not answered yet, answers cannot be told apart.
      if (!isQuiet || this.#waiting.length > 0) this.#giveUp();
    }
    if (this.#doubt && isQuiet) {
      this.#waiting.giveUp();
      this.#doubt = false;
    }
    if (this.#lastAnswer !== 0) this.#lastAnswer = FromServer.noData;
    if (this.#bulky) {
      this.#bulky = false;
      this.#context.want(Want.stream);
    }
  }

  #fromClient(frame: Frame): void {
    this.#frames++;
    this.#unframed[Side.client] -= frame.length;
    if (this.#clientRule.starting) {
      this.#starts(frame);
      return;
    }
    const type = frame.bytes[frame.start];
    switch (type) {
      case FromClient.copyData:
      case FromClient.copyDone:
      case FromClient.copyFail:
        this.#copies(frame);
        return;
      case FromClient.password:
        this.#waiting.first()?.askMore(frame, frame.length);
        return;
      case FromClient.terminate:
        return;
      case FromClient.query:
        this.#settle();
        this.#queries(frame);
        return;
      case FromClient.functionCall:
        this.#settle();
        this.#add(Kind.query, frame, 'CALL', noStatement);
        return;
      case FromClient.sync:
        this.#settle();
        this.#syncs(frame);
        return;
      case FromClient.flush: {
        const e = this.#waiting.last();
        if (e?.kind === Kind.steps && (e.key & Key.sync) === 0) {
          e.key |= Key.flushed;
          e.askMore(frame, frame.length);
        }
        return;
      }
      default:
        this.#settle();
        this.#extended(type, frame);
    }
  }

  #starts(frame: Frame): void {
    const { bytes, start, end } = frame;
    const code = startupLength(bytes, start, end) > 0 ? u32be(bytes, start + 4) : 0;
    // Nothing that went by before matters any more.
    this.#missed = this.#doubt = this.#serverSpoke = false;
    if (!this.#server.synced || this.#server.within) this.#server.resume();
    this.#serverRule.answersOneByte = code === StartCode.tls || code === StartCode.gss;
    if (this.#serverRule.answersOneByte) return;
    this.#clientRule.starting = false;
    if (code === StartCode.cancel) {
      const e = this.#add(Kind.query, frame, 'CANCEL', noStatement);
      if (e !== undefined) {
        // The server does as asked, or not, and closes without a word.
        e.flags |= RequestFlag.oneWay;
        e.key |= Key.done;
      }
      return;
    }
    const startup = readStartup(bytes, start + 8, end);
    this.#database = startup.database;
    this.#application = startup.application;
    this.#replication = startup.replication;
    this.#add(Kind.connect, frame, 'CONNECT', noStatement);
  }

  #add(kind: number, frame: Frame, method: string, statement: Statement): Exchange | undefined {
    const e = this.#waiting.add();
    if (e === undefined) {
      this.#context.count('postgresql_too_many_pending');
      this.#giveUp();
      return undefined;
    }
    e.ask(method === '' ? statement.verb : method, statement.tables, frame, frame.length);
    e.resource = statement.text;
    if (kind === Kind.query && statement.partial) e.partial();
    e.kind = kind;
    return e;
  }

  #queries(frame: Frame): void {
    const { bytes, end } = frame;
    const isCut = frame.end - frame.start < frame.length;
    const from = frame.start + 5;
    const to = isCut || end === from ? end : end - 1;
    const statement = statements.read(bytes, from, to, isCut);
    const e = this.#add(Kind.query, frame, '', statement);
    if (e === undefined) return;
    if (this.#context.options.keepRaw) e.resource = rawStatement(statement, bytes, from, to);
    e.follow(statements.trace);
    if (statement.verb === 'DISCARD' || statement.verb === 'DEALLOCATE') {
      if (/\bALL\b/i.test(statement.text)) this.#steps.forget();
    }
  }

  /** Parse, Bind, Describe, Close, Execute. */
  #extended(type: number, frame: Frame): void {
    let e = this.#waiting.last();
    if (e === undefined || e.kind !== Kind.steps || (e.key & (Key.sync | Key.flushed | Key.done)) !== 0) {
      e = this.#add(Kind.steps, frame, '', noStatement);
      if (e === undefined) return;
    } else if ((e.key & Key.flushed) === 0) e.askMore(frame, frame.length);
    this.#steps.read(e, type, frame);
  }

  #syncs(frame: Frame): void {
    const e = this.#waiting.last();
    if (e !== undefined && e.kind >= Kind.steps && (e.key & (Key.sync | Key.flushed)) === 0) {
      e.key |= Key.sync;
      e.askMore(frame, frame.length);
      return;
    }
    const sync = this.#add(Kind.sync, frame, 'SYNC', noStatement);
    if (sync !== undefined) sync.key |= Key.sync;
  }

  /** Data of COPY FROM STDIN belongs to the statement that is being answered. */
  #copies(frame: Frame): void {
    const e = this.#waiting.first();
    if (e === undefined) return;
    e.askMore(frame, frame.length);
    if (frame.bytes[frame.start] === FromClient.copyData) e.requestMessages++;
    if (e.requestBytes > bulk) this.#beBulky();
  }

  #beBulky(): void {
    if (this.#bulky) return;
    this.#bulky = true;
    this.#context.want(Want.segments);
  }

  #answer(e: Exchange, passage: Frame | Chunk, bytes: number): void {
    e.answer(passage, bytes);
    if (e.responseBytes > bulk) this.#beBulky();
  }

  #fromServer(frame: Frame): void {
    this.#frames++;
    this.#unframed[Side.server] -= frame.length;
    const type = frame.bytes[frame.start];
    if (this.#serverRule.answersOneByte) {
      this.#serverRule.answersOneByte = false;
      if (type !== FromServer.error) {
        this.#answersEncryption(type);
        return;
      }
    }
    this.#lastAnswer = type;
    if (this.#doubt) return;
    switch (type) {
      case FromServer.notification:
        this.#notifies(frame);
        return;
      case FromServer.parameterStatus:
        this.#reportsParameter(frame);
        return;
      case FromServer.ready:
        this.#isReady(frame);
        return;
      case FromServer.error:
        this.#fails(frame);
        return;
    }
    const e = this.#waiting.answered();
    if (e === undefined) return;
    this.#answer(e, frame, frame.length);
    // Answers that only an Execute gets, which then was not seen.
    if (e.kind === Kind.steps && isOfExecute(type)) e.kind = Kind.execute;
    switch (type) {
      case FromServer.parseComplete:
      case FromServer.bindComplete:
      case FromServer.closeComplete:
      case FromServer.noData:
      case FromServer.rowDescription:
        if (e.kind === Kind.steps) this.#waiting.stepDone(e);
        return;
      case FromServer.commandComplete:
        this.#completes(e, frame);
        return;
      case FromServer.emptyQuery:
        if (e.method === '') e.method = 'EMPTY';
        if (e.kind === Kind.execute) e.key |= Key.done;
        e.outcome = Outcome.ok;
        return;
      case FromServer.portalSuspended:
        if (e.kind === Kind.execute) e.key |= Key.done;
        e.outcome = Outcome.ok;
        return;
      case FromServer.functionResult:
        e.outcome = Outcome.ok;
        return;
      case FromServer.copyIn:
        this.#copyingIn = true;
        e.flags |= RequestFlag.streaming;
        return;
      case FromServer.copyOut:
        e.flags |= RequestFlag.streaming;
        return;
      case FromServer.copyBoth:
        this.#replicates(e);
        return;
      case FromServer.copyData:
        e.responseMessages++;
        return;
    }
  }

  #completes(e: Exchange, frame: Frame): void {
    this.#copyingIn = false;
    const tag = readTag(frame);
    e.outcome = Outcome.ok;
    if (e.method === '') e.method = tag.verb;
    if (tag.rows >= 0 && (e.flags & RequestFlag.streaming) === 0) e.responseMessages += tag.rows;
    if (e.kind === Kind.execute) e.key |= Key.done;
  }

  #fails(frame: Frame): void {
    this.#copyingIn = false;
    const error = readError(frame);
    const e = this.#waiting.answered();
    if (e === undefined) {
      this.#context.count('postgresql_error_unasked');
      return;
    }
    this.#answer(e, frame, frame.length);
    e.ended(error.outcome, -1, error.code);
    if (error.partial) e.partial();
    e.key |= Key.done;
  }

  #isReady(frame: Frame): void {
    this.#copyingIn = false;
    this.#waiting.ready(frame, this.#toAnswer);
  }

  #notifies(frame: Frame): void {
    const { bytes, end } = frame;
    const from = frame.start + 9;
    const to = indexOfByte(bytes, 0, from, end);
    if (to < 0) return;
    const r = this.#context.sink.fields;
    r.protocol = protocol;
    r.method = 'NOTIFICATION';
    r.target = textOf(bytes, from, to);
    r.authority = this.#database;
    r.userAgent = this.#application;
    r.outcome = Outcome.ok;
    r.flags = RequestFlag.oneWay;
    r.start = r.responseStart = frame.time;
    r.requestEnd = frame.time;
    r.end = frame.lastTime;
    r.responseBytes = frame.length;
    this.#context.sink.emit();
  }

  #reportsParameter(frame: Frame): void {
    const e = this.#waiting.first();
    if (e !== undefined) this.#answer(e, frame, frame.length);
    const { bytes, end } = frame;
    const from = frame.start + 5;
    const nameEnd = indexOfByte(bytes, 0, from, end);
    if (nameEnd - from !== 16 || textOf(bytes, from, nameEnd) !== 'application_name') return;
    const to = indexOfByte(bytes, 0, nameEnd + 1, end);
    if (to >= 0) this.#application = textOf(bytes, nameEnd + 1, Math.min(to, nameEnd + 129));
  }

  #answersEncryption(answer: number): void {
    if (answer === 0x4e) return; // N: the client goes on in the clear, or asks for something else
    this.#opaque = true;
    if (answer === 0x53) this.#next = this.#context.become('tls');
    if (this.#next === undefined) this.#context.want(Want.counters);
  }

  /** From here on it is the write-ahead log that flows, for as long as the connection lives. */
  #replicates(e: Exchange): void {
    e.flags |= RequestFlag.streaming | RequestFlag.wait;
    e.outcome = Outcome.ok;
    if (e.method === '' && this.#replication) e.method = 'START_REPLICATION';
    this.#waiting.finish(e);
    this.#opaque = true;
    this.#context.want(Want.counters);
  }

  #emit(e: Exchange): void {
    if (e.kind === Kind.sync) return;
    if (e.kind === Kind.steps && (e.key & Key.bind) === 0 && (e.flags & RequestFlag.partial) === 0) {
      e.method = (e.key & Key.parse) !== 0 ? 'PREPARE' : (e.key & Key.close) !== 0 ? 'DEALLOCATE' : 'DESCRIBE';
    }
    e.authority = this.#database;
    e.userAgent = this.#application;
    e.emit(this.#context.sink, protocol);
  }
}

function isOfExecute(type: number): boolean {
  return (
    type === FromServer.dataRow ||
    type === FromServer.commandComplete ||
    type === FromServer.emptyQuery ||
    type === FromServer.portalSuspended
  );
}
