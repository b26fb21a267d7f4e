/** Keys of Initial packets, which anybody can derive who has seen the first (RFC 9001, section 5; RFC 9369, section 3). */
import { Buffer } from 'node:buffer';
import type { Side } from '../../model/request.ts';
import { encryptBlock, expandKey, roundKeyWords } from './aes128.ts';
import { type HmacKey, hmacKey, messageBlock, type Schedule, sign } from './sha256.ts';

/** A version of QUIC that can be read. */
export interface QuicVersion {
  /** As people write it: '1', '2', 'draft-29'. */
  readonly name: string;
  readonly salt: Buffer;
  /** What labels of keys begin with. */
  readonly label: string;
  /** Type bits of Initial, 0-RTT, Handshake and Retry packets. */
  readonly types: readonly [initial: number, zeroRtt: number, handshake: number, retry: number];
}

const one: QuicVersion = {
  name: '1',
  salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'),
  label: 'quic',
  types: [0, 1, 2, 3],
};
const two: QuicVersion = {
  name: '2',
  salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'),
  label: 'quicv2',
  types: [1, 2, 3, 0],
};
const draftSalt = Buffer.from('afbfec289993d24c9e9786f19c6111e04390a899', 'hex');
const drafts = new Map([29, 30, 31, 32].map((n) => [n, { ...one, name: `draft-${n}`, salt: draftSalt }]));

/** The version with this number, undefined where it is not known. */
export function versionOf(number: number): QuicVersion | undefined {
  if (number === 1) return one;
  if (number === 0x6b3343cf) return two;
  return number >>> 8 === 0xff0000 ? drafts.get(number & 0xff) : undefined;
}

/** What opens the Initial packets of one side: round keys for the payload, round keys for the packet number, 3 words of IV. */
export type PacketKeys = Int32Array;

/** Where they stand. */
export const KeyPart = { payload: 0, headerProtection: roundKeyWords, iv: 2 * roundKeyWords } as const;

/** The message from which HKDF-Expand-Label makes its first 32 bytes, with an empty context (RFC 8446, section 7.1). */
function labelBlock(label: string, length: number): Schedule {
  const name = `tls13 ${label}`;
  return messageBlock(Buffer.from([0, length, name.length, ...Buffer.from(name, 'latin1'), 0, 1]));
}

const sides = [labelBlock('client in', 32), labelBlock('server in', 32)] as const;
const messages = new Map(
  [one.label, two.label].map((label) => [
    label,
    {
      key: labelBlock(`${label} key`, 16),
      iv: labelBlock(`${label} iv`, 12),
      protection: labelBlock(`${label} hp`, 16),
    },
  ]),
);
const salts = new Map<Buffer, HmacKey>();
const secretKey: HmacKey = new Int32Array(16);
const secret = new Int32Array(8);
const message = new Int32Array(64);
const code = new Int32Array(8);
/** No connection id is longer (RFC 9000, section 17.2). */
const longestId = 20;

function saltKey({ salt }: QuicVersion): HmacKey {
  let key = salts.get(salt);
  if (key === undefined) {
    const words = [0, 4, 8, 12, 16].map((at) => salt.readInt32BE(at));
    key = hmacKey(words, words.length);
    salts.set(salt, key);
  }
  return key;
}

/** Keys of both sides from the destination connection id of the client's first Initial packet, made when they are needed. */
export class InitialKeys {
  readonly #label: string;
  readonly #initial: HmacKey;
  readonly #sides: (PacketKeys | undefined)[] = [undefined, undefined];

  constructor(version: QuicVersion, connectionId: Uint8Array) {
    this.#label = version.label;
    sign(saltKey(version), messageBlock(connectionId.subarray(0, longestId), message), secret);
    this.#initial = hmacKey(secret, 8);
  }

  of(side: Side): PacketKeys {
    const known = this.#sides[side];
    if (known !== undefined) return known;
    const labels = messages.get(this.#label);
    if (labels === undefined) throw new RangeError(`no keys are made with ${this.#label}`);
    sign(this.#initial, sides[side], secret);
    hmacKey(secret, 8, secretKey);
    const keys: PacketKeys = new Int32Array(KeyPart.iv + 3);
    sign(secretKey, labels.key, code);
    expandKey(code, keys, KeyPart.payload);
    sign(secretKey, labels.protection, code);
    expandKey(code, keys, KeyPart.headerProtection);
    sign(secretKey, labels.iv, code);
    for (let i = 0; i < 3; i++) keys[KeyPart.iv + i] = code[i];
    this.#sides[side] = keys;
    return keys;
  }
}

const tagBytes = 16;
/** Bits of the first byte that are 0 once it is open. */
const reserved = 0x0c;
const block = new Int32Array(4);
/** Where packets are opened, with room for a word more. */
let payload = new Uint8Array(2048);

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

/**
 * The payload of the Initial packet at `start` whose packet number stands at `numberAt`, as far as it was captured, and
 * undefined where it is not encrypted with these keys. It is not authenticated, since mostly its end is not there: that the
 * reserved bits are 0 tells three of four wrong keys, the frames inside tell the others.
 *
 * @param end index after the last byte that was captured
 * @param packetEnd index after the packet's last byte
 * @param most bytes of the payload that are wanted
 * @returns reused: valid until the next packet is opened
 */
export function openPacket(
  keys: PacketKeys,
  bytes: Uint8Array,
  start: number,
  numberAt: number,
  end: number,
  packetEnd: number,
  most: number,
): Uint8Array | undefined {
  if (numberAt + 4 + 16 > end || packetEnd - numberAt < 4 + tagBytes) return undefined;
  for (let i = 0; i < 4; i++) block[i] = word(bytes, numberAt + 4 + 4 * i);
  encryptBlock(keys, KeyPart.headerProtection, block);
  const first = bytes[start] ^ ((block[0] >>> 24) & 0x0f);
  if ((first & reserved) !== 0) return undefined;
  const numberBytes = (first & 3) + 1;
  let number = 0;
  for (let i = 0; i < numberBytes; i++) {
    const mask = i < 3 ? block[0] >>> (16 - 8 * i) : block[1] >>> 24;
    number = (number << 8) | ((bytes[numberAt + i] ^ mask) & 0xff);
  }
  const from = numberAt + numberBytes;
  const length = Math.min(end - from, packetEnd - tagBytes - from, most);
  if (length + 3 > payload.length) payload = new Uint8Array(length + 1024);
  // GCM is counter mode whose payload begins at 2.
  for (let at = 0, counter = 2; at < length; at += 16, counter++) {
    block[0] = keys[KeyPart.iv];
    block[1] = keys[KeyPart.iv + 1];
    block[2] = keys[KeyPart.iv + 2] ^ number;
    block[3] = counter;
    encryptBlock(keys, KeyPart.payload, block);
    for (let i = 0, to = at, source = from + at; i < 4 && to < length; i++, to += 4, source += 4) {
      const mask = block[i];
      payload[to] = bytes[source] ^ (mask >>> 24);
      payload[to + 1] = bytes[source + 1] ^ (mask >>> 16);
      payload[to + 2] = bytes[source + 2] ^ (mask >>> 8);
      payload[to + 3] = bytes[source + 3] ^ mask;
    }
  }
  return payload.subarray(0, length);
}
