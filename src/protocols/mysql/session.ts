import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import { u32le } from '../byte-reader.ts';
import type { ConnectionEnding } from '../ending.ts';
import type { Exchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { InOrder } from '../in-order.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { mysql as dialect, rawStatement, type Statement, StatementReader, unknownStatement } from '../sql/index.ts';
import { textOf } from '../text.ts';
import { clearTraceContext, newTraceContext } from '../trace-context.ts';
import { readError } from './answer.ts';
import { readGreeting, readLogin } from './handshake.ts';
import { readQueryAttributes } from './query-attributes.ts';
import { ResultReader, Shape, Step } from './result.ts';
import { Answer, Capability, Command, clientRule, headerBytes, longestPayload, serverRule } from './wire.ts';

const protocol = 'mysql';

/** Most prepared statements of one connection that are kept; the oldest give way. */
const mostStatements = 2048;
/** Bytes of one request or answer after which not every byte is captured any more. */
const bulk = 256 * 1024;

const statements = new StatementReader(dialect);
const attributeTrace = newTraceContext();

/** Commands that are answered by OK or an error (or one packet), and how they are called. */
const simpleCommands = new Map<number, string>([
  [Command.initDb, 'USE'],
  [Command.createDb, 'CREATE DATABASE'],
  [Command.dropDb, 'DROP DATABASE'],
  [Command.refresh, 'REFRESH'],
  [Command.shutdown, 'SHUTDOWN'],
  [Command.statistics, 'STATISTICS'],
  [Command.processKill, 'KILL'],
  [Command.debug, 'DEBUG'],
  [Command.ping, 'PING'],
  [Command.registerReplica, 'REGISTER REPLICA'],
  [Command.reset, 'RESET'],
  [Command.setOption, 'SET OPTION'],
  [Command.resetConnection, 'RESET CONNECTION'],
]);

/** One connection of MySQL or MariaDB: each command is a request, the login is CONNECT. */
export class MysqlSession implements Session {
  readonly #context: SessionContext;
  readonly #client: FrameCutter;
  readonly #server: FrameCutter;
  readonly #order: InOrder;
  readonly #result = new ResultReader();
  readonly #prepared = new Map<number, Statement>();
  #lastPrepared: Statement = unknownStatement;
  /** Statements whose ids the server has yet to tell. */
  readonly #preparing: Statement[] = [];
  #loggingIn = false;
  #capabilities = 0;
  #serverCapabilities = 0;
  #database = '';
  #newDatabase = '';
  #userAgent = '';
  /** Bytes of long data, which belong to the next execution. */
  #longData = 0;
  #clientContinues = false;
  #bulky = false;
  #frames = 0;
  readonly #unframed: [number, number] = [0, 0];
  #opaque = false;
  #next: Session | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    const synced = context.fromTheBeginning;
    this.#client = new FrameCutter(clientRule, (frame) => this.#fromClient(frame), { synced, keep: 8192 });
    this.#server = new FrameCutter(serverRule, (frame) => this.#fromServer(frame), { synced, keep: 1024 });
    // A command is only sent once the one before is answered: what is asked first is answered first, joined or not.
    this.#order = new InOrder((exchange) => this.#emit(exchange), true, 1024);
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
    const before = this.#frames;
    this.#unframed[from] += length;
    cutter.push(chunk);
    if (this.#opaque) return;
    if (from === Side.server) this.#order.serverSpoke(chunk.lastTime);
    if (cutter.synced) return;
    if (wasSynced || this.#frames !== before) this.#lostTrack(from, chunk.lastTime);
    const bytes = Math.max(0, this.#unframed[from]);
    this.#unframed[from] = 0;
    if (from === Side.server) this.#order.first()?.answer(chunk, bytes);
    else if (this.#result.inFile) this.#order.first()?.askMore(chunk, bytes);
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
    if (from === Side.server) this.#order.serverSpoke(time);
    if (wasSynced && !cutter.synced) this.#lostTrack(from, time);
  }

  close(time: CaptureTime, how: ConnectionEnding): void {
    if (this.#next !== undefined) {
      this.#next.close(time, how);
      return;
    }
    if (this.#result.mayBeDone) this.#done();
    this.#order.close(time, how);
  }

  #lostTrack(from: Side, time: CaptureTime): void {
    if (from === Side.client) {
      if (this.#result.inFile) return;
      this.#context.count('mysql_request_lost');
      this.#order.loseRequests();
    } else {
      this.#context.count('mysql_answer_lost');
      this.#result.lose();
      this.#order.loseAnswers(time);
    }
  }

  #fromClient(frame: Frame): void {
    this.#frames++;
    this.#unframed[Side.client] -= frame.length;
    const isContinuation = this.#clientContinues;
    this.#clientContinues = frame.length === longestPayload + headerBytes;
    const { bytes, start, end } = frame;
    if (isContinuation || bytes[start + 3] !== 0) {
      if (this.#loggingIn && this.#capabilities === 0) this.#logsIn(frame);
      else this.#askMore(frame);
      return;
    }
    const at = start + headerBytes;
    if (at >= end) return;
    if (this.#result.mayBeDone) this.#done();
    this.#loggingIn = false;
    this.#command(bytes[at], frame);
  }

  /** Packets that follow a command: authentication, a file, the rest of a long one. */
  #askMore(frame: Frame): void {
    const e = this.#order.first();
    if (e === undefined) return;
    e.askMore(frame, frame.length);
    if (e.requestBytes > bulk) this.#beBulky();
  }

  #beBulky(): void {
    if (this.#bulky) return;
    this.#bulky = true;
    this.#context.want(Want.segments);
  }

  #logsIn(frame: Frame): void {
    const login = readLogin(frame);
    this.#capabilities = login.capabilities & this.#serverCapabilities;
    if (login.asksForTls) {
      this.#opaque = true;
      this.#next = this.#context.become('tls');
      if (this.#next === undefined) this.#context.want(Want.counters);
      return;
    }
    this.#database = login.database;
    this.#userAgent = login.client;
    if ((this.#capabilities & Capability.deprecateEof) !== 0) this.#result.eof = 0;
    else if (this.#capabilities !== 0) this.#result.eof = 1;
    this.#ask('CONNECT', frame, Shape.login);
    // Without a capability the packets may be of an older kind.
    if (login.capabilities === 0) this.#capabilities = Capability.protocol41;
  }

  #ask(method: string, frame: Frame, shape: number): Exchange | undefined {
    this.#order.asks(frame.time);
    if (this.#bulky) {
      this.#bulky = false;
      this.#context.want(Want.stream);
    }
    const e = this.#order.add();
    if (e === undefined) return undefined;
    e.ask(method, '', frame, frame.length);
    e.kind = shape;
    e.requestBytes += this.#longData;
    this.#longData = 0;
    if (this.#order.length === 1) this.#result.begin(shape);
    return e;
  }

  #command(command: number, frame: Frame): void {
    const { bytes, start, end } = frame;
    const at = start + headerBytes + 1;
    switch (command) {
      case Command.quit:
        return;
      case Command.query:
        this.#queries(frame, at);
        return;
      case Command.prepare: {
        const isCut = end - start < frame.length;
        const statement = statements.read(bytes, at, end, isCut);
        const e = this.#ask('PREPARE', frame, Shape.prepared);
        if (e === undefined) return;
        describe(e, statement);
        e.method = 'PREPARE';
        if (this.#context.options.keepRaw) e.resource = rawStatement(statement, bytes, at, end);
        e.follow(statements.trace);
        // Known by its id once that is told; MariaDB's clients may use it before.
        this.#lastPrepared = statement;
        if (this.#order.length === 1) this.#preparing.length = 0;
        this.#preparing.push(statement);
        return;
      }
      case Command.execute:
      case Command.bulkExecute:
      case Command.fetch: {
        const statement = at + 4 <= end ? this.#statementOf(u32le(bytes, at)) : unknownStatement;
        const e = this.#ask('', frame, command === Command.fetch ? Shape.rows : Shape.results);
        if (e === undefined) return;
        describe(e, statement);
        if (command === Command.fetch) e.method = 'FETCH';
        return;
      }
      case Command.sendLongData:
        this.#longData += frame.length;
        return;
      case Command.close:
        if (at + 4 <= end) this.#prepared.delete(u32le(bytes, at));
        return;
      case Command.fieldList:
        this.#ask('SHOW', frame, Shape.fields);
        return;
      case Command.processInfo:
        this.#ask('SHOW', frame, Shape.results);
        return;
      case Command.changeUser:
        this.#ask('CONNECT', frame, Shape.login);
        return;
      case Command.binlogDump:
      case Command.binlogDumpGtid:
      case Command.tableDump:
        this.#replicates(frame);
        return;
      default: {
        const name = simpleCommands.get(command);
        if (name === undefined) {
          this.#context.count('mysql_unknown_command');
          this.#ask('', frame, Shape.results)?.partial();
          return;
        }
        this.#ask(name, frame, Shape.simple);
        if (command === Command.initDb) this.#newDatabase = textOf(bytes, at, Math.min(end, at + 64));
      }
    }
  }

  #queries(frame: Frame, at: number): void {
    const { bytes, start, end } = frame;
    clearTraceContext(attributeTrace);
    const knows = this.#capabilities !== 0 && (this.#capabilities & Capability.queryAttributes) !== 0;
    // No statement begins with the number of its attributes, so that they are noticed on a connection that was joined too.
    if (knows || (at + 1 < end && bytes[at] < 9 && bytes[at + 1] === 1)) {
      const text = readQueryAttributes(attributeTrace, bytes, at, end);
      if (text > 0) at = text;
    }
    const statement = statements.read(bytes, at, end, end - start < frame.length);
    const e = this.#ask('', frame, Shape.results);
    if (e === undefined) return;
    describe(e, statement);
    if (this.#context.options.keepRaw) e.resource = rawStatement(statement, bytes, at, end);
    e.follow(attributeTrace.traceId !== '' ? attributeTrace : statements.trace);
    if (statement.verb === 'USE') {
      const name = /^USE\s+(?:`([^`]+)`|([\w$]+))$/i.exec(statement.text);
      if (name !== null) this.#newDatabase = name[1] ?? name[2];
    }
  }

  #statementOf(id: number): Statement {
    // MariaDB: the one that was prepared last, whose id the client does not know yet.
    return id === 0xffff_ffff ? this.#lastPrepared : (this.#prepared.get(id) ?? unknownStatement);
  }

  /** From here on it is the binary log that flows. */
  #replicates(frame: Frame): void {
    const e = this.#ask('BINLOG DUMP', frame, Shape.simple);
    if (e === undefined) return;
    e.flags |= RequestFlag.streaming | RequestFlag.wait;
    e.key = 1;
  }

  #fromServer(frame: Frame): void {
    this.#frames++;
    this.#unframed[Side.server] -= frame.length;
    if (frame.bytes[frame.start + 3] === 0 && !this.#loggingIn && this.#order.length === 0) {
      this.#greets(frame);
      return;
    }
    // Nothing but another answer begins with packet 1.
    if (this.#result.mayBeDone && frame.bytes[frame.start + 3] === 1) this.#done();
    const first = this.#order.first();
    const e = first !== undefined && first.responseStart !== NEVER ? first : this.#order.answered(frame.lastTime);
    if (e === undefined) return;
    e.answer(frame, frame.length);
    if (e.responseBytes > bulk) this.#beBulky();
    const step = this.#result.read(frame);
    switch (step) {
      case Step.done:
        this.#done();
        return;
      case Step.failed: {
        const error = readError(frame);
        e.ended(error.outcome, error.code, error.state);
        if (error.partial) e.partial();
        this.#newDatabase = '';
        if (e.kind === Shape.prepared) this.#preparing.shift();
        this.#finish();
        return;
      }
      case Step.file:
        e.flags |= RequestFlag.streaming;
        return;
      case Step.lost:
        this.#lostTrack(Side.server, frame.lastTime);
        return;
    }
  }

  #greets(frame: Frame): void {
    const { bytes, start, end } = frame;
    if (start + headerBytes < end && bytes[start + headerBytes] === Answer.error) {
      // Refused before a word was said: too many connections, host is blocked.
      const e = this.#ask('CONNECT', frame, Shape.login);
      if (e === undefined) return;
      e.requestBytes = 0;
      const error = readError(frame);
      e.answer(frame, frame.length).ended(error.outcome, error.code, error.state);
      this.#finish();
      return;
    }
    const greeting = readGreeting(frame);
    if (greeting === undefined) return;
    this.#serverCapabilities = greeting.capabilities;
    this.#capabilities = 0;
    this.#loggingIn = true;
  }

  /** The answer to the first that waits is complete. */
  #done(): void {
    const e = this.#order.first();
    if (e === undefined) return;
    e.outcome = Outcome.ok;
    e.responseMessages = this.#result.rows;
    switch (e.kind) {
      case Shape.login:
        this.#loggedIn();
        break;
      case Shape.prepared: {
        const statement = this.#preparing.shift();
        if (this.#result.statementId >= 0 && statement !== undefined) this.#keep(this.#result.statementId, statement);
        break;
      }
    }
    if (this.#newDatabase !== '' && e.method === 'USE') {
      this.#database = this.#newDatabase;
      this.#newDatabase = '';
    }
    this.#finish();
  }

  #keep(id: number, statement: Statement): void {
    if (this.#prepared.size >= mostStatements) {
      for (const oldest of this.#prepared.keys()) {
        this.#prepared.delete(oldest);
        break;
      }
    }
    this.#prepared.set(id, statement);
  }

  /** Where both agreed to compress, they do so from here on. */
  #loggedIn(): void {
    this.#loggingIn = false;
    if ((this.#capabilities & (Capability.compress | Capability.zstd)) === 0) return;
    this.#context.count('mysql_compressed');
    this.#order.first()?.attribute('mysql.compressed', 'true');
    this.#opaque = true;
    this.#context.want(Want.counters);
  }

  #finish(): void {
    const isDump = this.#order.first()?.key === 1;
    this.#order.finish();
    const following = this.#order.first();
    if (following !== undefined) this.#result.begin(following.kind);
    if (!isDump) return;
    this.#opaque = true;
    this.#context.want(Want.counters);
  }

  #emit(e: Exchange): void {
    e.authority = this.#database;
    e.userAgent = this.#userAgent;
    e.emit(this.#context.sink, protocol);
  }
}

function describe(e: Exchange, statement: Statement): void {
  e.method = statement.verb;
  e.target = statement.tables;
  e.resource = statement.text;
  if (statement.partial) e.partial();
}
