/** Records of TLS (RFC 8446, section 5.1): type, version, length; and the handshake messages in them. */
import type { FrameRule } from '../frames.ts';

/** Types of records. */
export const Content = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23, heartbeat: 24 } as const;

/** Types of handshake messages. */
export const Handshake = {
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  finished: 20,
} as const;

/** Bytes in front of a record. */
export const recordHeader = 5;
/** 2^14 and what encryption may add (2048 in TLS 1.2). */
const longestRecord = 16_384 + 2_048;

/** Records. */
export const records: FrameRule = {
  length(bytes, at, end) {
    const type = bytes[at];
    if (type < Content.changeCipherSpec || type > Content.heartbeat) return -1;
    if (at + recordHeader > end) return 0;
    const length = (bytes[at + 3] << 8) | bytes[at + 4];
    if (bytes[at + 1] !== 3 || bytes[at + 2] > 4 || length === 0 || length > longestRecord) return -1;
    return recordHeader + length;
  },
  begins: (bytes, at, end) => records.length(bytes, at, end) > 0,
};

/** Longest handshake message that is counted through: certificate chains of 256 KiB do not exist. */
const longestMessage = 1 << 18;

/** Handshake messages within the payload of records: type, length of three bytes. */
export const handshakeMessages: FrameRule = {
  length(bytes, at, end) {
    if (at + 4 > end) return 0;
    const length = (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    return length > longestMessage ? -1 : 4 + length;
  },
  begins: () => false,
};

/** True where a ClientHello begins at `at`: record, message and versions agree, as far as they are there. */
export function isClientHello(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 11 > end || bytes[at] !== Content.handshake || records.length(bytes, at, end) < 0) return false;
  if (bytes[at + 5] !== Handshake.clientHello || bytes[at + 9] !== 3 || bytes[at + 10] > 4) return false;
  const record = (bytes[at + 3] << 8) | bytes[at + 4];
  const message = (bytes[at + 6] << 16) | (bytes[at + 7] << 8) | bytes[at + 8];
  return message >= 38 && message < 65_536 && record >= 38 && record <= message + 4;
}

/** True where a ServerHello begins at `at`. Its record may hold further messages. */
export function isServerHello(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 11 > end || bytes[at] !== Content.handshake || records.length(bytes, at, end) < 0) return false;
  if (bytes[at + 5] !== Handshake.serverHello || bytes[at + 9] !== 3 || bytes[at + 10] > 4) return false;
  const message = (bytes[at + 6] << 16) | (bytes[at + 7] << 8) | bytes[at + 8];
  return message >= 38 && message < 1_024;
}
