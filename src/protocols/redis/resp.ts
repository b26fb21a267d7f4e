import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Chunk } from '../protocol.ts';
import { commandBegins, isTyped, longestLine, readLength, replyBegins, Shape, shapes, Type } from './line.ts';

/** Leaves (scalars, at whatever depth) of a message whose bytes are kept, and bytes of each. */
const mostLeaves = 8;
const longestLeaf = 256;
const longestBulk = 0x2000_0000;
const mostElements = 0x4000_0000;

const CR = 13;
const LF = 10;

/** One whole command, reply or push that went by. Reused: copy what is kept. */
export interface RespMessage {
  bytes: Uint8Array;
  /** The first byte, see {@link Type}. */
  type: number;
  /** Elements of the outermost aggregate, -1 for a scalar. */
  count: number;
  /** The first scalars in it: leaf i is bytes[from[i]] .. bytes[to[i] - 1], without its type and end of line. */
  leaves: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** The leaf that is the first error in it, -1 where there is none (or it is too far in it). */
  error: number;
  /** The first leaf of which only a part was captured, -1 where there is none. */
  incomplete: number;
  /** Bytes on the wire. */
  length: number;
  /** Its end was not seen. */
  cut: boolean;
  time: CaptureTime;
  lastTime: CaptureTime;
  readAt: CaptureTime;
}

/**
 * Cuts one direction of a connection into messages of RESP, wherever the chunks were cut. What lies in one chunk is read
 * in place; of what spans chunks only the first leaves are copied. What was not captured inside of a bulk string is counted
 * through, as its length is known. Where a message's structure lies in what was not captured it is handed on as cut, and
 * {@link synced} is false until a chunk begins with a message.
 */
