import { CR, LF, SP, TAB } from './bytes.ts';

/** How the end of a message's body is found (RFC 9112, section 6.3). */
export const Framing = {
  none: 0,
  /** By a declared length. */
  length: 1,
  /** By the last chunk and the trailers after it. */
  chunked: 2,
  /** By the end of the connection. */
  close: 3,
  /** What would tell was not captured: ends where something else is seen to begin. */
  unknown: 4,
} as const;
export type Framing = (typeof Framing)[keyof typeof Framing];

/** Where in a chunked body it is. */
const Part = { size: 0, extension: 1, data: 2, dataEnd: 3, trailer: 4, trailerLine: 5 } as const;

/** Follows one message's body through its bytes, captured or not, without keeping any. */
export class Body {
  framing: Framing = Framing.none;
  /** True once its last byte has gone by. */
  done = true;
  #left = 0;
  #part = 0;
  #digits = 0;
  /** A chunked body that lost its place. */
  #wasChunked = false;
  #tail = 0;

  begin(framing: Framing, length: number): void {
    this.framing = framing;
    this.done = framing === Framing.none || (framing === Framing.length && length === 0);
    this.#left = framing === Framing.length ? length : 0;
    this.#part = Part.size;
    this.#digits = 0;
    this.#wasChunked = false;
    this.#tail = 0;
  }

  /** Goes on with bytes[at] .. bytes[end - 1] and returns the index after the last one that belongs to the body. */
  read(bytes: Uint8Array, at: number, end: number): number {
    if (this.framing === Framing.length) {
      const left = this.#left;
      if (end - at < left) {
        this.#left = left - (end - at);
        return end;
      }
      this.#left = 0;
      this.done = true;
      return at + left;
    }
    if (this.framing === Framing.chunked) {
      const stop = this.#chunks(bytes, at, end);
      if (this.framing === Framing.chunked) return stop;
    }
    if (this.#wasChunked) this.#remember(bytes, at, end);
    return end;
  }

  /** Goes on with bytes that were not captured; returns how many of them came after the body's end. */
  skip(count: number): number {
    if (this.framing === Framing.length) {
      if (count < this.#left) {
        this.#left -= count;
        return 0;
      }
      const after = count - this.#left;
      this.#left = 0;
      this.done = true;
      return after;
    }
    if (this.framing === Framing.chunked) this.#skipChunks(count);
    this.#tail = 0;
    return 0;
  }

  /** True where the bytes seen last are those that end a chunked body, though its chunks could not be followed. */
  get endsLikeChunked(): boolean {
    return this.#wasChunked && this.#tail === lastChunk.length;
  }

  #skipChunks(count: number): void {
    if (this.#part === Part.data) {
      if (count < this.#left) {
        this.#left -= count;
        return;
      }
      const after = count - this.#left;
      if (after < 2) {
        this.#part = Part.dataEnd;
        this.#left = 2 - after;
        return;
      }
      if (after === 2) {
        this.#part = Part.size;
        this.#digits = this.#left = 0;
        return;
      }
      if (after === 7) {
        // Exactly as many as the end of this chunk and the last, empty one: "\r\n0\r\n\r\n".
        this.done = true;
        return;
      }
    }
    this.framing = Framing.unknown;
    this.#wasChunked = true;
  }

  #chunks(bytes: Uint8Array, at: number, end: number): number {
    while (at < end) {
      const b = bytes[at];
      switch (this.#part) {
        case Part.size: {
          const digit = hexDigit(b);
          if (digit >= 0) {
            this.#left = this.#left * 16 + digit;
            if (++this.#digits > 12) return this.#loseIt(end);
          } else if (b === LF) this.#sizeRead();
          else if (b === CR || b === 59 || b === SP || b === TAB) this.#part = Part.extension;
          else return this.#loseIt(end);
          at++;
          break;
        }
        case Part.extension:
          if (b === LF) this.#sizeRead();
          at++;
          break;
        case Part.data: {
          const left = this.#left;
          if (end - at < left) {
            this.#left = left - (end - at);
            return end;
          }
          at += left;
          this.#left = 2;
          this.#part = Part.dataEnd;
          break;
        }
        case Part.dataEnd:
          if (b === LF) {
            this.#part = Part.size;
            this.#digits = this.#left = 0;
          } else if (b !== CR || --this.#left < 1) return this.#loseIt(end);
          at++;
          break;
        case Part.trailer:
          at++;
          if (b === LF) {
            this.done = true;
            return at;
          }
          if (b !== CR) this.#part = Part.trailerLine;
          break;
        default:
          if (b === LF) this.#part = Part.trailer;
          at++;
      }
    }
    return end;
  }

  #sizeRead(): void {
    if (this.#digits === 0) {
      this.#loseIt(0);
      return;
    }
    this.#part = this.#left === 0 ? Part.trailer : Part.data;
  }

  #loseIt(end: number): number {
    this.framing = Framing.unknown;
    this.#wasChunked = true;
    return end;
  }

  /** Keeps in mind how much of "0\r\n\r\n" the bytes seen last are. */
  #remember(bytes: Uint8Array, at: number, end: number): void {
    const from = Math.max(at, end - lastChunk.length);
    let matched = from === at ? this.#tail : 0;
    for (let i = from; i < end; i++) {
      if (bytes[i] === lastChunk[matched]) matched++;
      else matched = bytes[i] === lastChunk[0] ? 1 : 0;
    }
    this.#tail = matched > lastChunk.length ? 0 : matched;
  }
}

/** "\n0\r\n\r\n" */
const lastChunk = Uint8Array.of(LF, 48, CR, LF, CR, LF);

function hexDigit(b: number): number {
  if (b >= 48 && b <= 57) return b - 48;
  const lower = b | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
