import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, Side } from '../../model/request.ts';
import { ByteReader } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { newExchange } from '../exchange.ts';
import { type Frame, FrameCutter } from '../frames.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { alertName, alertOutcome } from './alerts.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { cipherName } from './ciphers.ts';
import { groupName, newClientHello, newServerHello, readClientHello, readServerHello, versionName } from './hello.ts';
import { Content, Handshake, handshakeMessages, recordHeader, records } from './wire.ts';

const reader = new ByteReader();
const clientHello = newClientHello();
const serverHello = newServerHello();

/** Bytes kept of a handshake message: of a certificate chain its first certificate. */
const keptOfMessage = 4096;
/** An encrypted alert: two bytes, the real content type, and the tag of any cipher of TLS 1.3. Nothing else is as short. */
const encryptedAlertBytes = 2 + 1 + 16;

/** Where the handshake is. */
const Stage = { begun: 0, answered: 1, over: 2 } as const;

/** What is known of one direction. */
interface Direction {
  readonly records: FrameCutter;
  readonly messages: FrameCutter;
  /** Change cipher spec went by (TLS <= 1.2): handshake messages that follow are encrypted. */
  encrypted: boolean;
  /** The encrypted Finished went by. */
  finished: boolean;
}

/** A TLS connection up to the end of its handshake, which is told as one request. What follows is only counted. */
export class TlsSession implements Session {
  readonly #context: SessionContext;
  readonly #exchange = newExchange();
  readonly #directions: readonly [Direction, Direction];
  /** The part of a record that holds handshake messages, for the cutter of messages. */
  readonly #inner: Chunk = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    skipped: 0,
    time: NEVER,
    lastTime: NEVER,
    readAt: NEVER,
  };
  #stage: number = Stage.begun;
  /** The client's first record, and the whole of its ClientHello, went by. */
  #asked = false;
  #begun = false;
  #version = 0;
  #cipher = 0;
  #group = 0;
  #applicationProtocol = '';
  #offeredProtocols = '';
  #isResumed = false;
  #alertBefore = '';
  readonly #certificates: [Certificate | undefined, Certificate | undefined] = [undefined, undefined];

  constructor(context: SessionContext) {
    this.#context = context;
    this.#directions = [this.#direction(Side.client), this.#direction(Side.server)];
    context.want(Want.stream);
  }

  #direction(from: Side): Direction {
    return {
      records: new FrameCutter(records, (frame) => this.#record(from, frame), {
        keep: 8192,
        synced: this.#context.fromTheBeginning,
      }),
      messages: new FrameCutter(handshakeMessages, (frame) => this.#message(from, frame), { keep: keptOfMessage }),
      encrypted: false,
      finished: false,
    };
  }

  get pending(): number {
    return this.#begun && this.#stage !== Stage.over ? 1 : 0;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#stage === Stage.over) return;
    const { records: cutter } = this.#directions[from];
    const { losses } = cutter;
    cutter.push(chunk);
    if (cutter.losses > losses) this.#lostTrack(from);
  }

  lost(from: Side, bytes: number, time: CaptureTime): void {
    if (this.#stage === Stage.over) return;
    const { records: cutter } = this.#directions[from];
    const { losses } = cutter;
    cutter.gap(bytes, time);
    if (cutter.losses > losses) this.#lostTrack(from);
  }

  close(_time: CaptureTime, how: ConnectionEnding): void {
    if (this.#stage === Stage.over) return;
    this.#exchange.ended(outcomeOfEnding(how), -1, this.#alertBefore);
    this.#end(this.#exchange.end);
  }

  #lostTrack(from: Side): void {
    this.#directions[from].messages.lost();
    this.#context.count('tls_lost_track');
    this.#exchange.partial();
  }

  /** Tells the handshake, if its beginning was seen, and looks no further. */
  #end(end: CaptureTime): void {
    this.#stage = Stage.over;
    this.#context.want(Want.counters);
    if (!this.#begun) return;
    const e = this.#exchange;
    e.end = end;
    const set = (name: string, value: string) => {
      if (value !== '') e.attribute(name, value);
    };
    const version = versionName(this.#version);
    set('tls.protocol.name', version === '' ? '' : version === '3.0' ? 'ssl' : 'tls');
    set('tls.protocol.version', version);
    if (this.#cipher > 0) set('tls.cipher', cipherName(this.#cipher));
    set('tls.curve', groupName(this.#group));
    set('tls.next_protocol', this.#applicationProtocol);
    set('tls.client.next_protocols', this.#offeredProtocols);
    set('tls.established', e.outcome === Outcome.ok ? 'true' : 'false');
    if (e.outcome === Outcome.ok) set('tls.resumed', this.#isResumed ? 'true' : 'false');
    for (const [side, name] of [
      [Side.server, 'server'],
      [Side.client, 'client'],
    ] as const) {
      const certificate = this.#certificates[side];
      if (certificate === undefined) continue;
      set(`tls.${name}.subject`, certificate.subject);
      set(`tls.${name}.issuer`, certificate.issuer);
      set(`tls.${name}.not_before`, certificate.notBefore);
      set(`tls.${name}.not_after`, certificate.notAfter);
    }
    e.emit(this.#context.sink, 'tls');
  }

  #record(from: Side, frame: Frame): void {
    if (this.#stage === Stage.over) return;
    const { bytes, start, end } = frame;
    const direction = this.#directions[from];
    const length = frame.length - recordHeader;
    if (from === Side.server) this.#exchange.answer(frame, frame.length);
    else if (this.#asked) this.#exchange.askMore(frame, frame.length);
    else {
      this.#asked = true;
      this.#exchange.ask('handshake', '', frame, frame.length);
    }
    switch (bytes[start]) {
      case Content.handshake:
        if (direction.encrypted) {
          this.#finished(from, frame);
          return;
        }
        this.#payload(direction, frame);
        return;
      case Content.changeCipherSpec:
        // In TLS 1.3 it means nothing (RFC 8446, appendix D.4).
        direction.encrypted = this.#version < 0x0304;
        return;
      case Content.alert:
        if (!direction.encrypted && length === 2 && start + recordHeader + 2 <= end) {
          this.#alert(from, bytes[start + 5], bytes[start + 6], frame);
        } else this.#fail(from, -1, 'encrypted_alert', frame);
        return;
      case Content.applicationData:
        if (!this.#begun) this.#end(NEVER);
        else if (this.#stage === Stage.answered) this.#encryptedRecord(from, length, frame);
        return;
      default:
    }
  }

  /** Hands what is in a record of handshake messages to the cutter of messages. */
  #payload(direction: Direction, frame: Frame): void {
    const inner = this.#inner;
    inner.bytes = frame.bytes;
    inner.start = Math.min(frame.start + recordHeader, frame.end);
    inner.end = frame.end;
    inner.skipped = frame.length - (frame.end - frame.start);
    inner.time = frame.time;
    inner.lastTime = frame.lastTime;
    inner.readAt = frame.readAt;
    direction.messages.push(inner);
  }

  /** TLS 1.3, after the ServerHello: types are hidden, lengths are not. */
  #encryptedRecord(from: Side, length: number, frame: Frame): void {
    if (length === encryptedAlertBytes) this.#fail(from, -1, 'encrypted_alert', frame);
    // What the client sends first is the end of the handshake (its certificate, its Finished).
    else if (from === Side.client) this.#succeed(frame);
  }

  #finished(from: Side, frame: Frame): void {
    this.#directions[from].finished = true;
    const other = this.#directions[from === Side.client ? Side.server : Side.client];
    if (other.finished) this.#succeed(frame);
    // Where the server finishes first the session is an old one (RFC 5246, section 7.3).
    else if (from === Side.server) this.#isResumed = true;
  }

  #succeed(frame: Frame): void {
    this.#exchange.ended(Outcome.ok);
    this.#end(frame.lastTime);
  }

  #alert(from: Side, level: number, description: number, frame: Frame): void {
    const isFatal = level === 2 || description === 0 || description === 90;
    if (isFatal) this.#fail(from, description, alertName(description), frame);
    // A warning that many servers send for names they do not know; the handshake goes on.
    else this.#alertBefore = alertName(description);
  }

  #fail(from: Side, description: number, name: string, frame: Frame): void {
    this.#exchange.ended(alertOutcome(description, from), description, name);
    this.#end(frame.lastTime);
  }

  #message(from: Side, message: Frame): void {
    const { bytes, start, end } = message;
    reader.reset(bytes, start + 4, end);
    const isCut = end - start < message.length;
    switch (bytes[start]) {
      case Handshake.clientHello:
        if (from === Side.client) this.#clientHello();
        if (isCut) this.#exchange.partial();
        return;
      case Handshake.serverHello:
        if (from === Side.server) this.#serverHello();
        if (isCut) this.#exchange.partial();
        return;
      case Handshake.certificate:
        // A list of certificates, the sender's own first; each after its length of three bytes.
        this.#certificates[from] ??= readCertificate(bytes, start + 10, end);
        return;
      case Handshake.serverKeyExchange:
        // A named curve (RFC 8422, section 5.4); other key exchanges begin with a length of two bytes.
        if (bytes[start + 4] === 3 && start + 7 <= end) this.#group = (bytes[start + 5] << 8) | bytes[start + 6];
        return;
      default:
    }
  }

  #clientHello(): void {
    readClientHello(clientHello, reader);
    // A second one, after a HelloRetryRequest, says nothing new.
    if (this.#begun) return;
    this.#begun = true;
    this.#exchange.target = this.#exchange.authority = clientHello.serverName;
    this.#version = clientHello.version;
    this.#offeredProtocols = clientHello.applicationProtocols;
  }

  #serverHello(): void {
    readServerHello(serverHello, reader);
    if (serverHello.isRetry) return;
    const { version } = serverHello;
    this.#stage = Stage.answered;
    this.#version = version;
    this.#cipher = serverHello.cipher;
    this.#group = serverHello.group;
    if (version >= 0x0304) {
      this.#isResumed = serverHello.acceptsPreSharedKey;
      // Compatibility records before it meant nothing.
      for (const direction of this.#directions) direction.encrypted = false;
      return;
    }
    this.#applicationProtocol = serverHello.applicationProtocol;
  }
}
