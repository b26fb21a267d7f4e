import { type CaptureTime, NEVER } from '../../base/units.ts';
import type { Side } from '../../model/request.ts';
import { u32be } from '../byte-reader.ts';
import type { Chunk } from '../protocol.ts';
import { FRAME_HEADER, FrameFlag, FrameType, frameChain, isPlausible, preface } from './frame.ts';

/** Takes what the frames of a direction say. Bytes are only valid during the call. */
export interface FrameSink {
  /** A whole header block (or, where `cut`, its beginning) of HEADERS, or of PUSH_PROMISE (then `promised` is above 0). */
  onBlock(
    from: Side,
    stream: number,
    promised: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    cut: boolean,
    place: Place,
  ): void;
  /** A DATA frame begins; its payload follows by `onData` and `onDataSkipped`. */
  onDataBegins(from: Side, stream: number, place: Place): void;
  onData(from: Side, stream: number, bytes: Uint8Array, start: number, end: number, lastTime: CaptureTime): void;
  onDataSkipped(from: Side, stream: number, count: number, lastTime: CaptureTime): void;
  /** The last frame of this direction of a stream has ended. */
  onEnd(from: Side, stream: number, lastTime: CaptureTime): void;
  /** @param code -1 where it was not captured */
  onReset(from: Side, stream: number, code: number, time: CaptureTime): void;
  onGoaway(from: Side, lastStream: number, code: number): void;
  /** Bytes went by in which there may have been anything. */
  onGap(from: Side): void;
}

/** Where a frame, or the block that it began, lies in time, and how long it is on the wire. */
export interface Place {
  time: CaptureTime;
  lastTime: CaptureTime;
  readAt: CaptureTime;
  wireBytes: number;
}

/** Longest header block in bytes that is put together. */
const longestBlock = 65_536;

/** Cuts one direction of an HTTP/2 connection into frames (RFC 9113, section 4). */
export class Direction {
  readonly #from: Side;
  readonly #sink: FrameSink;
  readonly #place: Place = { time: NEVER, lastTime: NEVER, readAt: NEVER, wireBytes: 0 };
  readonly #head = new Uint8Array(FRAME_HEADER);
  #have = 0;
  #synced: boolean;
  #preface: number;
  #inPayload = false;
  #type = 0;
  #flags = 0;
  #stream = 0;
  /** Bytes of the payload that are still to come; of DATA without what is yet known to be padding. */
  #left = 0;
  #length = 0;
  #padding = 0;
  #padKnown = true;
  /** Payload of a frame that spans chunks. */
  #held: Uint8Array = nothing;
  #heldBytes = 0;
  #cut = false;
  /** Header block that spans frames. */
  #block: Uint8Array = nothing;
  #blockBytes = 0;
  #blockStream = 0;
  #blockPromised = 0;
  #blockEnds = false;

  /** @param expectsPreface true for a client's direction that is seen from its beginning */
  constructor(from: Side, sink: FrameSink, synced: boolean, expectsPreface: boolean) {
    this.#from = from;
    this.#sink = sink;
    this.#synced = synced;
    this.#preface = expectsPreface ? 0 : preface.length;
  }

