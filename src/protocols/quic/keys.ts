/** Keys of Initial packets, which anybody can derive who has seen the first (RFC 9001, section 5; RFC 9369, section 3). */
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

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

/** What decrypts the Initial packets of one side. */
export interface PacketKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly headerProtection: Buffer;
}

function hmac(key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** HKDF-Expand-Label with an empty context (RFC 8446, section 7.1), for at most 32 bytes. */
function expand(secret: Uint8Array, label: string, length: number): Buffer {
  const name = `tls13 ${label}`;
  const info = Buffer.concat([Buffer.from([0, length, name.length]), Buffer.from(name, 'latin1'), Buffer.from([0, 1])]);
  return hmac(secret, info).subarray(0, length);
}

/** Keys of both sides from the destination connection id of the client's first Initial packet. */
export function initialKeys(version: QuicVersion, connectionId: Uint8Array): readonly [PacketKeys, PacketKeys] {
  const initial = hmac(version.salt, connectionId);
  const side = (label: string): PacketKeys => {
    const secret = expand(initial, label, 32);
    return {
      key: expand(secret, `${version.label} key`, 16),
      iv: expand(secret, `${version.label} iv`, 12),
      headerProtection: expand(secret, `${version.label} hp`, 16),
    };
  };
  return [side('client in'), side('server in')];
}

const tagBytes = 16;

/**
 * The payload of the Initial packet at `start` whose packet number stands at `numberAt`, and undefined where it is not
 * encrypted with these keys. Of a packet that was cut what there is of it, which then is not authenticated.
 *
 * @param end index after the last byte that was captured
 * @param packetEnd index after the packet's last byte
 */
export function openPacket(
  keys: PacketKeys,
  bytes: Uint8Array,
  start: number,
  numberAt: number,
  end: number,
  packetEnd: number,
): Uint8Array | undefined {
  if (numberAt + 4 + 16 > end || packetEnd - numberAt < 4 + tagBytes) return undefined;
  const cipher = createCipheriv('aes-128-ecb', keys.headerProtection, null).setAutoPadding(false);
  const mask = cipher.update(bytes.subarray(numberAt + 4, numberAt + 20));
  const first = bytes[start] ^ (mask[0] & 0x0f);
  const numberBytes = (first & 3) + 1;
  const header = Buffer.from(bytes.subarray(start, numberAt + numberBytes));
  header[0] = first;
  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < numberBytes; i++) {
    const at = numberAt - start + i;
    header[at] ^= mask[1 + i];
    nonce[12 - numberBytes + i] ^= header[at];
  }
  const from = numberAt + numberBytes;
  if (packetEnd <= end) {
    const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce).setAAD(header);
    decipher.setAuthTag(bytes.subarray(packetEnd - tagBytes, packetEnd));
    const payload = decipher.update(bytes.subarray(from, packetEnd - tagBytes));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return payload;
  }
  // Without its end it cannot be authenticated; GCM is counter mode that begins at 2.
  const counter = Buffer.concat([nonce, Buffer.from([0, 0, 0, 2])]);
  return createDecipheriv('aes-128-ctr', keys.key, counter).update(
    bytes.subarray(from, Math.min(end, packetEnd - tagBytes)),
  );
}
