import ipaddr from 'ipaddr.js';

/** The flags of a TCP header (RFC 9293, section 3.1). */
export const Flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** One end of a TCP connection. */
export interface TcpEndpoint {
  readonly address: string;
  readonly port: number;
}

/** A TCP segment. Numbers are as in the header: sequence numbers modulo 2^32. */
export interface Segment {
  readonly source: TcpEndpoint;
  readonly destination: TcpEndpoint;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  /** Raw TCP options, a multiple of four bytes. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

/** An IPv4 or IPv6 packet with the segment in it, both checksums right. */
export function encodeSegment(segment: Segment): Buffer {
  const source = Buffer.from(ipaddr.parse(segment.source.address).toByteArray());
  const destination = Buffer.from(ipaddr.parse(segment.destination.address).toByteArray());
  const tcp = encodeTcp(segment);
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(tcp.length, 0);
  pseudo.writeUInt32BE(6, 4);
  tcp.writeUInt16BE(checksum(Buffer.concat([source, destination, pseudo, tcp])), 16);
  const head =
    source.length === 4 ? ipv4Head(source, destination, tcp.length) : ipv6Head(source, destination, tcp.length);
  return Buffer.concat([head, tcp]);
}

function encodeTcp(segment: Segment): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(segment.source.port, 0);
  head.writeUInt16BE(segment.destination.port, 2);
  head.writeUInt32BE(segment.sequence >>> 0, 4);
  head.writeUInt32BE(segment.acknowledgement >>> 0, 8);
  head[12] = ((20 + segment.options.length) / 4) << 4;
  head[13] = segment.flags;
  head.writeUInt16BE(segment.window, 14);
  return Buffer.concat([head, segment.options, segment.payload]);
}

function ipv4Head(source: Buffer, destination: Buffer, length: number): Buffer {
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + length, 2);
  head[8] = 64;
  head[9] = 6;
  source.copy(head, 12);
  destination.copy(head, 16);
  head.writeUInt16BE(checksum(head), 10);
  return head;
}

function ipv6Head(source: Buffer, destination: Buffer, length: number): Buffer {
  const head = Buffer.alloc(40);
  head[0] = 0x60;
  head.writeUInt16BE(length, 4);
  head[6] = 6;
  head[7] = 64;
  source.copy(head, 8);
  destination.copy(head, 24);
  return head;
}

/** The internet checksum (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The TCP segment of an IP packet, or undefined where it holds something else. */
export function decodeSegment(packet: Buffer): Segment | undefined {
  const version = packet[0] >> 4;
  const [protocolAt, headLength, addressAt, addressLength] =
    version === 4 ? [9, (packet[0] & 15) * 4, 12, 4] : [6, 40, 8, 16];
  if (packet[protocolAt] !== 6) return undefined;
  const end = version === 4 ? packet.readUInt16BE(2) : 40 + packet.readUInt16BE(4);
  const address = (index: number) => {
    const from = addressAt + index * addressLength;
    return ipaddr.fromByteArray([...packet.subarray(from, from + addressLength)]).toString();
  };
  const tcp = packet.subarray(headLength, end);
  const dataAt = (tcp[12] >> 4) * 4;
  return {
    source: { address: address(0), port: tcp.readUInt16BE(0) },
    destination: { address: address(1), port: tcp.readUInt16BE(2) },
    sequence: tcp.readUInt32BE(4),
    acknowledgement: tcp.readUInt32BE(8),
    flags: tcp[13],
    window: tcp.readUInt16BE(14),
    options: Buffer.from(tcp.subarray(20, dataAt)),
    payload: Buffer.from(tcp.subarray(dataAt)),
  };
}