  push(chunk: Chunk): void {
    const { bytes, end } = chunk;
    let at = chunk.start;
    if (!this.#synced) {
      at = this.#resync(bytes, at, end);
      if (at < 0) return;
    }
    while (at < end && this.#synced) {
      if (this.#preface < preface.length) {
        if (bytes[at] !== preface[this.#preface]) {
          this.#lose(chunk.time);
          return;
        }
        this.#preface++;
        at++;
      } else if (this.#inPayload) at = this.#payload(bytes, at, end, chunk.lastTime);
      else at = this.#header(bytes, at, end, chunk);
    }
    if (chunk.skipped > 0) this.skip(chunk.skipped, chunk.lastTime);
  }

  /** So many bytes went by unseen; -1 where nobody knows how many. */
  skip(count: number, time: CaptureTime): void {
    if (!this.#synced || count === 0) return;
    if (count < 0 || !this.#inPayload) {
      this.#lose(time);
      return;
    }
    if (this.#type === FrameType.data) {
      const inData = Math.min(count, this.#left);
      if (!this.#padKnown) this.#padKnown = true;
      this.#sink.onDataSkipped(this.#from, this.#stream, inData, time);
      this.#left -= inData;
      const after = count - inData;
      const inPadding = Math.min(after, this.#padding);
      this.#padding -= inPadding;
      if (this.#left === 0 && this.#padding === 0) this.#payloadEnded(time);
      if (after > inPadding) this.#lose(time);
      return;
    }
    this.#cut = true;
    const inPayload = Math.min(count, this.#left);
    this.#left -= inPayload;
    if (this.#left > 0) return;
    this.#frame(this.#held, 0, this.#heldBytes, time);
    if (count > inPayload) this.#lose(time);
  }

  #lose(time: CaptureTime): void {
    const wasBlock = this.#inPayload && this.#type !== FrameType.data && this.#heldBytes > 0;
    if (wasBlock) {
      this.#cut = true;
      this.#frame(this.#held, 0, this.#heldBytes, time);
    }
    this.#synced = this.#inPayload = false;
    this.#have = this.#heldBytes = this.#blockBytes = this.#blockStream = 0;
    this.#sink.onGap(this.#from);
  }

  /** Finds the first frame after a gap: only at the beginning of a chunk, and only where all of the chunk is frames. */
  #resync(bytes: Uint8Array, at: number, end: number): number {
    let isPreface = end - at >= preface.length;
    for (let i = 0; isPreface && i < preface.length; i++) isPreface = bytes[at + i] === preface[i];
    if (isPreface) this.#preface = 0;
    else if (frameChain(bytes, at, end) === 0) return -1;
    else this.#preface = preface.length;
    this.#synced = true;
    return at;
  }

  #header(bytes: Uint8Array, at: number, end: number, chunk: Chunk): number {
    let head = bytes;
    let from = at;
    const place = this.#place;
    if (this.#have === 0) {
      if (this.#type !== FrameType.continuation || this.#blockStream === 0) {
        place.time = chunk.time;
        place.readAt = chunk.readAt;
      }
    }
    if (this.#have > 0 || end - at < FRAME_HEADER) {
      while (at < end && this.#have < FRAME_HEADER) this.#head[this.#have++] = bytes[at++];
      if (this.#have < FRAME_HEADER) return at;
      head = this.#head;
      from = 0;
      this.#have = 0;
    } else at += FRAME_HEADER;
    const length = (head[from] << 16) | (head[from + 1] << 8) | head[from + 2];
    const type = head[from + 3];
    if (type <= FrameType.continuation && !isPlausible(head, from)) {
      this.#lose(chunk.time);
      return end;
    }
    this.#type = type;
    this.#flags = head[from + 4];
    this.#stream = u32be(head, from + 5) & 0x7fff_ffff;
    this.#left = this.#length = length;
    this.#padding = 0;
    this.#cut = false;
    this.#heldBytes = 0;
    this.#inPayload = true;
    place.lastTime = chunk.lastTime;
    if (this.#blockStream === 0 || type !== FrameType.continuation) place.wireBytes = 0;
    place.wireBytes += FRAME_HEADER + length;
    if (type === FrameType.data) {
      this.#padKnown = (this.#flags & FrameFlag.padded) === 0;
      this.#sink.onDataBegins(this.#from, this.#stream, place);
    }
    if (length === 0) {
      if (type === FrameType.data) this.#payloadEnded(chunk.lastTime);
      else this.#frame(bytes, at, at, chunk.lastTime);
    }
    return at;
  }

  #payload(bytes: Uint8Array, at: number, end: number, lastTime: CaptureTime): number {
    if (this.#type === FrameType.data) return this.#data(bytes, at, end, lastTime);
    const there = Math.min(this.#left, end - at);
    if (there === this.#left && this.#heldBytes === 0 && !this.#cut) {
      this.#left = 0;
      this.#frame(bytes, at, at + there, lastTime);
      return at + there;
    }
    if (!this.#cut) {
      if (this.#heldBytes + there > this.#mostHeld) this.#cut = true;
      else {
        this.#held = append(this.#held, this.#heldBytes, bytes, at, at + there);
        this.#heldBytes += there;
      }
    }
    this.#left -= there;
    if (this.#left === 0) this.#frame(this.#held, 0, this.#heldBytes, lastTime);
    return at + there;
  }

  /** Bytes of a payload that are put together: of header blocks all, of other frames no more than their fixed part. */
  get #mostHeld(): number {
    const type = this.#type;
    const isBlock = type === FrameType.headers || type === FrameType.continuation || type === FrameType.pushPromise;
    return isBlock ? longestBlock : 64;
  }

  #data(bytes: Uint8Array, at: number, end: number, lastTime: CaptureTime): number {
    if (!this.#padKnown) {
      this.#padKnown = true;
      this.#padding = Math.min(bytes[at++], this.#left - 1);
      this.#left -= 1 + this.#padding;
    }
    const there = Math.min(this.#left, end - at);
    if (there > 0) this.#sink.onData(this.#from, this.#stream, bytes, at, at + there, lastTime);
    this.#left -= there;
    at += there;
    if (this.#left === 0) {
      const padding = Math.min(this.#padding, end - at);
      this.#padding -= padding;
      at += padding;
      if (this.#padding === 0) this.#payloadEnded(lastTime);
    }
    return at;
  }

  #payloadEnded(lastTime: CaptureTime): void {
    this.#inPayload = false;
    if ((this.#flags & FrameFlag.endStream) !== 0) this.#sink.onEnd(this.#from, this.#stream, lastTime);
  }

  /** A frame other than DATA is complete: its payload, or where it was cut the beginning of it. */
  #frame(bytes: Uint8Array, start: number, end: number, lastTime: CaptureTime): void {
    this.#inPayload = false;
    this.#heldBytes = 0;
    this.#place.lastTime = lastTime;
    const flags = this.#flags;
    switch (this.#type) {
      case FrameType.headers: {
        if ((flags & FrameFlag.padded) !== 0 && start < end) {
          // All of the payload but the padding, or what was captured of that.
          end = Math.min(end, Math.max(start + 1, start + this.#length - bytes[start]));
          start++;
        }
        if ((flags & FrameFlag.priority) !== 0) start = Math.min(end, start + 5);
        this.#blockStream = this.#stream;
        this.#blockPromised = 0;
        this.#blockEnds = (flags & FrameFlag.endStream) !== 0;
        this.#blockBytes = 0;
        this.#fragment(bytes, start, Math.max(start, end));
        return;
      }
      case FrameType.pushPromise: {
        if ((flags & FrameFlag.padded) !== 0 && start < end) {
          // All of the payload but the padding, or what was captured of that.
          end = Math.min(end, Math.max(start + 1, start + this.#length - bytes[start]));
          start++;
        }
        if (start + 4 > end) return;
        this.#blockStream = this.#stream;
        this.#blockPromised = u32be(bytes, start) & 0x7fff_ffff;
        this.#blockEnds = false;
        this.#blockBytes = 0;
        this.#fragment(bytes, start + 4, end);
        return;
      }
      case FrameType.continuation:
        if (this.#blockStream === this.#stream) this.#fragment(bytes, start, end);
        return;
      case FrameType.rstStream:
        this.#sink.onReset(this.#from, this.#stream, end - start >= 4 ? u32be(bytes, start) : -1, lastTime);
        return;
      case FrameType.goaway:
        if (end - start >= 8) {
          this.#sink.onGoaway(this.#from, u32be(bytes, start) & 0x7fff_ffff, u32be(bytes, start + 4));
        }
        return;
      default:
    }
  }

  /** A part of a header block; hands the block on where it is the last, or where no more of it can be known. */
  #fragment(bytes: Uint8Array, start: number, end: number): void {
    const last = (this.#flags & FrameFlag.endHeaders) !== 0;
    const cut = this.#cut || this.#blockBytes + end - start > longestBlock;
    const stream = this.#blockStream;
    if (this.#blockBytes > 0 || !(last || cut)) {
      if (!cut || this.#cut) {
        this.#block = append(this.#block, this.#blockBytes, bytes, start, end);
        this.#blockBytes += end - start;
      }
      if (!last && !cut) return;
      bytes = this.#block;
      start = 0;
      end = this.#blockBytes;
    }
    this.#blockBytes = this.#blockStream = 0;
    this.#sink.onBlock(this.#from, stream, this.#blockPromised, bytes, start, end, cut, this.#place);
    if (this.#blockEnds) this.#sink.onEnd(this.#from, stream, this.#place.lastTime);
    if (this.#block.length > 4096) this.#block = nothing;
    if (this.#held.length > 4096) this.#held = nothing;
  }
}

const nothing = new Uint8Array(0);

/** `to` with bytes[start] .. bytes[end - 1] put at `at`, grown where it is too short. */
function append(to: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): Uint8Array {
  const need = at + end - start;
  if (need > to.length) {
    const grown = new Uint8Array(Math.max(need, 2 * to.length, 256));
    grown.set(to.subarray(0, at));
    to = grown;
  }
  to.set(bytes.subarray(start, end), at);
  return to;
}
