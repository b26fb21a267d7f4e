import { u32le } from '../byte-reader.ts';
import type { Frame } from '../frames.ts';
import { indexOfByte, textOf } from '../text.ts';
import { Capability, headerBytes, lenenc, readLenenc } from './wire.ts';

/** Length of the zero-filled or MariaDB-extended part of a client's first packet, and of the packet that asks for TLS. */
const fixedPart = 32;

/** What a server says of itself first. */
export interface Greeting {
  readonly version: string;
  readonly capabilities: number;
}

/** Reads the first packet of a server (protocol version 10); undefined where it is something else. */
export function readGreeting(frame: Pick<Frame, 'bytes' | 'start' | 'end'>): Greeting | undefined {
  const { bytes, start, end } = frame;
  const from = start + headerBytes;
  if (from >= end || bytes[from] !== 10) return undefined;
  const zero = indexOfByte(bytes, 0, from + 1, Math.min(end, from + 64));
  if (zero < 0 || zero === from + 1) return undefined;
  for (let i = from + 1; i < zero; i++) if (bytes[i] < 0x21 || bytes[i] > 0x7e) return undefined;
  const low = zero + 1 + 4 + 8 + 1;
  if (low + 7 > end) return undefined;
  const capabilities = (bytes[low] | (bytes[low + 1] << 8) | (bytes[low + 5] << 16) | (bytes[low + 6] << 24)) >>> 0;
  return { version: textOf(bytes, from + 1, zero), capabilities };
}

/** What a client says in return. */
export interface Login {
  readonly capabilities: number;
  /** It asks for TLS and says the rest later. */
  readonly asksForTls: boolean;
  readonly database: string;
  /** Name and version of the client library, and of the program, where it tells. */
  readonly client: string;
}

/** Reads a client's first packet. What of it was cut is ''. */
export function readLogin(frame: Frame): Login {
  const { bytes, end } = frame;
  let at = frame.start + headerBytes;
  const none = { capabilities: 0, asksForTls: false, database: '', client: '' };
  if (end - at < 4) return none;
  const capabilities = u32le(bytes, at);
  if ((capabilities & Capability.protocol41) === 0) return none;
  const asksForTls = frame.length === headerBytes + fixedPart && (capabilities & Capability.tls) !== 0;
  const login = { ...none, capabilities, asksForTls };
  if (asksForTls) return login;
  const user = indexOfByte(bytes, 0, at + fixedPart, end);
  if (user < 0) return login;
  at = user + 1;
  if ((capabilities & Capability.lenencAuth) !== 0) {
    if (readLenenc(bytes, at, end) < 0) return login;
    at = lenenc.after + lenenc.value;
  } else if ((capabilities & Capability.secureConnection) !== 0) at += 1 + bytes[at];
  else at = indexOfByte(bytes, 0, at, end) + 1;
  if (at <= 0 || at > end) return login;
  let database = '';
  if ((capabilities & Capability.connectWithDb) !== 0) {
    const stop = indexOfByte(bytes, 0, at, end);
    if (stop < 0) return login;
    database = textOf(bytes, at, Math.min(stop, at + 64));
    at = stop + 1;
  }
  if ((capabilities & Capability.pluginAuth) !== 0) {
    const stop = indexOfByte(bytes, 0, at, end);
    if (stop < 0) return { ...login, database };
    at = stop + 1;
  }
  const client = (capabilities & Capability.connectAttributes) !== 0 ? readClient(bytes, at, end) : '';
  return { ...login, database, client };
}

/** Program or library out of the connection attributes. */
function readClient(bytes: Uint8Array, at: number, end: number): string {
  if (readLenenc(bytes, at, end) < 0) return '';
  const stop = Math.min(end, lenenc.after + lenenc.value);
  at = lenenc.after;
  const values = new Map<string, string>();
  while (at < stop && values.size < 16) {
    const name = readText(bytes, at, stop);
    const value = readText(bytes, lenenc.after, stop);
    if (lenenc.value < 0) break;
    values.set(name, value);
    at = lenenc.after;
  }
  const library = values.get('_client_name') ?? '';
  const version = values.get('_client_version') ?? '';
  const named = version === '' ? library : `${library}/${version}`;
  const program = values.get('program_name') ?? '';
  return program === '' || program === library ? named : `${program} ${named}`.trim();
}

/** A text with its length before it, at most 64 bytes of it; {@link lenenc} is left behind it. */
function readText(bytes: Uint8Array, at: number, end: number): string {
  const length = readLenenc(bytes, at, end);
  if (length < 0 || lenenc.after + length > end) {
    lenenc.value = -1;
    lenenc.after = end;
    return '';
  }
  const from = lenenc.after;
  lenenc.after = from + length;
  return textOf(bytes, from, from + Math.min(length, 64));
}
