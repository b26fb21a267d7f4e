import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, Side } from '../../model/request.ts';
import { ByteReader } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { newExchange } from '../exchange.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { alertName, alertOutcome } from '../tls/alerts.ts';
import { cipherName } from '../tls/ciphers.ts';
import { groupName, newClientHello, newServerHello, readClientHello, readServerHello } from '../tls/hello.ts';
import { CryptoStream } from './crypto-stream.ts';
import { InitialKeys, openPacket, type QuicVersion } from './keys.ts';
import { newLongHeader, readLongHeader, readVarint } from './packet.ts';

const reader = new ByteReader();
const frames = new ByteReader();
const hello = new ByteReader();
const header = newLongHeader();
const clientHello = newClientHello();
const serverHello = newServerHello();

const FrameType = { padding: 0x00, ping: 0x01, ack: 0x02, ackEcn: 0x03, crypto: 0x06, close: 0x1c } as const;
/** Bytes of a packet in which an acknowledgement and the reason of a failure stand. */
const closing = 80;
/** What may stand in Initial packets: anything else was opened with other keys than it was closed with. */
const isFrame = (type: number) => type <= FrameType.ackEcn || type === FrameType.crypto || type === FrameType.close;
/** Errors of TLS among those of QUIC (RFC 9001, section 4.8). */
const cryptoError = 0x100;
const errors = [
  'no_error',
  'internal_error',
  'connection_refused',
  'flow_control_error',
  'stream_limit_error',
  'stream_state_error',
  'final_size_error',
  'frame_encoding_error',
  'transport_parameter_error',
  'connection_id_limit_error',
  'protocol_violation',
  'invalid_token',
  'application_error',
  'crypto_buffer_exceeded',
];

