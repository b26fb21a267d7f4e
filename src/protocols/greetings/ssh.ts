import { type CaptureTime, NEVER } from '../../base/units.ts';
import { Outcome, Side } from '../../model/request.ts';
import { ByteReader, u32be } from '../byte-reader.ts';
import { type ConnectionEnding, outcomeOfEnding } from '../ending.ts';
import { newExchange } from '../exchange.ts';
import { type Frame, FrameCutter, type FrameRule } from '../frames.ts';
import { type Chunk, Confidence, type Protocol, type Session, type SessionContext, Want } from '../protocol.ts';
import { indexOfByte, startsWith, textOf } from '../text.ts';

const LF = 10;
const longestLine = 255;
const longestPacket = 256 * 1024;
const Message = { disconnect: 1, keyExchangeInit: 20, newKeys: 21 } as const;
const reader = new ByteReader();

/**
 * A version line, then packets: a length of four bytes, padding, a type (RFC 4253, sections 4.2 and 6). Where the side has
 * taken its new keys all the rest is one frame, which means nothing.
 */
function packetRule(isEncrypted: () => boolean): FrameRule {
  return {
    longestHeader: longestLine,
    length(bytes, at, end) {
      if (isEncrypted()) return end - at;
      if (bytes[at] !== 0) {
        const lineEnd = indexOfByte(bytes, LF, at, Math.min(end, at + longestLine));
        if (lineEnd >= 0) return lineEnd + 1 - at;
        return end - at >= longestLine ? -1 : 0;
      }
      if (end - at < 6) return 0;
      const size = u32be(bytes, at);
      return size < 5 || size > longestPacket || bytes[at + 4] >= size ? -1 : size + 4;
    },
    begins: () => false,
  };
}

/** Lists of algorithms of a KEXINIT, in the order in which they stand there (RFC 4253, section 7.1). */
const ALGORITHMS = { keyExchange: 0, hostKey: 1, cipherToServer: 2, cipherToClient: 3, macToServer: 4 } as const;

/** An SSH connection up to the end of its first key exchange, which is told as one request. All that follows is encrypted. */
class SshSession implements Session {
  readonly #context: SessionContext;
  readonly #exchange = newExchange();
  readonly #cutters: readonly [FrameCutter, FrameCutter];
  readonly #versions: [string, string] = ['', ''];
  readonly #lists: [string[], string[]] = [[], []];
  readonly #hasKeys: [boolean, boolean] = [false, false];
  #begun = false;
  #isOver: boolean;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#isOver = !context.fromTheBeginning;
    this.#cutters = [this.#cutter(Side.client), this.#cutter(Side.server)];
    context.want(this.#isOver ? Want.counters : Want.stream);
  }

  #cutter(from: Side): FrameCutter {
    const rule = packetRule(() => this.#hasKeys[from]);
    return new FrameCutter(rule, (frame) => this.#packet(from, frame), { keep: 4096 });
  }

  get pending(): number {
    return this.#begun && !this.#isOver ? 1 : 0;
  }

  data(from: Side, chunk: Chunk): void {
    if (this.#isOver) return;
    const cutter = this.#cutters[from];
    cutter.push(chunk);
    if (!cutter.synced && !this.#hasKeys[from]) this.#giveUp();
  }

  lost(): void {
    if (!this.#isOver) this.#giveUp();
  }

  close(_time: CaptureTime, how: ConnectionEnding): void {
    if (this.#isOver || !this.#begun) return;
    this.#exchange.ended(outcomeOfEnding(how));
    this.#end();
  }

  /** The end of the handshake cannot be told from what follows it. */
  #giveUp(): void {
    if (this.#isOver) return;
    this.#context.count('ssh_lost_track');
    this.#exchange.partial().end = NEVER;
    if (this.#begun) this.#end();
    this.#isOver = true;
    this.#context.want(Want.counters);
  }

  #end(): void {
    this.#isOver = true;
    this.#context.want(Want.counters);
    const exchange = this.#exchange;
    exchange.userAgent = this.#versions[Side.client];
    if (this.#versions[Side.server] !== '') exchange.attribute('ssh.server.version', this.#versions[Side.server]);
    this.#agreed('ssh.kex', ALGORITHMS.keyExchange);
    this.#agreed('ssh.host_key', ALGORITHMS.hostKey);
    this.#agreed('ssh.cipher', ALGORITHMS.cipherToServer);
    exchange.emit(this.#context.sink, 'ssh');
  }

  /** The first of the client's algorithms that the server knows too is the one they use. */
  #agreed(name: string, index: number): void {
    const [client, server] = this.#lists;
    const known = new Set((server[index] ?? '').split(','));
    const chosen = (client[index] ?? '').split(',').find((algorithm) => algorithm !== '' && known.has(algorithm));
    if (chosen !== undefined) this.#exchange.attribute(name, chosen);
  }

  #packet(from: Side, frame: Frame): void {
    if (this.#isOver || this.#hasKeys[from]) return;
    const { bytes, start, end } = frame;
    if (!this.#begun) {
      this.#begun = true;
      this.#exchange.ask('handshake', '', frame, 0);
    }
    if (from === Side.client) this.#exchange.askMore(frame, frame.length);
    else this.#exchange.answer(frame, frame.length);
    if (bytes[start] !== 0) {
      // Servers may say something before their version.
      if (startsWith(bytes, start, end, 'SSH-')) this.#versions[from] = textOf(bytes, start, end).trimEnd();
      return;
    }
    if (end - start < 6) {
      this.#giveUp();
      return;
    }
    switch (bytes[start + 5]) {
      case Message.keyExchangeInit:
        this.#lists[from] = readLists(bytes, start, end);
        return;
      case Message.newKeys:
        this.#hasKeys[from] = true;
        if (this.#hasKeys[0] && this.#hasKeys[1]) {
          this.#exchange.end = frame.lastTime;
          this.#exchange.ended(Outcome.ok);
          this.#end();
        }
        return;
      case Message.disconnect: {
        const reason = start + 10 <= end ? u32be(bytes, start + 6) : -1;
        this.#exchange.end = frame.lastTime;
        const outcome = from === Side.server ? Outcome.clientError : Outcome.serverError;
        this.#exchange.ended(outcome, reason, 'disconnect');
        this.#end();
        return;
      }
      default:
    }
  }
}

function readLists(bytes: Uint8Array, start: number, end: number): string[] {
  reader.reset(bytes, start + 6 + 16, end);
  const lists: string[] = [];
  for (let i = 0; i <= ALGORITHMS.cipherToServer && !reader.short; i++) lists.push(reader.text(reader.u32be()));
  return lists;
}

/** SSH: versions, algorithms and the time of the first key exchange. */
export const ssh: Protocol = {
  name: 'ssh',
  transports: ['tcp'],
  ports: [22],
  recognise(bytes, start, end) {
    const length = Math.min(end - start, 4);
    if (length <= 0 || !startsWith(bytes, start, end, 'SSH-'.slice(0, length))) return Confidence.no;
    if (end - start < 9) return Confidence.more;
    return startsWith(bytes, start, end, 'SSH-2.0-') || startsWith(bytes, start, end, 'SSH-1.')
      ? Confidence.yes
      : Confidence.no;
  },
  open: (context) => new SshSession(context),
  attributes(request) {
    const attributes: Record<string, string | number | boolean> = {};
    for (let i = 0; i + 1 < request.attributes.length; i += 2)
      attributes[request.attributes[i]] = request.attributes[i + 1];
    return attributes;
  },
};
