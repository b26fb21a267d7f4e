/** Long headers of QUIC (RFC 8999, RFC 9000, section 17.2). */
import type { ByteReader } from '../byte-reader.ts';
import { type QuicVersion, versionOf } from './keys.ts';

/** What a long header says. Reused. */
export interface LongHeader {
  /** Number of the version; 0 is a negotiation. */
  versionNumber: number;
  version: QuicVersion | undefined;
  /** 'unknown' where the version is. */
  type: 'initial' | 'zeroRtt' | 'handshake' | 'retry' | 'negotiation' | 'unknown';
  /** Destination and source connection ids: where they begin and end. */
  destinationAt: number;
  destinationEnd: number;
  sourceAt: number;
  sourceEnd: number;
  /** Index of the packet number, and index after the packet. */
  numberAt: number;
  packetEnd: number;
}

/** A blank header. */
export function newLongHeader(): LongHeader {
  return {
    versionNumber: 0,
    version: undefined,
    type: 'unknown',
    destinationAt: 0,
    destinationEnd: 0,
    sourceAt: 0,
    sourceEnd: 0,
    numberAt: 0,
    packetEnd: 0,
  };
}

const types = ['initial', 'zeroRtt', 'handshake', 'retry'] as const;
const longestConnectionId = 20;

/** A variable-length integer (RFC 9000, section 16), exact up to 2^53. */
export function readVarint(reader: ByteReader): number {
  const first = reader.u8();
  let value = first & 0x3f;
  for (let more = (1 << (first >> 6)) - 1; more > 0; more--) value = value * 256 + reader.u8();
  return value;
}

/**
 * Reads the long header at the reader, of a datagram that ends at `datagramEnd` (though less may have been captured). False
 * where there is none.
 */
export function readLongHeader(header: LongHeader, reader: ByteReader, datagramEnd: number): boolean {
  const first = reader.u8();
  if (first < 0x80) return false;
  header.versionNumber = reader.u32be();
  header.version = versionOf(header.versionNumber);
  const destinationBytes = reader.u8();
  header.destinationAt = reader.at;
  reader.skip(destinationBytes);
  header.destinationEnd = reader.at;
  const sourceBytes = reader.u8();
  header.sourceAt = reader.at;
  reader.skip(sourceBytes);
  header.sourceEnd = reader.at;
  header.packetEnd = datagramEnd;
  header.numberAt = reader.at;
  if (reader.short || destinationBytes > longestConnectionId || sourceBytes > longestConnectionId) return false;
  if (header.versionNumber === 0) {
    header.type = 'negotiation';
    return (datagramEnd - reader.at) % 4 === 0;
  }
  if (header.version === undefined) {
    header.type = 'unknown';
    return true;
  }
  if ((first & 0x40) === 0) return false;
  header.type = types[header.version.types.indexOf((first >> 4) & 3)];
  if (header.type === 'retry') return true;
  if (header.type === 'initial') reader.skip(readVarint(reader));
  const length = readVarint(reader);
  header.numberAt = reader.at;
  header.packetEnd = reader.at + length;
  return !reader.short && length >= 20 && header.packetEnd <= datagramEnd;
}
