import { Side } from '../../model/request.ts';
import type { Chunk } from '../protocol.ts';

/** Opcodes (RFC 6455, section 5.2). */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Longest frame header: two bytes, eight of length, four of mask. */
const longestHeader = 14;

/** One direction of a WebSocket connection: counts messages, and keeps the code of its Close frame. */
export class WebSocketFrames {
  readonly #from: Side;
  /** Messages that have begun. */
  messages = 0;
  /** Code of the Close frame that went by, -1 before. */
  closeCode = -1;
  /** False once frames may have gone by unseen: {@link messages} is then a lower bound. */
  exact = true;
  #synced = true;
  readonly #header = new Uint8Array(longestHeader);
  #have = 0;
  /** Payload still to come. */
  #left = 0;
  #opcode = 0;
  #closeBytes = 0;
  #closeMask = 0;

  constructor(from: Side) {
    this.#from = from;
  }

  /** True once its Close frame has gone by to its last byte. */
  get closed(): boolean {
    return this.closeCode >= 0 && this.#left === 0;
  }

  push(chunk: Chunk): void {
    const { bytes, end } = chunk;
    let at = chunk.start;
    if (!this.#synced) {
      if (at >= end || chunk.skipped > 0 || !this.#isChain(bytes, at, end)) return;
      this.#synced = true;
    }
    while (at < end && !this.closed) {
      if (this.#left > 0) {
        const there = Math.min(this.#left, end - at);
        if (this.#opcode === Opcode.close) this.#readClose(bytes, at, at + there);
        this.#left -= there;
        at += there;
        continue;
      }
      this.#header[this.#have++] = bytes[at++];
      const need = headerLength(this.#header, this.#have);
      if (need === 0 || this.#have < need) continue;
      this.#have = 0;
      if (!this.#isHeader(this.#header, 0)) {
        this.lost();
        return;
      }
      this.#begin();
    }
    if (chunk.skipped > 0) this.skip(chunk.skipped);
  }

  /** So many bytes went by unseen; -1 where nobody knows how many. */
  skip(count: number): void {
    if (!this.#synced || count === 0) return;
    if (count < 0 || count > this.#left || this.#opcode === Opcode.close) this.lost();
    else this.#left -= count;
  }

  lost(): void {
    this.#synced = this.exact = false;
    this.#have = this.#left = 0;
  }

  #begin(): void {
    const header = this.#header;
    this.#opcode = header[0] & 15;
    this.#left = payloadLength(header, 0);
    if (this.#opcode === Opcode.text || this.#opcode === Opcode.binary) this.messages++;
    if (this.#opcode !== Opcode.close) return;
    const mask = headerLength(header, longestHeader) - 4;
    this.#closeMask = (header[1] & 0x80) === 0 ? 0 : (header[mask] << 8) | header[mask + 1];
    this.#closeBytes = 0;
    if (this.#left < 2) this.closeCode = 1005;
  }

  #readClose(bytes: Uint8Array, at: number, end: number): void {
    for (; at < end && this.#closeBytes < 2; at++, this.#closeBytes++) {
      this.#closeMask ^= this.#closeBytes === 0 ? bytes[at] << 8 : bytes[at];
    }
    if (this.#closeBytes === 2) this.closeCode = this.#closeMask;
  }

  /** Could a frame of this side begin so? Clients mask, servers do not. */
  #isHeader(bytes: Uint8Array, at: number): boolean {
    const opcode = bytes[at] & 15;
    const masked = (bytes[at + 1] & 0x80) !== 0;
    if (masked !== (this.#from === Side.client) || (bytes[at] & 0x30) !== 0) return false;
    if (opcode >= 8) return opcode <= 10 && (bytes[at] & 0xc0) === 0x80 && (bytes[at + 1] & 0x7f) <= 125;
    return opcode <= 2;
  }

  /** Are the bytes whole frames from the first to the last one? */
  #isChain(bytes: Uint8Array, at: number, end: number): boolean {
    while (at < end) {
      const need = end - at < 2 ? 0 : headerLengthAt(bytes, at);
      if (need === 0 || end - at < need || !this.#isHeader(bytes, at)) return false;
      at += need + payloadLength(bytes, at);
    }
    return at === end;
  }
}

function headerLength(header: Uint8Array, have: number): number {
  return have < 2 ? 0 : headerLengthAt(header, 0);
}

/** Length of the frame header at `at`, of which two bytes are there. */
function headerLengthAt(bytes: Uint8Array, at: number): number {
  const short = bytes[at + 1] & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((bytes[at + 1] & 0x80) === 0 ? 0 : 4);
}

/** Length of the payload after the whole header at `at`. */
function payloadLength(bytes: Uint8Array, at: number): number {
  const short = bytes[at + 1] & 0x7f;
  if (short < 126) return short;
  let length = 0;
  for (let i = 0; i < (short === 126 ? 2 : 8); i++) length = length * 256 + bytes[at + 2 + i];
  return length;
}
