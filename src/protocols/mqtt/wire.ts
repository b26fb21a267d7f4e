/** Packets of MQTT 3.1, 3.1.1 and 5.0 (OASIS standards): a type, flags, a length of 1-4 bytes. */
import type { FrameRule } from '../frames.ts';
import { startsWith } from '../text.ts';

/** Packet types: the upper half of the first byte. */
export const Packet = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

/** Lower half of the first byte, by type. PUBLISH, which has flags of its own, is not asked. */
const fixedFlags = [-1, 0, 0, 0, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, 0];
/** Fewest bytes after the header, by type. */
const least = [0, 12, 2, 2, 2, 2, 2, 2, 5, 3, 4, 2, 0, 0, 0, 0];

/** Bytes of the header of the packet at `at`, of which length has told that it is there. */
export function headerBytes(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  while (bytes[i] >= 0x80 && i < at + 4) i++;
  return i + 1 - at;
}

/** Length of the packet, header included; 0 where more bytes are needed, -1 where none can begin so. */
export function packetLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  const type = first >> 4;
  const flags = first & 15;
  if (type === 0) return -1;
  if (type === Packet.publish) {
    if ((flags & 6) === 6) return -1;
  } else if (flags !== fixedFlags[type]) return -1;
  let remaining = 0;
  let scale = 1;
  for (let i = at + 1; i < at + 5; i++) {
    if (i >= end) return 0;
    remaining += (bytes[i] & 0x7f) * scale;
    if (bytes[i] < 0x80) {
      const isPing = type === Packet.pingreq || type === Packet.pingresp;
      return remaining < least[type] || (isPing && remaining > 0) ? -1 : i + 1 - at + remaining;
    }
    scale *= 128;
  }
  return -1;
}

/** True where a topic of plausible text stands at `at` (after its length of 2 bytes), as far as it is there. */
function isTopic(bytes: Uint8Array, at: number, length: number, end: number): boolean {
  const stop = Math.min(end, at + length);
  for (let i = at; i < stop; i++) if (bytes[i] < 0x20 || bytes[i] === 0x7f || bytes[i] >= 0xf5) return false;
  return true;
}

/** True where the packet at `at` holds what its type must hold, as far as it is there. */
export function isPlausible(bytes: Uint8Array, at: number, end: number): boolean {
  const length = packetLength(bytes, at, end);
  if (length <= 0) return false;
  const body = at + headerBytes(bytes, at);
  const stop = at + length;
  const type = bytes[at] >> 4;
  const u16 = (i: number) => (bytes[i] << 8) | bytes[i + 1];
  switch (type) {
    case Packet.connect:
      return isConnect(bytes, at, end);
    case Packet.connack:
      return length <= 300 && body + 2 <= end && bytes[body] <= 1 && (bytes[body + 1] <= 5 || bytes[body + 1] >= 0x80);
    case Packet.publish: {
      if (body + 2 > end) return false;
      const topic = u16(body);
      const id = (bytes[at] & 6) === 0 ? 0 : 2;
      return (
        body + 2 + topic + id <= stop && topic < 4096 && body + 2 + topic <= end && isTopic(bytes, body + 2, topic, end)
      );
    }
    case Packet.puback:
    case Packet.pubrec:
    case Packet.pubrel:
    case Packet.pubcomp:
      return length <= 300 && body + 2 <= end && u16(body) > 0;
    case Packet.subscribe:
    case Packet.unsubscribe:
      return body + 4 <= end && u16(body) > 0 && stop <= end;
    case Packet.suback:
    case Packet.unsuback:
      return length <= 300 && body + 2 <= end && u16(body) > 0;
    case Packet.pingreq:
    case Packet.pingresp:
      return true;
    default:
      return length <= 300;
  }
}

/** True for the beginning of a CONNECT: protocol name and level are there and right. */
export function isConnect(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== 0x10 || packetLength(bytes, at, end) <= 0) return false;
  const body = at + headerBytes(bytes, at);
  // The upper bit of the level marks a bridge between brokers.
  if (body + 7 <= end && startsWith(bytes, body, end, '\u0000\u0004MQTT')) {
    const level = bytes[body + 6] & 0x7f;
    return level === 4 || level === 5;
  }
  return body + 9 <= end && startsWith(bytes, body, end, '\u0000\u0006MQIsdp') && (bytes[body + 8] & 0x7f) === 3;
}

/** How many plausible packets follow each other from `at` to exactly `end`; 0 where something else is among them. */
export function wholePackets(bytes: Uint8Array, at: number, end: number): number {
  let count = 0;
  while (at < end) {
    if (!isPlausible(bytes, at, end)) return 0;
    at += packetLength(bytes, at, end);
    count++;
  }
  return at === end ? count : 0;
}

/** True where plausible packets follow each other up to `end`, the last of which may be cut. */
function follow(bytes: Uint8Array, at: number, end: number): boolean {
  while (at < end) {
    if (!isPlausible(bytes, at, end)) return false;
    at += packetLength(bytes, at, end);
  }
  return true;
}

/** How far into a chunk the beginning of a packet is looked for. */
const searched = 2048;

/** Packets. */
export const mqttFrames: FrameRule = {
  length: packetLength,
  begins: follow,
  find(bytes, at, end) {
    if (follow(bytes, at, end)) return at;
    const stop = Math.min(end, at + searched);
    for (let i = at + 1; i < stop; i++) {
      // Only a publish holds enough to be told from the payload of another.
      if (bytes[i] >> 4 === Packet.publish && end - i > 8 && wholePackets(bytes, i, end) > 0) return i;
    }
    return -1;
  },
};
