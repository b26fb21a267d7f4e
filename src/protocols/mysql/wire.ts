import type { FrameRule } from '../frames.ts';

/**
 * Packets of MySQL and MariaDB
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html, https://mariadb.com/kb/en/clientserver-protocol/):
 * three bytes of length, low first, a number that counts the packets of one exchange from 0, the payload.
 */
export const headerBytes = 4;

/** A packet of this payload is continued by the next. */
export const longestPayload = 0xff_ffff;

export const Command = {
  quit: 0x01,
  initDb: 0x02,
  query: 0x03,
  fieldList: 0x04,
  createDb: 0x05,
  dropDb: 0x06,
  refresh: 0x07,
  shutdown: 0x08,
  statistics: 0x09,
  processInfo: 0x0a,
  processKill: 0x0c,
  debug: 0x0d,
  ping: 0x0e,
  changeUser: 0x11,
  binlogDump: 0x12,
  tableDump: 0x13,
  registerReplica: 0x15,
  prepare: 0x16,
  execute: 0x17,
  sendLongData: 0x18,
  close: 0x19,
  reset: 0x1a,
  setOption: 0x1b,
  fetch: 0x1c,
  binlogDumpGtid: 0x1e,
  resetConnection: 0x1f,
  bulkExecute: 0xfa,
} as const;

/** First bytes of answers. */
export const Answer = { ok: 0x00, more: 0x01, localInfile: 0xfb, eof: 0xfe, error: 0xff } as const;

/** Bits of the server's status. */
export const Status = { cursorExists: 0x0040, lastRowSent: 0x0080, moreResults: 0x0008 } as const;

/** Capabilities of a connection that matter here. */
export const Capability = {
  connectWithDb: 0x8,
  compress: 0x20,
  protocol41: 0x200,
  tls: 0x800,
  secureConnection: 0x8000,
  pluginAuth: 0x8_0000,
  connectAttributes: 0x10_0000,
  lenencAuth: 0x20_0000,
  deprecateEof: 0x100_0000,
  zstd: 0x400_0000,
  queryAttributes: 0x800_0000,
} as const;

/** Length of the packet at `at`, header included; 0 where more bytes are needed. */
export function packetLength(bytes: Uint8Array, at: number, end: number): number {
  return end - at < headerBytes ? 0 : payloadLength(bytes, at) + headerBytes;
}

function payloadLength(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

/** How many packets with numbers in a row stand at `at`, the last perhaps cut; 0 where they do not. */
function run(bytes: Uint8Array, at: number, end: number): number {
  let count = 0;
  let sequence = at + 3 < end ? bytes[at + 3] : 0;
  while (end - at >= headerBytes) {
    // Another answer may follow, which begins with 1.
    if (bytes[at + 3] !== sequence && bytes[at + 3] !== 1) return 0;
    sequence = (bytes[at + 3] + 1) & 255;
    count++;
    at += headerBytes + payloadLength(bytes, at);
  }
  return count;
}

const commands = new Set<number>(Object.values(Command));

/** Packets of the client. */
export const clientRule: FrameRule = {
  length: packetLength,
  begins(bytes, at, end) {
    return end - at > headerBytes && bytes[at + 3] === 0 && isCommand(bytes, at, end);
  },
};

/** Packets of the server. */
export const serverRule: FrameRule = {
  length: packetLength,
  begins(bytes, at, end) {
    if (end - at <= headerBytes || payloadLength(bytes, at) === 0) return false;
    const count = run(bytes, at, end);
    if (count > 1) return true;
    if (count === 0 || bytes[at + 3] !== 1) return false;
    const stop = at + headerBytes + payloadLength(bytes, at);
    return stop === end || (stop > end && bytes[at + 2] === 0);
  },
};

/** True where the packet at `at` looks like a command: its number is known, its length fits, its text is text. */
export function isCommand(bytes: Uint8Array, at: number, end: number): boolean {
  const command = bytes[at + headerBytes];
  if (!commands.has(command)) return false;
  const payload = payloadLength(bytes, at);
  switch (command) {
    case Command.quit:
    case Command.ping:
    case Command.statistics:
    case Command.processInfo:
    case Command.debug:
    case Command.resetConnection:
      return payload === 1;
    case Command.query:
    case Command.prepare: {
      if (payload < 2) return false;
      const stop = Math.min(end, at + headerBytes + payload, at + 64);
      // Query attributes may stand before the text: their number, and a 1.
      let from = at + headerBytes + 1;
      if (bytes[from] < 9) {
        if (bytes[from] > 0) return from + 1 >= end || bytes[from + 1] === 1;
        from += 2;
      }
      for (let i = from; i < stop; i++) if (bytes[i] < 9 || bytes[i] === 127) return false;
      return true;
    }
    case Command.execute:
    case Command.bulkExecute:
      return payload >= 7;
    case Command.close:
    case Command.reset:
      return payload === 5;
    case Command.fetch:
      return payload === 9;
    case Command.sendLongData:
      return payload >= 7;
    default:
      return payload >= 1 && payload < 4096;
  }
}

/** A length-encoded integer and the index after it; `value` is -1 where it is NULL or was cut. Reused. */
export const lenenc = { value: 0, after: 0 };

/** Reads a length-encoded integer at `at` into {@link lenenc}. */
export function readLenenc(bytes: Uint8Array, at: number, end: number): number {
  const first = at < end ? bytes[at] : 0xff;
  const size = first < 0xfb ? 1 : first === 0xfc ? 3 : first === 0xfd ? 4 : first === 0xfe ? 9 : 1;
  lenenc.after = at + size;
  lenenc.value = -1;
  if (at + size > end || first === 0xfb || first === 0xff) return -1;
  if (size === 1) lenenc.value = first;
  else {
    let value = 0;
    for (let i = Math.min(size - 1, 6); i > 0; i--) value = value * 256 + bytes[at + i];
    lenenc.value = value;
  }
  return lenenc.value;
}