/** A QUIC connection up to the end of its handshake, told as one request. All that follows is encrypted. */
export class QuicSession implements Session {
  readonly #context: SessionContext;
  readonly #exchange = newExchange();
  readonly #streams = [new CryptoStream(), new CryptoStream()] as const;
  #keys: InitialKeys | undefined;
  #keysOf: QuicVersion | undefined;
  /** Destination connection id from which keys are derived. */
  #connectionId = new Uint8Array(0);
  /** That of the client's first packet, where a Retry has put another in its place. */
  #replacedId: Uint8Array | undefined;
  #version: QuicVersion | undefined;
  #begun = false;
  #answered = false;
  #isOver = false;
  #helloRead = false;
  #zeroRtt = false;
  #resumed = false;
  #cipher = 0;
  #group = 0;
  #offeredProtocols = '';
  /** The server knows none of the versions that it was asked for. */
  #negotiating = false;
  /** Packets of the handshake were not seen, or could not be read. */
  #missed: boolean;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#missed = !context.fromTheBeginning;
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#begun && !this.#isOver ? 1 : 0;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#isOver) return;
    if (from === Side.client) {
      if (this.#begun) this.#exchange.askMore(chunk, chunk.end - chunk.start + chunk.skipped);
    } else if (this.#begun) this.#exchange.answer(chunk, chunk.end - chunk.start + chunk.skipped);
    if (chunk.start === chunk.end) this.#missed = true;
    // Several packets may share a datagram.
    const datagramEnd = chunk.end + chunk.skipped;
    for (let at = chunk.start; at < chunk.end && !this.#isOver; at = header.packetEnd) {
      reader.reset(chunk.bytes, at, chunk.end);
      if (chunk.bytes[at] < 0x80) {
        this.#shortHeader(from, chunk);
        return;
      }
      if (!readLongHeader(header, reader, datagramEnd)) {
        if (chunk.skipped > 0) this.#missed = true;
        return;
      }
      this.#packet(from, chunk, at);
    }
    // The first data behind the end of the handshake could be among what was not captured.
    if (from === Side.client && this.#answered && chunk.skipped > 0) this.#missed = true;
  }

  /** Datagrams are lost one by one, and sent again in others. */
  lost(): void {
    this.#missed = true;
  }

  tick(now: CaptureTime): void {
    if (!this.#begun || this.#isOver) return;
    const last = Math.max(this.#exchange.end, this.#exchange.requestEnd);
    if (now - last < 2 * this.#context.options.datagramTimeout) return;
    if (this.#negotiating) this.#fail(Outcome.clientError, -1, 'version_negotiation');
    // Answered, and then silent: one of both gave up in packets that cannot be read.
    else this.#fail(this.#answered ? Outcome.aborted : Outcome.timeout, -1, '');
  }

  close(_time: CaptureTime, how: ConnectionEnding): void {
    if (this.#begun && !this.#isOver)
      this.#fail(outcomeOfEnding(how), -1, this.#negotiating ? 'version_negotiation' : '');
    this.#isOver = true;
  }

  #shortHeader(from: Side, chunk: Chunk): void {
    if (!this.#begun) {
      // In the middle of a connection.
      this.#isOver = true;
      this.#context.want(Want.counters);
      return;
    }
    // A server may send data before it has heard the end of the handshake; a client has.
    if (from === Side.server || !this.#answered) return;
    this.#exchange.ended(Outcome.ok);
    this.#end(chunk.lastTime);
  }

  #packet(from: Side, chunk: Chunk, start: number): void {
    switch (header.type) {
      case 'initial':
        this.#initial(from, chunk, start);
        return;
      case 'zeroRtt':
        this.#zeroRtt = true;
        return;
      case 'retry':
        // The client begins again with the server's connection id, from which new keys follow. It takes the first Retry
        // only (RFC 9000, section 17.2.5.2); a server sends one for each packet that a long hello takes.
        if (from === Side.server && this.#begun && this.#replacedId === undefined) {
          this.#replacedId = this.#connectionId;
          this.#setConnectionId(chunk.bytes, header.sourceAt, header.sourceEnd);
          this.#streams[Side.client].clear();
          this.#helloRead = false;
        }
        return;
      case 'negotiation':
        if (from === Side.server && this.#begun) this.#negotiating = true;
        return;
      default:
    }
  }

  #setConnectionId(bytes: Uint8Array, from: number, to: number): void {
    this.#connectionId = new Uint8Array(bytes.subarray(from, to));
    this.#keys = undefined;
  }

  #initial(from: Side, chunk: Chunk, start: number): void {
    const { version } = header;
    if (version === undefined) return;
    if (from === Side.client && (!this.#begun || (this.#negotiating && version !== this.#version))) {
      this.#setConnectionId(chunk.bytes, header.destinationAt, header.destinationEnd);
      this.#streams[Side.client].clear();
      this.#helloRead = this.#negotiating = false;
      this.#replacedId = undefined;
      if (!this.#begun) {
        this.#exchange.ask('handshake', '', chunk, chunk.end - chunk.start + chunk.skipped);
        this.#begun = true;
      }
    }
    if (!this.#begun) return;
    // Sent before the Retry was received.
    if (from === Side.client && this.#isReplaced(chunk.bytes)) return;
    if (this.#keys === undefined || this.#keysOf !== version) {
      this.#keys = new InitialKeys(version, this.#connectionId);
      this.#keysOf = version;
    }
    this.#version = version;
    const { numberAt, packetEnd } = header;
    // Behind the hello there are acknowledgements, padding, and why it failed.
    const isKnown = from === Side.client ? this.#helloRead : this.#answered;
    const most = isKnown ? closing : chunk.bytes.length;
    const payload = openPacket(this.#keys.of(from), chunk.bytes, start, numberAt, chunk.end, packetEnd, most);
    if (payload === undefined || !isFrame(payload[0])) {
      this.#context.count('quic_cannot_open');
      this.#missed = true;
      return;
    }
    const isCut = packetEnd > chunk.end;
    this.#frames(from, payload, chunk, isKnown);
    if (from === Side.client) this.#readClientHello(isCut);
    else this.#readServerHello(isCut);
  }

  /** True where the packet of {@link header} is for the connection id that a Retry has replaced. */
  #isReplaced(bytes: Uint8Array): boolean {
    const { destinationAt, destinationEnd } = header;
    const replaced = this.#replacedId;
    if (replaced === undefined || replaced.length !== destinationEnd - destinationAt) return false;
    return replaced.every((byte, i) => byte === bytes[destinationAt + i]);
  }

  #frames(from: Side, payload: Uint8Array, chunk: Chunk, isKnown: boolean): void {
    frames.reset(payload, 0, payload.length);
    while (frames.left > 0 && !this.#isOver) {
      switch (frames.u8()) {
        case FrameType.padding:
        case FrameType.ping:
          break;
        case FrameType.ack:
          skipAck(false);
          break;
        case FrameType.ackEcn:
          skipAck(true);
          break;
        case FrameType.crypto: {
          const offset = readVarint(frames);
          const length = readVarint(frames);
          const data = payload.subarray(frames.at, Math.min(frames.at + length, payload.length));
          if (!frames.short && !isKnown) this.#streams[from].add(offset, data);
          frames.skip(length);
          break;
        }
        case FrameType.close:
          this.#closed(from, chunk);
          return;
        default:
          return;
      }
    }
  }

  /** CONNECTION_CLOSE: error code, type of the frame at fault, reason. */
  #closed(from: Side, chunk: Chunk): void {
    const code = readVarint(frames);
    if (frames.short) return;
    this.#exchange.end = chunk.lastTime;
    if (code >= cryptoError && code < 2 * cryptoError) {
      const alert = code - cryptoError;
      this.#fail(alertOutcome(alert, from), alert, alertName(alert));
      return;
    }
    const isRefused = code === 1 || code === 2;
    const outcome = (from === Side.server) === isRefused ? Outcome.serverError : Outcome.clientError;
    this.#fail(outcome, code, errors[code] ?? `error_${code}`);
  }

  #readClientHello(isCut: boolean): void {
    const stream = this.#streams[Side.client];
    if (this.#helloRead || (!stream.hasMessage && !isCut) || stream.bytes[0] !== 1) return;
    const { bytes } = stream;
    this.#helloRead = stream.hasMessage;
    hello.reset(bytes, 4, bytes.length);
    readClientHello(clientHello, hello);
    this.#exchange.target = this.#exchange.authority = clientHello.serverName;
    this.#offeredProtocols = clientHello.applicationProtocols;
  }

  #readServerHello(isCut: boolean): void {
    const stream = this.#streams[Side.server];
    if (isCut && !stream.hasMessage) this.#missed = true;
    if (this.#answered || !stream.hasMessage || stream.bytes[0] !== 2) return;
    hello.reset(stream.bytes, 4, stream.bytes.length);
    readServerHello(serverHello, hello);
    if (serverHello.isRetry) {
      // Another ClientHello follows in the same stream; it says nothing new.
      stream.clear();
      return;
    }
    this.#answered = true;
    this.#cipher = serverHello.cipher;
    this.#group = serverHello.group;
    this.#resumed = serverHello.acceptsPreSharedKey;
  }

  #fail(outcome: Outcome, code: number, name: string): void {
    this.#exchange.ended(outcome, code, name);
    this.#end(this.#exchange.end);
  }

  #end(end: CaptureTime): void {
    this.#isOver = true;
    this.#context.want(Want.counters);
    const e = this.#exchange;
    e.end = e.responseStart === NEVER ? NEVER : end;
    if (this.#missed || !this.#helloRead) e.partial();
    const set = (name: string, value: string) => {
      if (value !== '') e.attribute(name, value);
    };
    set('quic.version', this.#version?.name ?? '');
    set('tls.protocol.name', 'tls');
    set('tls.protocol.version', '1.3');
    if (this.#cipher > 0) set('tls.cipher', cipherName(this.#cipher));
    set('tls.curve', groupName(this.#group));
    set('tls.client.next_protocols', this.#offeredProtocols);
    set('tls.established', e.outcome === Outcome.ok ? 'true' : 'false');
    if (e.outcome === Outcome.ok) {
      set('tls.resumed', this.#resumed ? 'true' : 'false');
      set('quic.early_data', this.#zeroRtt ? 'true' : 'false');
    }
    e.emit(this.#context.sink, 'quic');
  }
}

/** Skips an ACK frame: largest, delay, ranges, with counts of congestion marks behind them in one of its two kinds. */
function skipAck(hasMarks: boolean): void {
  readVarint(frames);
  readVarint(frames);
  let numbers = readVarint(frames) * 2 + 1 + (hasMarks ? 3 : 0);
  for (; numbers > 0 && !frames.short; numbers--) readVarint(frames);
}
