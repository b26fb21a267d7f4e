/** ClientHello and ServerHello (RFC 5246 section 7.4.1, RFC 8446 section 4.1), as far as they are there. */
import type { ByteReader } from '../byte-reader.ts';
import { Interner } from '../interner.ts';
import { startsWith } from '../text.ts';

const serverNames = new Interner(1024);
/** Lists of protocols as they stand in the extension, and as `h2,http/1.1`. */
const protocolLists = new Interner(64, { longest: 128, derive: protocolList });

const Extension = {
  serverName: 0,
  alpn: 16,
  preSharedKey: 41,
  supportedVersions: 43,
  keyShare: 51,
} as const;

/** What a ClientHello offers. Reused. */
export interface ClientHello {
  /** Highest version offered, e.g. 0x0304; 0 where that was cut off. */
  version: number;
  serverName: string;
  /** The protocols that it offers, best liked first: 'h2,http/1.1'. */
  applicationProtocols: string;
}

/** What a ServerHello chose. Reused. */
export interface ServerHello {
  version: number;
  cipher: number;
  /** '' where none, or where it is encrypted (TLS 1.3). */
  applicationProtocol: string;
  /** Group of the key exchange (TLS 1.3), 0 where none. */
  group: number;
  acceptsPreSharedKey: boolean;
  /** It is no ServerHello but asks for another ClientHello. */
  isRetry: boolean;
}

/** A blank ClientHello. */
export function newClientHello(): ClientHello {
  return {
    version: 0,
    serverName: '',
    applicationProtocols: '',
  };
}

/** A blank ServerHello. */
export function newServerHello(): ServerHello {
  return {
    version: 0,
    cipher: 0,
    applicationProtocol: '',
    group: 0,
    acceptsPreSharedKey: false,
    isRetry: false,
  };
}

/** First bytes of SHA-256("HelloRetryRequest"), which stand in place of the random (RFC 8446, section 4.1.3). */
const retryRandom = '\u00cf\u0021\u00ad\u0074\u00e5\u009a\u0061\u0011';

/** Values that servers are to ignore (RFC 8701): 0x0a0a, 0x1a1a, ... */
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** Reads a ClientHello; the reader stands behind the header of the handshake message. */
export function readClientHello(hello: ClientHello, reader: ByteReader): void {
  hello.version = reader.u16be();
  hello.serverName = hello.applicationProtocols = '';
  reader.skip(32);
  reader.skip(reader.u8());
  reader.skip(reader.u16be());
  reader.skip(reader.u8());
  // Clients of old send no extensions.
  if (reader.left > 0) {
    const length = reader.u16be();
    const stop = Math.min(reader.end, reader.at + length);
    while (reader.at + 4 <= stop) readClientExtension(hello, reader);
  }
}

function readClientExtension(hello: ClientHello, reader: ByteReader): void {
  const { bytes } = reader;
  const type = reader.u16be();
  const length = reader.u16be();
  const at = reader.at;
  reader.skip(length);
  if (reader.short) return;
  switch (type) {
    case Extension.serverName: {
      // One list with one entry: type 0, a name.
      const size = length >= 5 ? (bytes[at + 3] << 8) | bytes[at + 4] : 0;
      if (bytes[at + 2] === 0 && size > 0 && size <= length - 5) {
        hello.serverName = serverNames.text(bytes, at + 5, at + 5 + size);
      }
      return;
    }
    case Extension.alpn:
      hello.applicationProtocols = offered(bytes, at, at + length);
      return;
    case Extension.supportedVersions:
      for (let i = at + 1; i + 2 <= at + length; i += 2) {
        const version = (bytes[i] << 8) | bytes[i + 1];
        if (!isGrease(version) && version > hello.version && version <= 0x0304) hello.version = version;
      }
      return;
    default:
  }
}

function offered(bytes: Uint8Array, at: number, end: number): string {
  protocolLists.text(bytes, at + 2, end);
  return protocolLists.derived;
}

/** Names, each after its length of one byte, with commas between. */
function protocolList(text: string): string {
  const names: string[] = [];
  for (let i = 0; i < text.length; i += 1 + text.charCodeAt(i)) {
    const name = text.slice(i + 1, i + 1 + text.charCodeAt(i));
    if (/^[\x21-\x7e]+$/.test(name)) names.push(name);
  }
  return names.join(',');
}

/** Reads a ServerHello; the reader stands behind the header of the handshake message. */
export function readServerHello(hello: ServerHello, reader: ByteReader): void {
  const { bytes } = reader;
  hello.version = reader.u16be();
  hello.isRetry = startsWith(bytes, reader.at, reader.end, retryRandom);
  reader.skip(32);
  reader.skip(reader.u8());
  hello.cipher = reader.u16be();
  reader.skip(1);
  hello.applicationProtocol = '';
  hello.group = 0;
  hello.acceptsPreSharedKey = false;
  if (reader.left > 0) {
    const length = reader.u16be();
    const stop = Math.min(reader.end, reader.at + length);
    while (reader.at + 4 <= stop && !reader.short) {
      const type = reader.u16be();
      const size = reader.u16be();
      const at = reader.at;
      reader.skip(size);
      if (reader.short) break;
      const first = size >= 2 ? (bytes[at] << 8) | bytes[at + 1] : 0;
      if (type === Extension.alpn) hello.applicationProtocol = offered(bytes, at, at + size);
      else if (type === Extension.supportedVersions) hello.version = first;
      else if (type === Extension.keyShare) hello.group = first;
      else if (type === Extension.preSharedKey) hello.acceptsPreSharedKey = true;
    }
  }
}

const groups: Readonly<Record<number, string>> = {
  22: 'secp256k1',
  23: 'secp256r1',
  24: 'secp384r1',
  25: 'secp521r1',
  29: 'x25519',
  30: 'x448',
  256: 'ffdhe2048',
  257: 'ffdhe3072',
  4587: 'SecP256r1MLKEM768',
  4588: 'X25519MLKEM768',
  4589: 'SecP384r1MLKEM1024',
  25497: 'X25519Kyber768Draft00',
};

/** Name of a group of a key exchange, '' where unknown. */
export function groupName(group: number): string {
  return groups[group] ?? '';
}

/** A version as OpenTelemetry's `tls.protocol.version` has it; '' where unknown. */
export function versionName(version: number): string {
  switch (version) {
    case 0x0304:
      return '1.3';
    case 0x0303:
      return '1.2';
    case 0x0302:
      return '1.1';
    case 0x0301:
      return '1.0';
    case 0x0300:
      return '3.0';
    default:
      return '';
  }
}
