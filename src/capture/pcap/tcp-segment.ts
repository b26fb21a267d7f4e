import type { IpPacket } from './ip-packet.ts';
import type { Skips } from './skips.ts';

/** Bits of {@link TcpSegment.flags} (RFC 9293, 3.1). */
export const TcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** A TCP header, reused for all. */
export interface TcpSegment {
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  acknowledgement: number;
  flags: number;
  window: number;
  /** The payload's captured bytes are bytes[start] .. bytes[end - 1] of the IP packet. */
  start: number;
  end: number;
  /** Bytes of payload on the wire. */
  length: number;
}

/** A blank segment. */
export function newTcpSegment(): TcpSegment {
  return {
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    acknowledgement: 0,
    flags: 0,
    window: 0,
    start: 0,
    end: 0,
    length: 0,
  };
}

/** Reads the TCP header of a packet. Returns false where there is none to read, which is counted. */
export function parseTcp(ip: IpPacket, out: TcpSegment, skips: Skips): boolean {
  const { bytes, start } = ip;
  if (ip.length < 20) {
    skips.count('tcp_malformed');
    return false;
  }
  // what follows the first 16 bytes (checksum, options) is not needed, so a snap length may end there
  if (ip.end - start < 16) {
    skips.count('packet_cut');
    return false;
  }
  const header = (bytes[start + 12] >> 4) * 4;
  if (header < 20 || header > ip.length) {
    skips.count('tcp_malformed');
    return false;
  }
  out.sourcePort = (bytes[start] << 8) | bytes[start + 1];
  out.destinationPort = (bytes[start + 2] << 8) | bytes[start + 3];
  out.sequence = word(bytes, start + 4);
  out.acknowledgement = word(bytes, start + 8);
  out.flags = bytes[start + 13];
  out.window = (bytes[start + 14] << 8) | bytes[start + 15];
  out.start = Math.min(start + header, ip.end);
  out.end = ip.end;
  out.length = ip.length - header;
  return true;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