export class RespCutter {
  readonly #take: (message: RespMessage) => void;
  readonly #inline: boolean;
  readonly #message: RespMessage = {
    bytes: new Uint8Array(0),
    type: 0,
    count: -1,
    leaves: 0,
    from: new Int32Array(mostLeaves),
    to: new Int32Array(mostLeaves),
    error: -1,
    incomplete: -1,
    length: 0,
    cut: false,
    time: NEVER,
    lastTime: NEVER,
    readAt: NEVER,
  };
  /** Elements still to come of the message that is being read; 0 between messages. */
  #open = 0;
  /** Bytes still to come of the bulk string that is being read, its end of line included; 0 outside of one. */
  #bulk = 0;
  /** The leaf that it becomes, -1 where it is not kept. */
  #leaf = -1;
  /** Leaves of a message that spans chunks, one after the other. */
  #arena: Uint8Array | undefined;
  #arenaEnd = 0;
  /** The beginning of a line that spans chunks. */
  #line: Uint8Array | undefined;
  #lineEnd = 0;
  /** Bytes of the message in earlier chunks. */
  #before = 0;
  #synced: boolean;

  /**
   * @param take gets each message when its last byte has gone by
   * @param options.inline lines without a type are commands (the client's side)
   */
  constructor(take: (message: RespMessage) => void, options: { inline: boolean; synced: boolean }) {
    this.#take = take;
    this.#inline = options.inline;
    this.#synced = options.synced;
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** Bytes of the bulk string that is being read which are still to come. */
  get bulkLeft(): number {
    return this.#bulk;
  }

  /** True in the middle of a message. */
  get within(): boolean {
    return this.#open > 0 || this.#lineEnd > 0;
  }

  /** The next chunk of this direction. */
  push(chunk: Chunk): void {
    const { bytes, end } = chunk;
    let at = chunk.start;
    if (!this.#synced) {
      if (at >= end || !this.#begins(bytes, at, end)) return;
      this.#synced = true;
    }
    // Where the message that is being read begins in this chunk.
    let begin = at;
    while (at < end) {
      if (this.#bulk > 0) {
        at = this.#readBulk(bytes, at, end);
      } else {
        if (this.#open === 0 && this.#lineEnd === 0) {
          begin = at;
          this.#start(chunk);
        }
        at = this.#lineEnd > 0 ? this.#continueLine(bytes, at, end) : this.#readLine(bytes, at, end);
        if (at < 0) {
          this.lost();
          return;
        }
      }
      if (this.#open === 0 && this.#lineEnd === 0) {
        const message = this.#message;
        message.length = this.#before + (at - begin);
        this.#finish(bytes, chunk.lastTime);
        begin = at;
        if (!this.#synced) return;
      }
    }
    if (this.#open > 0 || this.#lineEnd > 0) {
      this.#keepLeaves(bytes);
      this.#before += end - begin;
    }
    if (chunk.skipped > 0) this.#skip(chunk.skipped, chunk.lastTime);
  }

  /** So many bytes went by unseen (-1: nobody knows how many). */
  gap(bytes: number, time: CaptureTime): void {
    if (bytes < 0) this.#giveUp(time);
    else if (this.#synced) this.#skip(bytes, time);
  }

  /** Forgets the message it is in and waits for the beginning of another. */
  lost(): void {
    this.#synced = false;
    this.#open = this.#bulk = this.#lineEnd = this.#before = 0;
  }

  #start(chunk: Chunk): void {
    const message = this.#message;
    message.type = 0;
    message.count = -1;
    message.leaves = 0;
    message.error = message.incomplete = -1;
    message.cut = false;
    message.time = chunk.time;
    message.readAt = chunk.readAt;
    this.#before = 0;
    this.#arenaEnd = 0;
  }

  /** Reads a line that begins at `at`. Returns the index after it, or -1 where it is no RESP. */
  #readLine(bytes: Uint8Array, at: number, end: number): number {
    let stop = at + 1;
    while (stop < end && bytes[stop] !== LF) stop++;
    if (stop >= end && bytes[at] !== LF) {
      const shape = shapes[bytes[at]];
      if (shape === Shape.none && !(this.#inline && this.#open === 0 && isTyped(bytes[at]))) return -1;
      this.#holdLine(bytes, at, end);
      return end;
    }
    if (bytes[at] === LF) stop = at;
    return this.#interpret(bytes, at, stop) ? stop + 1 : -1;
  }

  #continueLine(bytes: Uint8Array, at: number, end: number): number {
    let stop = at;
    while (stop < end && bytes[stop] !== LF) stop++;
    this.#holdLine(bytes, at, stop);
    if (stop === end) return end;
    const line = this.#line ?? bytes;
    const length = this.#lineEnd;
    this.#lineEnd = 0;
    return this.#interpret(line, 0, length, true) ? stop + 1 : -1;
  }

  /** Keeps the beginning of a line; what is too long is of no use. */
  #holdLine(bytes: Uint8Array, from: number, to: number): void {
    this.#line ??= new Uint8Array(longestLine);
    const count = Math.min(to - from, longestLine - this.#lineEnd);
    this.#line.set(bytes.subarray(from, from + count), this.#lineEnd);
    this.#lineEnd += count;
  }

  /** Takes in the line bytes[at] .. bytes[stop - 1]; false where it is no RESP. `held`: it is not in the chunk. */
  #interpret(bytes: Uint8Array, at: number, stop: number, held = false): boolean {
    const message = this.#message;
    const type = bytes[at];
    // After an attribute the message proper begins.
    const isFirst = this.#open === 0 || (this.#open === 1 && message.type === 0);
    if (isFirst) message.leaves = 0;
    let end = stop;
    if (end > at && bytes[end - 1] === CR) end--;
    switch (shapes[type]) {
      case Shape.line: {
        if (isFirst) {
          message.type = type;
          this.#open = 1;
        }
        const leaf = this.#addLeaf(bytes, at + 1, end, held);
        if (type === Type.error && message.error < 0) message.error = leaf;
        this.#open--;
        return true;
      }
      case Shape.bulk: {
        const length = readLength(bytes, at + 1, end);
        if (length < -1 || length > longestBulk) return false;
        if (isFirst) {
          message.type = type;
          this.#open = 1;
        }
        if (length < 0) {
          this.#addLeaf(bytes, end, end, held);
          this.#open--;
          return true;
        }
        this.#bulk = length + 2;
        this.#leaf = this.#addLeaf(bytes, end, end, held);
        if (this.#leaf >= 0) message.from[this.#leaf] = -1;
        if (type === Type.bulkError && message.error < 0) message.error = this.#leaf;
        return true;
      }
      case Shape.aggregate:
      case Shape.pairs:
      case Shape.attribute: {
        const count = readLength(bytes, at + 1, end);
        if (count < -1 || count > mostElements) return false;
        const shape = shapes[type];
        if (isFirst) {
          this.#open = 1;
          message.type = type;
          message.count = count;
        }
        if (shape === Shape.attribute) {
          // What it describes is still to come.
          this.#open += 2 * count;
          if (isFirst) message.type = 0;
        } else if (count < 0) this.#open--;
        else this.#open += (shape === Shape.pairs ? 2 * count : count) - 1;
        return this.#open <= mostElements;
      }
      default:
        return isFirst && this.#inline && this.#readInline(bytes, at, end, held);
    }
  }

  /** A command typed by a person: words between blanks. */
  #readInline(bytes: Uint8Array, at: number, end: number, held: boolean): boolean {
    const message = this.#message;
    message.type = Type.inline;
    message.count = 0;
    while (at < end) {
      while (at < end && bytes[at] === 0x20) at++;
      if (at === end) break;
      const from = at;
      while (at < end && bytes[at] !== 0x20) {
        if (!isTyped(bytes[at])) return false;
        at++;
      }
      this.#addLeaf(bytes, from, at, held);
      message.count++;
    }
    this.#open = 0;
    return true;
  }

  /** Keeps a leaf. Where the message or the line spans chunks its bytes are copied. Returns its number, or -1. */
  #addLeaf(bytes: Uint8Array, from: number, to: number, held: boolean): number {
    const message = this.#message;
    const leaf = message.leaves;
    if (leaf >= mostLeaves) return -1;
    message.leaves++;
    if (this.#before > 0 || held) this.#copyLeaf(leaf, bytes, from, to);
    else {
      message.from[leaf] = from;
      message.to[leaf] = to;
    }
    return leaf;
  }

  #copyLeaf(leaf: number, bytes: Uint8Array, from: number, to: number): void {
    const message = this.#message;
    this.#arena ??= new Uint8Array(mostLeaves * longestLeaf);
    const count = Math.min(to - from, longestLeaf);
    if (count > 0) this.#arena.set(bytes.subarray(from, from + count), this.#arenaEnd);
    message.from[leaf] = this.#arenaEnd;
    this.#arenaEnd += Math.max(count, 0);
    message.to[leaf] = this.#arenaEnd;
  }

  #readBulk(bytes: Uint8Array, at: number, end: number): number {
    const there = end - at;
    const whole = there >= this.#bulk;
    const leaf = this.#leaf;
    if (leaf >= 0) {
      const message = this.#message;
      // Without the end of line.
      const to = Math.min(end, at + this.#bulk - 2);
      if (message.from[leaf] < 0) {
        if (this.#before > 0) this.#copyLeaf(leaf, bytes, at, to);
        else {
          message.from[leaf] = at;
          message.to[leaf] = Math.max(to, at);
        }
      } else if (to > at) this.#appendLeaf(leaf, bytes, at, to);
    }
    if (!whole) {
      this.#bulk -= there;
      return end;
    }
    at += this.#bulk;
    this.#bulk = 0;
    this.#open--;
    return at;
  }

  /** More of the leaf that was copied last. */
  #appendLeaf(leaf: number, bytes: Uint8Array, from: number, to: number): void {
    const message = this.#message;
    if (this.#arena === undefined) return;
    const count = Math.min(to - from, longestLeaf - (message.to[leaf] - message.from[leaf]));
    if (count <= 0) return;
    this.#arena.set(bytes.subarray(from, from + count), message.to[leaf]);
    message.to[leaf] += count;
    this.#arenaEnd = message.to[leaf];
  }

  /** The chunk ends in the middle of a message: its leaves move to the arena. */
  #keepLeaves(bytes: Uint8Array): void {
    if (this.#before > 0) return;
    const message = this.#message;
    for (let leaf = 0; leaf < message.leaves; leaf++) {
      if (message.from[leaf] >= 0) this.#copyLeaf(leaf, bytes, message.from[leaf], message.to[leaf]);
    }
  }

  #skip(bytes: number, time: CaptureTime): void {
    if (this.#bulk > 0) {
      const count = Math.min(bytes, this.#bulk);
      this.#bulk -= count;
      this.#before += count;
      bytes -= count;
      // What follows a hole is not the rest of it.
      const leaf = this.#leaf;
      if (leaf >= 0) {
        const message = this.#message;
        if (message.from[leaf] < 0) message.from[leaf] = message.to[leaf] = 0;
        // Only the end of line may be missing.
        if (message.incomplete < 0 && this.#bulk + count > 2) message.incomplete = leaf;
      }
      this.#leaf = -1;
      if (this.#bulk > 0) return;
      this.#open--;
      if (this.#open === 0) {
        this.#message.length = this.#before;
        this.#finish(this.#arena ?? new Uint8Array(0), time);
      }
    }
    if (bytes > 0) this.#giveUp(time);
  }

  /** Structure is missing: what is known of the message is all that will be. */
  #giveUp(time: CaptureTime): void {
    if (this.#synced && this.#open > 0 && this.#message.leaves + Math.max(this.#message.count, 0) > 0) {
      const leaf = this.#leaf;
      if (this.#bulk > 0 && leaf >= 0) this.#message.leaves--;
      this.#message.cut = true;
      this.#message.length = this.#before;
      this.#finish(this.#arena ?? new Uint8Array(0), time);
    }
    this.lost();
  }

  #finish(chunkBytes: Uint8Array, time: CaptureTime): void {
    const message = this.#message;
    const spans = this.#before > 0 || this.#arenaEnd > 0;
    message.bytes = spans ? (this.#arena ?? chunkBytes) : chunkBytes;
    message.lastTime = time;
    this.#open = this.#bulk = this.#lineEnd = this.#before = 0;
    this.#arenaEnd = 0;
    this.#take(message);
  }

  /** After a gap: does a message begin here? Commands are recognised by their head, replies by type and length. */
  #begins(bytes: Uint8Array, at: number, end: number): boolean {
    return this.#inline ? commandBegins(bytes, at, end) : replyBegins(bytes, at, end);
  }
}
