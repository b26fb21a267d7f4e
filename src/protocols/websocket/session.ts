import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, RequestFlag, Side } from '../../model/request.ts';
import type { Exchange } from '../http/exchange.ts';
import { type How, outcomeOfEnd } from '../http/outcome.ts';
import { type Chunk, type Session, type SessionContext, Want } from '../protocol.ts';
import { closeName, closeOutcome } from './close-code.ts';
import { WebSocketFrames } from './frames.ts';

/** Bytes after which a conversation of large messages is no longer read in full. */
const bulk = 4 << 20;
const largeMessage = 4096;

/**
 * One WebSocket conversation (RFC 6455), from the end of its handshake to the Close frames: one record that says how many
 * messages went each way, how many bytes, how long it took and why it ended. The handshake is a request of its own.
 */
export class WebSocketSession implements Session {
  readonly #context: SessionContext;
  readonly #frames: readonly [WebSocketFrames, WebSocketFrames];
  readonly #bytes: [number, number] = [0, 0];
  #target = '';
  #resource = '';
  #authority = '';
  #userAgent = '';
  #start: CaptureTime = NEVER;
  #firstOfServer: CaptureTime = NEVER;
  #lastOfClient: CaptureTime = NEVER;
  #last: CaptureTime = NEVER;
  #done = false;
  #reading = true;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#frames = [new WebSocketFrames(Side.client), new WebSocketFrames(Side.server)];
    context.want(Want.stream);
  }

  get pending(): number {
    return this.#done || this.#start === NEVER ? 0 : 1;
  }

  /** The handshake that led here. */
  adopt(e: Exchange, time: CaptureTime): void {
    this.#target = e.target;
    this.#resource = e.resource;
    this.#authority = e.authority;
    this.#userAgent = e.userAgent;
    this.#start = this.#last = time;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#done) return;
    if (this.#start === NEVER) this.#start = chunk.time;
    this.#last = chunk.lastTime;
    if (from === Side.client) this.#lastOfClient = chunk.lastTime;
    else if (this.#firstOfServer === NEVER) this.#firstOfServer = chunk.time;
    this.#bytes[from] += chunk.end - chunk.start + chunk.skipped;
    this.#frames[from].push(chunk);
    if (this.#frames[0].closed && this.#frames[1].closed) this.#finish(undefined);
    else if (this.#reading && this.#bytes[0] + this.#bytes[1] > bulk) this.#mayReadLess();
  }

  lost(from: Side, bytes: number): void {
    if (this.#done || bytes === 0) return;
    this.#context.count('websocket_bytes_lost');
    if (bytes > 0) this.#bytes[from] += bytes;
    this.#frames[from].skip(bytes);
  }

  close(_time: CaptureTime, how: How): void {
    if (!this.#done && this.#start !== NEVER) this.#finish(how);
    this.#done = true;
  }

  /** Video and the like: how many messages there are is not worth reading every byte. */
  #mayReadLess(): void {
    const messages = this.#frames[0].messages + this.#frames[1].messages;
    this.#reading = false;
    if (messages * largeMessage < bulk) this.#context.want(Want.heads);
  }

  #finish(how: How | undefined): void {
    this.#done = true;
    const [up, down] = this.#frames;
    const r = this.#context.sink.fields;
    r.protocol = 'websocket';
    r.method = 'messages';
    r.target = this.#target;
    r.resource = this.#resource;
    r.authority = this.#authority;
    r.userAgent = this.#userAgent;
    r.requestMessages = up.messages;
    r.responseMessages = down.messages;
    r.requestBytes = this.#bytes[0];
    r.responseBytes = this.#bytes[1];
    r.start = this.#start;
    r.requestEnd = this.#lastOfClient;
    r.responseStart = this.#firstOfServer;
    r.end = this.#last;
    r.flags = RequestFlag.streaming | (up.exact && down.exact && how !== 'unknown' ? 0 : RequestFlag.partial);
    // Whoever closes first says why; the other side repeats it.
    const code =
      down.closeCode >= 0 && down.closeCode !== 1000 ? down.closeCode : Math.max(up.closeCode, down.closeCode);
    r.code = code;
    if (code >= 0) r.codeText = closeName(code);
    if (code >= 0) r.outcome = closeOutcome(code);
    else r.outcome = how === undefined || !(up.exact && down.exact) ? Outcome.unset : outcomeOfEnd(how);
    this.#context.sink.emit();
  }
}
