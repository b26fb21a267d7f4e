/**
 * What a block travels and is kept in: who made it, its number, its table, its length and a checksum, then the native bytes.
 * All numbers little-endian:
 *
 *     0  'WLB1'                     32  bytes of the payload, u32
 *     4  version, u8 (1)            36  CRC-32 of the payload, u32
 *     5  compression, u8            40  earliest moment, i64
 *     6  bytes of the header, u16   48  latest moment, i64
 *     8  agent, u64                 56  length of the table's name, u8, and the name
 *    16  number of the block, u64    …  whatever later versions add
 *    24  rows, u32                  -4  CRC-32 of the header before this
 *    28  bytes of the native block, u32
 *
 * A later version that only adds to the header keeps the version number: readers skip what they do not know.
 */
import { brotliCompressSync, brotliDecompressSync, constants, crc32 } from 'node:zlib';
import { BlockError } from './block-error.ts';

/** How the payload is compressed. */
export const Compression = { none: 0, brotli: 1 } as const;
export type Compression = (typeof Compression)[keyof typeof Compression];

/** What stands on an envelope. */
export interface EnvelopeHeader {
  /** The agent's id, 16 hex digits. */
  readonly agent: string;
  /** The agent's number of the block: ascending, never used twice. */
  readonly sequence: number;
  readonly table: string;
  readonly rows: number;
  /** Earliest and latest moment of its rows, epoch nanoseconds; 0 where it has none. */
  readonly from: bigint;
  readonly to: bigint;
}

/** An envelope that was opened as far as its header. */
export interface Envelope extends EnvelopeHeader {
  readonly compression: number;
  /** Bytes of the native block. */
  readonly rawLength: number;
  readonly payload: Uint8Array;
  /** CRC-32 of the payload, as announced. */
  readonly checksum: number;
  /** Bytes of the whole envelope. */
  readonly length: number;
}

const magic = 0x3142_4c57;
const version = 1;
const fixed = 57;

/** Most bytes of a native block, and of an envelope. */
export const maxBlockBytes = 64 * 1024 * 1024;
export const maxEnvelopeBytes = 32 * 1024 * 1024;

/** Puts a native block into an envelope. The result owns its bytes. */
export function sealEnvelope(header: EnvelopeHeader, native: Uint8Array, compression: Compression): Uint8Array {
  if (native.length > maxBlockBytes) {
    throw new BlockError('too_large', `a block of ${native.length} bytes is over ${maxBlockBytes}`);
  }
  const payload = compression === Compression.brotli ? compress(native) : native;
  const table = Buffer.from(header.table, 'utf8');
  const headerLength = fixed + table.length + 4;
  const bytes = Buffer.allocUnsafe(headerLength + payload.length);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt8(version, 4);
  bytes.writeUInt8(compression, 5);
  bytes.writeUInt16LE(headerLength, 6);
  bytes.writeBigUInt64LE(BigInt(`0x${header.agent}`), 8);
  bytes.writeBigUInt64LE(BigInt(header.sequence), 16);
  bytes.writeUInt32LE(header.rows, 24);
  bytes.writeUInt32LE(native.length, 28);
  bytes.writeUInt32LE(payload.length, 32);
  bytes.writeUInt32LE(crc32(payload), 36);
  bytes.writeBigInt64LE(header.from, 40);
  bytes.writeBigInt64LE(header.to, 48);
  bytes.writeUInt8(table.length, 56);
  bytes.set(table, fixed);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, headerLength - 4)), headerLength - 4);
  bytes.set(payload, headerLength);
  return bytes;
}

/** Brotli's second-lowest effort: on columns it is faster than deflate and smaller too (lab/bench/store measures it). */
function compress(native: Uint8Array): Uint8Array {
  return brotliCompressSync(native, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 1,
      [constants.BROTLI_PARAM_LGWIN]: 18,
      [constants.BROTLI_PARAM_SIZE_HINT]: native.length,
    },
  });
}

/**
 * Reads an envelope's header at the beginning of `bytes`, which may hold more after it. The payload is a view and is not
 * looked at yet. Throws a {@link BlockError}.
 */
export function openEnvelope(bytes: Uint8Array): Envelope {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.readUInt32LE(0) !== magic)
    throw new BlockError('not_a_block', 'these bytes are no block');
  if (bytes[4] !== version) {
    throw new BlockError('unsupported_version', `the block has version ${bytes[4]}, this version reads ${version}`, {
      next: bytes[4] > version ? 'update the server' : 'update the agent',
    });
  }
  const headerLength = view.readUInt16LE(6);
  if (headerLength < fixed + 4 || headerLength > bytes.length) {
    throw new BlockError('truncated', `the block's header has ${headerLength} bytes, ${bytes.length} are there`);
  }
  if (crc32(view.subarray(0, headerLength - 4)) !== view.readUInt32LE(headerLength - 4)) {
    throw new BlockError('corrupt', "the checksum of the block's header does not fit");
  }
  const rawLength = view.readUInt32LE(28);
  const payloadLength = view.readUInt32LE(32);
  if (rawLength > maxBlockBytes || payloadLength > maxEnvelopeBytes * 2) {
    throw new BlockError(
      'too_large',
      `a block of ${Math.max(rawLength, payloadLength)} bytes is over ${maxBlockBytes}`,
      {
        next: 'send smaller blocks',
      },
    );
  }
  if (headerLength + payloadLength > bytes.length) {
    throw new BlockError(
      'truncated',
      `the block ends in the middle: ${headerLength + payloadLength} bytes are announced, ${bytes.length} are there`,
    );
  }
  const sequence = view.readBigUInt64LE(16);
  if (sequence > BigInt(Number.MAX_SAFE_INTEGER))
    throw new BlockError('bad_value', `no agent has sent ${sequence} blocks`);
  const nameLength = bytes[56];
  if (fixed + nameLength + 4 > headerLength)
    throw new BlockError('bad_value', "the table's name is longer than the header");
  return {
    agent: view.readBigUInt64LE(8).toString(16).padStart(16, '0'),
    sequence: Number(sequence),
    table: view.toString('utf8', fixed, fixed + nameLength),
    rows: view.readUInt32LE(24),
    from: view.readBigInt64LE(40),
    to: view.readBigInt64LE(48),
    compression: bytes[5],
    rawLength,
    checksum: view.readUInt32LE(36),
    payload: bytes.subarray(headerLength, headerLength + payloadLength),
    length: headerLength + payloadLength,
  };
}

/** The native bytes in an envelope, checked against its checksum and length. Throws a {@link BlockError}. */
export function unpackEnvelope(envelope: Envelope): Uint8Array {
  if (crc32(envelope.payload) !== envelope.checksum) {
    throw new BlockError(
      'corrupt',
      `the checksum of block ${envelope.sequence} of agent ${envelope.agent} does not fit`,
    );
  }
  const native = decompress(envelope);
  if (native.length !== envelope.rawLength) {
    throw new BlockError('bad_value', `the block has ${native.length} bytes, ${envelope.rawLength} are announced`);
  }
  return native;
}

function decompress(envelope: Envelope): Uint8Array {
  switch (envelope.compression) {
    case Compression.none:
      return envelope.payload;
    case Compression.brotli:
      try {
        return brotliDecompressSync(envelope.payload, { maxOutputLength: Math.max(1, envelope.rawLength) });
      } catch (cause) {
        throw new BlockError('corrupt', 'the block cannot be decompressed, or is longer than it says', { cause });
      }
    default:
      throw new BlockError(
        'unsupported_version',
        `the block is compressed in a way (${envelope.compression}) not known here`,
        {
          next: 'update the server',
        },
      );
  }
}
